"""`strandline doctor`: what is there, what is silent, what is wrong, and what to do."""

import re
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from enum import Enum
from importlib import metadata
from os import W_OK, access
from pathlib import Path

import msgspec
from rich.table import Table

from strandline import bootstrap
from strandline.cli.control_plane_client import ControlPlaneClient
from strandline.cli.doctor_feeds import feed_words
from strandline.cli.output import words
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, actor
from strandline.rollout.environment_view import EnvironmentView, ServiceView
from strandline.settings import Settings
from strandline.vocabulary.errors import StrandlineError
from strandline.vocabulary.service import LocalTargetPolicy

_LITTLE_SPACE_BYTES = 500_000_000
_ANSWER_WITHIN_SECONDS = 2.0


class Health(Enum):
    """How one thing is."""

    GOOD = "good"
    IDLE = "idle"
    """Not there, and need not be."""
    BAD = "bad"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    what: str
    health: Health
    sentence: str
    remedy: str = ""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `strandline doctor --json` writes."""

    is_healthy: bool
    findings: list[Finding]


_MARKS = {Health.GOOD: ("✓", "good"), Health.IDLE: ("·", "faint"), Health.BAD: ("✗", "bad")}


def doctor(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Say what is there, what is wrong, and what to do about it. Nothing is changed.

    The exit code is 1 if something is wrong.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    settings = session.settings(common)
    with session.output.working("Looking"):
        findings = list(_findings(settings))
    is_healthy = all(finding.health is not Health.BAD for finding in findings)
    shown = Table.grid(padding=(0, 2, 0, 0))
    shown.add_column(no_wrap=True)
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for finding in findings:
        mark, style = _MARKS[finding.health]
        shown.add_row(words(mark, style), words(finding.what, "bold"), words(finding.sentence))
        if finding.remedy:
            shown.add_row("", "", words(finding.remedy, "faint"))
    session.output.result(Diagnosis(is_healthy=is_healthy, findings=findings), shown)
    return 0 if is_healthy else 1


def _findings(settings: Settings) -> Iterator[Finding]:
    yield _parts()
    yield _git()
    yield _home(settings.home)
    if not settings.database_url and not (settings.home / "ledger.db").exists():
        yield _idle("ledger", "Nothing was deployed from this home yet.", "Begin with `strandline init`.")
        return
    yield _control_plane(settings)
    try:
        reader = bootstrap.assemble_reader(settings)
    except StrandlineError as error:
        yield _bad("ledger", f"It cannot be opened: {error.what}", error.remedy)
        return
    with closing(reader):
        try:
            proof = reader.ledger.verify()
            if not proof.faults:
                yield _good("ledger", f"{proof.records:,} records, all proved; head {proof.head.hash[:12]}.")
            else:
                remedy = "Keep a copy of the home as it is; `strandline ledger verify` lists everything."
                yield _bad("ledger", f"It is not what was written: {proof.faults[0].what}", remedy)
            services = reader.desk.services()
            feeds = reader.feeds.standings(reader.clock.now())
        except StrandlineError as error:
            yield _bad("ledger", f"It cannot be read: {error.what}", error.remedy)
            return
    for service in services:
        yield from _service(service)
    for each in feeds:
        is_good, sentence, remedy = feed_words(each)
        health = {True: Health.GOOD, False: Health.BAD, None: Health.IDLE}[is_good]
        yield Finding(what=f"feed {each.feed.name}", health=health, sentence=sentence, remedy=remedy)


def _parts() -> Finding:
    """Whether all that Strandline stands on is installed: above all the router that carries traffic."""
    wanted = [required for required in metadata.requires("strandline") or () if "extra ==" not in required]
    names = [re.split(r"[\s\[<>=!~;(]", required, maxsplit=1)[0] for required in wanted]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        remedy = "Install Strandline again; local targets need Linux."
        return _bad("parts", f"Not installed: {', '.join(missing)}.", remedy)
    version = metadata.version("strandline")
    python = ".".join(str(number) for number in sys.version_info[:3])
    return _good("parts", f"Strandline {version} on Python {python}; all {len(names)} parts are installed.")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _git() -> Finding:
    found = shutil.which("git")
    if found:
        return _good("git", f"Found at {found}: releases are told by their commits.")
    return _idle(
        "git", "Not found: which commits a release brings stays unknown.", "Install git to know them."
    )


def _home(home: Path) -> Finding:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    if not place.is_dir() or not access(place, W_OK):
        return _bad("home", f"{home} cannot be written.", "Choose another with --home.")
    free = shutil.disk_usage(place).free
    room = f"{free / 1e9:,.1f} GB free"
    if free < _LITTLE_SPACE_BYTES:
        return _bad("home", f"{home}: only {room}.", "Make room: a full disk stops the ledger.")
    return _good("home", f"{home}, {room}.") if home.exists() else _idle("home", f"{home} is not there yet.")


def _control_plane(settings: Settings) -> Finding:
    url = bootstrap.live_control_plane(settings)
    if not url:
        return _idle(
            "control plane",
            "None runs on this home: no rollout moves, and nobody looks after what runs.",
            "Start one with `strandline serve`.",
        )
    with closing(ControlPlaneClient(url, actor=actor())) as client:
        try:
            health = client.health()
        except StrandlineError as error:
            return _bad("control plane", f"One runs and does not answer: {error.what}", "Restart it.")
    return _good("control plane", f"Answers at {url} (version {health.version}).")


def _service(service: ServiceView) -> Iterator[Finding]:
    for place in service.environments:
        target = service.entry.environments[place.environment].target
        name = f"{place.service} in {place.environment}"
        if not isinstance(target, LocalTargetPolicy):
            yield _idle(name, f"{_serves(place)} Its traffic is moved by its own commands.")
            continue
        is_there = _is_answering(target.listen)
        if place.stable is None and not place.active:
            yield _undeployed(name, target.listen, is_taken=is_there)
        elif is_there:
            yield _good(name, f"{_serves(place)} It takes connections at {target.listen}.")
        else:
            remedy = "`strandline serve` starts its router and its instances again."
            yield _bad(name, f"{_serves(place)} Nothing takes connections at {target.listen}.", remedy)


def _undeployed(name: str, listen: str, *, is_taken: bool) -> Finding:
    if is_taken:
        what = f"Nothing is deployed there, and another program takes connections at {listen}."
        return _bad(name, what, "Stop that program, or change `listen` in its strandline.yaml.")
    return _idle(name, f"Nothing is deployed there yet; {listen} is free.")


def _serves(place: EnvironmentView) -> str:
    return f"Serves {place.stable.version}." if place.stable is not None else "Its first rollout is running."


def _is_answering(listen: str) -> bool:
    host, _, port = listen.rpartition(":")
    name = host.strip("[]")
    # Where it listens everywhere, it listens here as well.
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104 - what was chosen is looked up
    try:
        with socket.create_connection((reached, int(port)), timeout=_ANSWER_WITHIN_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def _good(what: str, sentence: str) -> Finding:
    return Finding(what=what, health=Health.GOOD, sentence=sentence)


def _idle(what: str, sentence: str, remedy: str = "") -> Finding:
    return Finding(what=what, health=Health.IDLE, sentence=sentence, remedy=remedy)


def _bad(what: str, sentence: str, remedy: str) -> Finding:
    return Finding(what=what, health=Health.BAD, sentence=sentence, remedy=remedy)
