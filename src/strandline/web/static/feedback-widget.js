// Asks the users of a page how content they are, in a small dialog. To be put into any page:
//
//   <script src="…/feedback/widget.js" data-service="shop" data-version="2.1" defer></script>
//
// It opens from every link with the attribute data-strandline-feedback, which leads to the page that asks where
// no script runs; if there is none, from a button of its own. Nothing is kept in the browser.

(() => {
  const script = document.currentScript;
  const service = script?.dataset.service;
  if (!service) {
    console.error("strandline: the feedback script needs data-service");
    return;
  }
  const address = new URL(`../feedback/${encodeURIComponent(service)}`, script.src);
  const version = script.dataset.version ?? "";
  const SCORES = ["not at all", "hardly", "so so", "mostly", "very"];
  const MOST_WORDS = 2000;
  const TOO_MANY = 429;
  const STYLE = `
    :host { --ground: #ffffff; --ink: #12252d; --muted: #52656d; --line: #75888f; --sea: #0b7189; --on-sea: #ffffff;
      --bad: #b3261e; --focus: #0b57d0; color-scheme: light; font: 16px/1.5 system-ui, sans-serif; }
    @media (prefers-color-scheme: dark) {
      :host { --ground: #111f26; --ink: #e3edef; --muted: #9db1b8; --line: #7d929a; --sea: #53bfd6; --on-sea: #08161b;
        --bad: #ff8f85; --focus: #8ab4f8; color-scheme: dark; }
    }
    * { box-sizing: border-box; }
    dialog { width: min(26rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); overflow: auto; padding: 1.25rem;
      border: 1px solid var(--line); border-radius: 10px; background: var(--ground); color: var(--ink); }
    dialog::backdrop { background: rgb(8 22 27 / 55%); }
    h2 { margin: 0; font-size: 1.125rem; line-height: 1.3; overflow-wrap: anywhere; }
    form, .thanks { display: grid; gap: 0.875rem; }
    .thanks[hidden], form[hidden] { display: none; }
    fieldset { border: 0; margin: 0; padding: 0; display: grid; }
    legend { padding: 0; color: var(--muted); font-size: 0.875rem; }
    .score { display: flex; gap: 0.6rem; align-items: center; padding: 0.35rem 0; }
    input[type="radio"] { width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--sea); }
    textarea { width: 100%; font: inherit; padding: 0.5rem; border: 1px solid var(--line); border-radius: 6px;
      background: transparent; color: inherit; }
    .row { display: flex; flex-wrap: wrap; gap: 0.75rem; }
    button { font: inherit; padding: 0.5rem 1rem; border: 1px solid var(--line); border-radius: 6px;
      background: transparent; color: inherit; cursor: pointer; }
    button.strong { background: var(--sea); border-color: var(--sea); color: var(--on-sea); font-weight: 600; }
    button.open { background: var(--ground); color: var(--ink); }
    button[disabled] { opacity: 0.6; cursor: default; }
    :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
    p { margin: 0; }
    a { color: var(--sea); }
    .kept { color: var(--muted); font-size: 0.875rem; }
    .wrong { color: var(--bad); }
    .wrong:empty { display: none; }
    .unseen { position: absolute; left: -100vw; }
  `;

  /** Make an element; text is always set as text. */
  function made(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  const host = made("span", { lang: "en" });
  const root = host.attachShadow({ mode: "open" });
  // A sheet made by a script is no inline style: pages that forbid those can hold it too.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const send = made("button", { class: "strong", type: "submit" }, "Send");
  const cancel = made("button", { type: "button" }, "Cancel");
  const close = made("button", { class: "strong", type: "button" }, "Close");
  const wrong = made("p", { class: "wrong", role: "alert" });
  const bait = made("input", { name: "website", tabindex: "-1", autocomplete: "off" });
  const trap = made("label", {}, "Leave this empty", bait);
  const form = made(
    "form",
    {},
    made("h2", { id: "question" }, `How content are you with ${service}?`),
    made(
      "fieldset",
      {},
      made("legend", {}, "From 1 to 5"),
      ...SCORES.map((words, index) =>
        made(
          "label",
          { class: "score" },
          made("input", { type: "radio", name: "score", value: String(index + 1), required: "" }),
          made("span", {}, made("strong", {}, String(index + 1)), ` ${words}`),
        ),
      ),
    ),
    made("label", { for: "words" }, "What would you like us to know? (if you like)"),
    made("textarea", { id: "words", name: "words", rows: "3", maxlength: String(MOST_WORDS) }),
    made("div", { class: "unseen", "aria-hidden": "true" }, trap),
    wrong,
    made("div", { class: "row" }, send, cancel),
    made(
      "p",
      { class: "kept" },
      "Kept are your score, your words, which release you were served, and when; nothing that says who you are.",
    ),
  );
  const thanks = made(
    "div",
    { class: "thanks", hidden: "", tabindex: "-1" },
    made("h2", {}, "Thank you"),
    made("p", {}, `Whoever looks after ${service} will read it.`),
    made("div", { class: "row" }, close),
  );
  const dialog = made("dialog", { "aria-labelledby": "question" }, form, thanks);
  root.append(dialog);

  function open(event) {
    event.preventDefault();
    form.hidden = false;
    thanks.hidden = true;
    wrong.textContent = "";
    dialog.showModal();
  }

  async function answer(event) {
    event.preventDefault();
    if (send.disabled) return;
    const fields = new URLSearchParams(new FormData(form));
    fields.set("channel", "widget");
    if (version) fields.set("version", version);
    send.disabled = true;
    wrong.textContent = "";
    try {
      const heard = await fetch(address, { method: "POST", body: fields, credentials: "omit", redirect: "error" });
      if (heard.ok) {
        form.reset();
        form.hidden = true;
        thanks.hidden = false;
        thanks.focus();
      } else if (heard.status === TOO_MANY) {
        wrong.textContent = "Too many answers are coming in just now: yours was not taken. Send it again in a minute.";
      } else {
        complain("Your answer was not taken.");
      }
    } catch {
      // It may have arrived, and only its answer was lost; or this page may not send anything there.
      complain("It is not known whether your answer arrived.");
    } finally {
      send.disabled = false;
    }
  }

  /** Say what went wrong, and lead to the page that needs no script. */
  function complain(what) {
    const page = made("a", { href: address.href, target: "_blank", rel: "noopener" }, "Answer on a page of its own");
    wrong.replaceChildren(`${what} `, page);
  }

  form.addEventListener("submit", answer);
  for (const button of [cancel, close]) button.addEventListener("click", () => dialog.close());

  function begin() {
    const links = document.querySelectorAll("[data-strandline-feedback]");
    for (const link of links) link.addEventListener("click", open);
    if (links.length) {
      document.body.append(host);
      return;
    }
    const button = made("button", { class: "open", type: "button" }, script.dataset.label ?? "Give feedback");
    button.addEventListener("click", open);
    root.append(button);
    if (document.body.contains(script)) script.after(host);
    else document.body.append(host);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
