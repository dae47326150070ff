// Keeps a page as new as the ledger: when something happened, the page is fetched again and what changed
// is put in place, without a reload, and without touching what a person has focused, opened or typed.

const AT_MOST_EVERY_MS = 500;
const SILENT_AFTER_MS = 15_000; // The server says something every five seconds.
const TRY_AGAIN_MS = 2_000;

/** Make `old` like `fresh`, changing as little as possible. */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  morphAttributes(old, fresh);
  morphChildren(old, fresh);
}

// What a person opens stays open, what is closed stays closed: the server does not know.
const isTheirs = (element, name) => name === "open" && element.matches("details, dialog");

function morphAttributes(old, fresh) {
  for (const { name, value } of [...fresh.attributes]) {
    if (!isTheirs(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!isTheirs(old, name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

const fits = (old, fresh) =>
  old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && !old.id && !fresh.id;

function morphChildren(old, fresh) {
  const byId = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  const wanted = new Set([...fresh.children].map((child) => child.id).filter(Boolean));
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    // What is not wanted any more makes room, so that what stays need not be moved and keeps its focus.
    while (place && place.id && !wanted.has(place.id)) place = dismiss(place);
    const known = child.id ? byId.get(child.id) : place && fits(place, child) ? place : null;
    if (known && known.nodeName === child.nodeName) {
      if (known === place) place = place.nextSibling;
      else old.insertBefore(known, place);
      morph(known, child);
    } else {
      old.insertBefore(document.importNode(child, true), place);
    }
  }
  while (place) place = dismiss(place);
}

/** Remove a node, unless a person is just answering it; return the one after it. */
function dismiss(node) {
  const next = node.nextSibling;
  if (!(node.nodeType === Node.ELEMENT_NODE && node.matches("dialog[open]"))) node.remove();
  return next;
}

const live = document.getElementById("live");

function say(isLive) {
  const state = isLive ? "live" : "lost";
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  live.querySelector("span").textContent = isLive ? "Live" : "Not live: reconnecting";
}

let isFetching = false;
let isWanted = false;
let fetchedAt = 0;
let waiting = 0;

/** Ask for a fresh page soon; however often that is asked, it is fetched at most twice a second. */
function refreshSoon() {
  isWanted = true;
  if (isFetching || waiting) return;
  waiting = setTimeout(refresh, Math.max(0, AT_MOST_EVERY_MS - (Date.now() - fetchedAt)));
}

async function refresh() {
  waiting = 0;
  isWanted = false;
  isFetching = true;
  fetchedAt = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    say(false);
  } finally {
    isFetching = false;
    if (isWanted) refreshSoon();
  }
}

function show(page) {
  for (const fresh of page.querySelectorAll("[data-fresh]")) {
    const old = document.getElementById(fresh.id);
    if (old) morph(old, fresh);
  }
  if (document.title !== page.title) document.title = page.title;
}

let source = null;
let heardAt = 0;
let retrying = 0;

function connect() {
  disconnect();
  if (document.hidden) return; // A browser has few connections for one host; a page nobody sees needs none.
  heardAt = Date.now();
  source = new EventSource(live.dataset.liveFrom);
  source.addEventListener("open", () => {
    heard();
    refreshSoon();
  });
  source.addEventListener("beat", heard);
  source.addEventListener("message", () => {
    heard();
    refreshSoon();
  });
  source.addEventListener("error", () => {
    say(false);
    if (source && source.readyState === EventSource.CLOSED) retry();
  });
}

function disconnect() {
  clearTimeout(retrying);
  source?.close();
  source = null;
}

function heard() {
  heardAt = Date.now();
  say(true);
}

function retry() {
  disconnect();
  retrying = setTimeout(connect, TRY_AGAIN_MS);
}

setInterval(() => {
  if (source && Date.now() - heardAt > SILENT_AFTER_MS) {
    say(false);
    retry();
  }
}, 1_000);
document.addEventListener("visibilitychange", connect);
// A page that is left keeps no connection; one that is returned to from history gets a new one.
addEventListener("pagehide", disconnect);
addEventListener("pageshow", (event) => event.persisted && connect());

// The question before an act opens over the page; without this script it is a page of its own.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.asks) {
    const dialog = document.getElementById(form.dataset.asks);
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
    dialog.showModal();
    dialog.querySelector("input[name=reason]")?.focus();
  } else if (form.hasAttribute("data-act")) {
    event.preventDefault();
    act(form);
  }
});
document.addEventListener("click", (event) => {
  const closing = event.target.closest?.("[data-closes]");
  if (!closing) return;
  event.preventDefault();
  closing.closest("dialog").close();
  refreshSoon();
});

/** Send a form; go to the page it leads to, or show in its dialog why it was not done. */
async function act(form) {
  const problem = form.querySelector(".act-error");
  const button = form.querySelector("button");
  button.disabled = true;
  problem.textContent = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok) {
      form.reset();
      form.closest("dialog").close();
      if (new URL(answer.url).pathname !== location.pathname) location.assign(answer.url);
      else show(page);
    } else {
      const words = page.querySelector("[data-error-words]");
      problem.textContent = words ? words.textContent : `It was not done (${answer.status}).`;
    }
  } catch {
    problem.textContent = "The control plane does not answer; it is not known whether this was heard.";
  } finally {
    button.disabled = false;
  }
}

connect();
