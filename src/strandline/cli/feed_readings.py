"""`strandline feed backfill` and `feed readings`: a source is asked for what it has of a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.status import Status
from rich.text import Text

from strandline import bootstrap
from strandline.cli.connection import reading
from strandline.cli.hosting import hosted
from strandline.cli.moments import moment
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, actor
from strandline.collection.readings import ReadingState, ReadingView
from strandline.collection.remote import Window
from strandline.settings import Settings

_POLL_SECONDS = 0.2
_STYLES = {ReadingState.OPEN: "wait", ReadingState.FINISHED: "good", ReadingState.FAILED: "bad"}


def backfill(
    name: str,
    /,
    *,
    since: Annotated[str, Parameter(name="--from")] = "12w",
    until: Annotated[str, Parameter(name="--to")] = "0d",
    watch: bool = True,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Ask a feed's source for all that it has of a time. It goes on where it was if it is interrupted.

    Args:
        name: The feed; it was set up with --api.
        since: From when on: a date, or how long ago, such as 12w.
        until: Until when.
        watch: Wait for its end. Without it, a control plane that runs reads on by itself.
        common: What every command takes.
        session: This run of the command line.
    """
    settings = session.settings(common)
    with reading(settings) as reader:
        now = reader.clock.now()
        window = Window(from_at=moment(since, now, option="--from"), to_at=moment(until, now, option="--to"))
        view = reader.readings.order(name, window, actor=actor())
        session.output.note(line(words(view.id, "bold"), f" is ordered: {_time(view)}."))
        is_hosted = bool(bootstrap.live_control_plane(settings))
        if not watch:
            later = "" if is_hosted else " once a control plane runs: strandline serve"
            session.output.result(view, words(f"It is read{later}.", "faint"))
            return 0
        session.if_interrupted = "What was read stays; `strandline serve` goes on with the rest."
        with _somebody_reads(session, settings, is_hosted=is_hosted):
            view = _seen_through(session, reader, view.id)
    session.output.result(view, *_ending(view))
    return 0 if view.state is ReadingState.FINISHED else 1


def readings(
    *,
    number: Annotated[int, Parameter(name=("--number", "-n"))] = 20,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """List the newest readings: ordered by somebody, or what deliveries had lost.

    Args:
        number: How many.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        found = reader.readings.every()[-max(number, 0) :]
    made = table("Reading", "Of", "Why", "Stands", "Pages", "Things", "New events", "Unmapped")
    for each in found:
        made.add_row(
            words(each.id),
            words(_time(each), "faint"),
            words(
                "to find what was lost" if each.is_reconciliation else f"asked by {each.ordered_by}", "faint"
            ),
            words(each.what or each.state.value, _STYLES[each.state]),
            f"{each.pages:,}",
            f"{each.payloads:,}",
            f"{each.new:,}",
            words(f"{each.unmapped:,}", "open" if each.unmapped else "faint"),
        )
    nothing = words("Nothing was read yet: strandline feed backfill NAME --from 12w")
    session.output.result(found, made if found else nothing)
    return 0


@contextmanager
def _somebody_reads(session: Hidden, settings: Settings, *, is_hosted: bool) -> Iterator[None]:
    """Let a control plane read: the one that runs on this home, or one in this process."""
    if is_hosted:
        yield
        return
    with hosted(msgspec.structs.replace(settings, port=0), session.make_pages):
        yield


def _seen_through(session: Hidden, reader: bootstrap.Reader, reading_id: str) -> ReadingView:
    with session.output.working("Asking") as status:
        while True:
            view = reader.readings.reading(reading_id)
            if view.state is not ReadingState.OPEN:
                return view
            _show(status, view)
            time.sleep(_POLL_SECONDS)


def _show(status: Status | None, view: ReadingView) -> None:
    if status is not None and view.stream:
        status.update(
            words(
                f"{view.stream}: {view.payloads:,} things on {view.pages:,} pages, {view.new:,} new", "faint"
            )
        )


def _ending(view: ReadingView) -> Iterator[Text]:
    if view.state is ReadingState.FAILED:
        yield line(words("Not read to the end. ", "bad"), f"{view.what} {view.remedy}".strip())
        yield words(f"What was read stays: {view.payloads:,} things, {view.new:,} new events.", "faint")
        return
    yield line(
        words("Read. ", "good"),
        f"{view.payloads:,} things on {view.pages:,} pages became {view.new:,} new events.",
    )
    for note in view.notes:
        yield words(note, "wait")
    if view.unmapped:
        yield words(f"{view.unmapped:,} could not be mapped: strandline feed unmapped", "open")


def _time(view: ReadingView) -> str:
    is_short = view.to_at - view.from_at < timedelta(days=2)
    form = "%Y-%m-%d %H:%M" if is_short else "%Y-%m-%d"
    return f"{view.from_at:{form}} to {view.to_at:{form}}"
