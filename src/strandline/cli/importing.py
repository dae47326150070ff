"""`strandline ledger import`: events of ours, payloads of other tools, a repository's history."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from strandline import bootstrap
from strandline.cli.output import line, words
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, Session, actor
from strandline.collection.import_payloads import PayloadsImported, import_payloads
from strandline.intake.git_releases import TaggedReleases
from strandline.kpi.scope import PRODUCTION
from strandline.ledger.exchange import import_lines
from strandline.rollout.yaml_source import read_yaml
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Names

STANDARD = "-"
_EVENTS = "events"
_MOST_SHOWN = 5

FileOrStandard = Annotated[str, Parameter(allow_leading_hyphen=True)]


def import_(
    file: FileOrStandard = "",
    /,
    *,
    kind: str = _EVENTS,
    git: Path | None = None,
    releases: str = "",
    service: str = "",
    environment: str = "",
    header: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    map_: Annotated[Path | None, Parameter(name="--map")] = None,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Record events from a file: CloudEvents in JSON, one a line; or payloads of another tool, with --kind.

    Of events all are recorded or none. Of payloads, each that cannot be placed is kept and shown as unmapped.
    What the ledger knows already changes nothing.

    Args:
        file: The file, or - for standard input.
        kind: What the file holds: events, or payloads of github, gitlab, pagerduty, csv_rows …
        git: A repository, in place of a file: its commits and tags, the first time all, then what is new.
        releases: For a repository: which tags are deployments, as a regular expression for their whole
            names, such as 'v[0-9.]+'; none if left out.
        service: The service, where payloads do not say; of a repository its last name if left out.
        environment: The environment, where payloads do not say; of a repository production if left out.
        header: For payloads: what the webhook had in its headers, such as "X-GitHub-Event: push".
        map_: For a table: a file that says which columns hold what.
        common: What every command takes.
        session: This run of the command line.
    """
    if (git is not None) == bool(file):
        what = "It takes one thing to import."
        raise BadInputError(what, where="ledger import", remedy="Give a file, or a repository with --git.")
    # The home is made if there is none: a ledger may well begin with what was exported elsewhere.
    reader = bootstrap.assemble_reader(session.settings(common))
    try:
        if git is not None:
            return _git(reader, session.path(git), releases, service, environment, session)
        if kind != _EVENTS:
            names = Names(service=service, environment=environment)
            return _payloads(reader, file, kind, names, _headers(header), map_, session)
        with opened(file, session) as lines, session.output.working("Recording events"):
            summary = import_lines(reader.ledger, lines, source_name=file)
    finally:
        reader.close()
    session.output.result(summary, _told(summary.new, summary.known))
    return 0


def _git(  # noqa: PLR0917 - what the command was given
    reader: bootstrap.Reader, folder: Path, like: str, service: str, environment: str, session: Session
) -> int:
    tagged = None
    if like:
        name = service or (folder.parent if folder.name == ".git" else folder).name
        tagged = TaggedReleases(
            like=like, service=name.removesuffix(".git"), environment=environment or PRODUCTION[0]
        )
    with session.output.working("Reading the repository"):
        done = bootstrap.import_repository(reader, folder, actor=actor(), releases=tagged)
    notes = [words(each, "open") for each in (done.partial, *done.rewritten) if each]
    if tagged is not None:
        where = f"{tagged.service} in {tagged.environment}"
        notes.insert(0, line(words(f"{done.releases:,} tags", "good"), f" taken as deployments of {where}."))
    elif done.new:
        notes.append(words("No tag counts as a deployment: --releases names those that do.", "faint"))
    session.output.result(
        done, _told(done.new, done.known), words(f"From {done.repository}", "faint"), *notes
    )
    return 0


def _payloads(  # noqa: PLR0917 - what the command was given
    reader: bootstrap.Reader,
    file: str,
    kind: str,
    names: Names,
    headers: dict[str, str],
    table_map: Path | None,
    session: Session,
) -> int:
    mapped = _document(session.path(table_map)) if table_map is not None else None
    with opened(file, session) as lines, session.output.working("Recording what the payloads say"):
        done = import_payloads(
            reader.ledger,
            kind=kind,
            content=b"".join(lines),
            names=names,
            at=reader.clock.now(),
            headers=headers,
            table_map=mapped,
        )
    session.output.result(done, _told(done.new, done.known), *_unmapped(done))
    return 0


def _unmapped(done: PayloadsImported) -> list[Text]:
    shown = [words(f"Ignored: {each}", "faint") for each in done.ignored]
    if done.unmapped:
        shown.append(
            line(words(f"{done.unmapped:,} unmapped", "open"), ", kept with their payloads (feed unmapped):")
        )
    for each in done.reasons[:_MOST_SHOWN]:
        where = f"{each.where}: " if each.where else ""
        shown.append(words(f"  {where}{each.what} {each.remedy}", "faint"))
    return shown


def _told(new: int, known: int) -> Text:
    return line(words(f"{new:,} new events", "good"), f" recorded; {known:,} were known already.")


def _headers(given: tuple[str, ...]) -> dict[str, str]:
    headers = {}
    for each in given:
        name, colon, value = each.partition(":")
        if not (name.strip() and colon):
            what = f"“{each}” is no header."
            raise BadInputError(what, where="--header", remedy='Write it as "X-GitHub-Event: push".')
        headers[name.strip().lower()] = value.strip()
    return headers


def _document(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8", errors="strict")
    except (OSError, UnicodeDecodeError) as error:
        what = f"The file cannot be read: {error}."
        raise BadInputError(what, where=str(path), remedy="Name the file that maps the columns.") from error
    # The same reader as of `strandline.yaml`: "No" is a heading, and no truth value.
    return read_yaml(text, file=str(path)).data


@contextmanager
def opened(file: str, session: Session) -> Iterator[Iterator[bytes]]:
    """Open a file that the user named, or standard input, for reading line by line."""
    if file == STANDARD:
        yield iter(sys.stdin.buffer)
        return
    path = session.path(file)
    try:
        found = path.open("rb")
    except OSError as error:
        what = f"The file cannot be read: {error.strerror}."
        raise BadInputError(
            what, where=str(path), remedy="Name a file of events, or - for standard input."
        ) from error
    with found:
        yield iter(found)
