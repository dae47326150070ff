"""Rows of a table, by a small map that says what they are and which column holds what.

A map is a file like this::

    rows: deployment                     # or incident, training, feedback, support
    time: "%Y-%m-%d %H:%M"               # how times are written; ISO 8601 if left out
    zone: Europe/Berlin                  # where those without a zone were written
    source: https://cd.example.org       # where the rows are from
    columns: {id: Ticket, at: Deployed at, service: Application, environment: Stage, outcome: Result}
    always: {environment: production}    # what is the same in every row
    words: {outcome: {OK: success, Failed: failure}}

A row that does not fit is unmapped, with its line; the others pass. Answers of users that are the same in
all that is said of them are as many answers as there are rows, unless an `id` says that they are one.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from strandline.intake.moments import moment
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place, ServiceDeployed
from strandline.vocabulary.details import Details
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, Fact, JsonValue
from strandline.vocabulary.feed import Names
from strandline.vocabulary.feedback import SCALES, FeedbackGiven, SupportContacted
from strandline.vocabulary.incident import IncidentDetected, IncidentResolved, ServiceReference
from strandline.vocabulary.pipeline import RunOutcome, TaskRunFinished, TaskRunStarted
from strandline.vocabulary.training import TrainingRecorded, TrainingResult

_BY = "intake/csv_rows 1"
_FIRST_ROW = 2
"""The line of the first row: the headings are the first line."""
_UNSAID = "csat"
"""The scale of a table that does not say one, where all its scores could be on it."""


class CsvMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the rows of a table are."""

    rows: str
    columns: dict[str, str]
    """From a field to the heading of its column."""
    source: str = "/csv"
    time: str = ""
    zone: str = ""
    always: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}
    """For a field: from the table's words to ours."""


class _Table(msgspec.Struct, frozen=True):
    rows: list[dict[str, str]]
    map: CsvMap | None = None


class _Row:
    """One row, read by the map."""

    def __init__(self, cells: Mapping[str, str], table_map: CsvMap, names: Names, *, same: int = 0) -> None:
        self._cells = cells
        self._map = table_map
        self.names = names
        self.same = same
        """How many rows before it say the very same."""

    def text(self, field: str) -> str:
        """Return a field; empty where the row does not have it."""
        heading = self._map.columns.get(field)
        value = self._cells.get(heading, "").strip() if heading is not None else ""
        value = value or self._map.always.get(field, "")
        return self._map.words.get(field, {}).get(value, value)

    def needed(self, field: str) -> str:
        """Return a field that the row must have.

        Raises:
            BadInputError: it has none.
        """
        value = self.text(field)
        if not value:
            what = f"The row has no {field}."
            remedy = f"Map a column to it (columns: {{{field}: …}}), or say what it always is."
            raise BadInputError(what, where=self._map.columns.get(field, field), remedy=remedy)
        return value

    def time(self, field: str) -> datetime | None:
        """Return a time; `None` where the row does not have it."""
        value = self.text(field)
        return self._time(value, field) if value else None

    def needed_time(self, field: str) -> datetime:
        """Return a time that the row must have; raises as `needed`."""
        return self._time(self.needed(field), field)

    def _time(self, value: str, field: str) -> datetime:
        where = self._map.columns.get(field, field)
        if not self._map.time:
            if self._map.zone and (local := _local(value)) is not None:
                return _zoned(local, self._map.zone)
            return moment(value, where)
        try:
            found = datetime.strptime(value, self._map.time)  # noqa: DTZ007 - the zone is the map's
        except ValueError as error:
            what = f"“{value}” is no time of the form {self._map.time}."
            raise BadInputError(what, where=where, remedy="Mend the form in the map.") from error
        return found if found.tzinfo is not None else _zoned(found, self._map.zone)


def _local(value: str) -> datetime | None:
    """Return a time that names no offset of its own; nothing if it names one, or is no time."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def translate(payload: Payload) -> Translation:
    """Return what the rows of a table say."""
    table = msgspec.convert(payload.document, _Table)
    if table.map is None:
        what = "Nothing says what the rows are."
        raise BadInputError(what, remedy="Give a map of the columns with --map.")
    read = _READ.get(table.map.rows)
    if read is None:
        what = f"Rows of “{table.map.rows}” are not known."
        raise BadInputError(what, where="rows", remedy=f"Known: {', '.join(_READ)}.")
    table_map = _with_scale(table.map, table.rows)
    events: list[Event] = []
    unmapped: list[Unmapped] = []
    said: Counter[str] = Counter()
    for number, cells in enumerate(table.rows, start=_FIRST_ROW):
        try:
            made = read(_Row(cells, table_map, payload.names), table_map.source)
            said[made[-1].id] += 1
            same = said[made[-1].id] - 1
            if same:
                made = read(_Row(cells, table_map, payload.names, same=same), table_map.source)
            events += made
        except (BadInputError, ValueError) as error:
            what, remedy = (
                (error.what, error.remedy) if isinstance(error, BadInputError) else (str(error), "")
            )
            unmapped.append(Unmapped(what=what, where=f"line {number}", remedy=remedy))
    nothing = "" if table.rows else "The table has no row."
    return Translation(events=tuple(events), unmapped=tuple(unmapped), ignored=nothing)


def _deployment(row: _Row, source: str) -> list[Event]:
    environment = row.names.environment_of(row.needed("environment"))
    number = row.needed("id")
    details = Details(
        deployment=number,
        service=row.names.service_of(row.needed("service")),
        environment=environment,
        commit=row.text("commit"),
        repository=row.text("repository"),
        version=row.text("version"),
        url=row.text("url"),
        is_unplanned=_yes(row, "unplanned"),
        by=_BY,
    )
    ended = row.needed_time("at")
    began = row.time("started")
    outcome = RunOutcome(row.text("outcome") or "success")
    artifact = row.text("artifact") or f"pkg:generic/{details.service}@{details.version or number}"
    fact: Fact = TaskRunFinished(task_name="deploy", outcome=outcome)
    if outcome is RunOutcome.SUCCESS:
        fact = ServiceDeployed(environment=Place(id=environment), artifact_id=artifact)
    events = [_stated(row, fact, source, number, ended, details)]
    if began is not None:
        events.insert(0, _stated(row, TaskRunStarted(task_name="deploy"), source, number, began, details))
    return events


def _incident(row: _Row, source: str) -> list[Event]:
    number, service = row.needed("id"), row.names.service_of(row.text("service"))
    environment = row.names.environment_of(row.needed("environment"))
    details = Details(
        incident=number,
        service=service,
        environment=environment,
        deployment=row.text("deployment"),
        url=row.text("url"),
        by=_BY,
    )
    place, about = Place(id=environment), ServiceReference(id=service) if service else None
    began = IncidentDetected(environment=place, service=about, description=row.text("description"))
    events = [_stated(row, began, source, number, row.needed_time("at"), details)]
    restored = row.time("restored")
    if restored is not None:
        over = IncidentResolved(environment=place, service=about)
        events.append(_stated(row, over, source, number, restored, details))
    return events


def _training(row: _Row, source: str) -> list[Event]:
    fact = TrainingRecorded(
        person=row.needed("person"),
        result=TrainingResult(row.text("result") or "completed"),
        course=row.text("title"),
        score=row.text("score"),
        tags=tuple(each.strip() for each in row.text("tags").split(",") if each.strip()),
    )
    return [_stated(row, fact, source, row.needed("course"), row.needed_time("at"), Details(by=_BY))]


def _feedback(row: _Row, source: str) -> list[Event]:
    scale = row.text("scale").lower()
    fact = FeedbackGiven(
        scale=scale,
        score=_score(row.needed("score"), scale),
        words=row.text("words"),
        channel="import",
        version=row.text("version"),
    )
    service = row.names.service_of(row.needed("service"))
    details = Details(service=service, by=_BY, more=_which(row))
    return [_stated(row, fact, source, service, row.needed_time("at"), details)]


def _score(text: str, scale: str) -> int:
    """Return a score on its scale.

    Raises:
        BadInputError: there is no such scale, or the score is not on it.
    """
    known = ", ".join(f"{name} ({scores[0]} to {scores[-1]})" for name, scores in SCALES.items())
    remedy = f"Say which it is, such as always: {{scale: nps}}. Known: {known}."
    if not scale:
        what = "Nothing says which scale the scores are on, and some are not on that from 1 to 5."
        raise BadInputError(what, where="scale", remedy=remedy)
    if scale not in SCALES:
        what = f"No scale is called “{scale}”."
        raise BadInputError(what, where="scale", remedy=remedy)
    score = _whole(text)
    if score is None or score not in SCALES[scale]:
        what = f"“{text}” is no score from {SCALES[scale][0]} to {SCALES[scale][-1]} ({scale})."
        raise BadInputError(what, where="score", remedy=remedy)
    return score


def _whole(text: str) -> int | None:
    """Return a number of ASCII digits; `int` takes more than that, such as `1_0`."""
    return int(text) if text.isascii() and text.isdecimal() else None


def _with_scale(table_map: CsvMap, rows: list[dict[str, str]]) -> CsvMap:
    """Return the map with the scale of rows that say none, if it can be told from the scores of all of them.

    A table of answers from 0 to 10 holds threes and fours too: read one by one, they would be CSAT.
    """
    read = [_Row(cells, table_map, Names()) for cells in rows]
    scores = [_whole(each.text("score")) for each in read if not each.text("scale")]
    if all(each is None or each in SCALES[_UNSAID] for each in scores):
        return msgspec.structs.replace(table_map, always={"scale": _UNSAID, **table_map.always})
    return table_map


def _which(row: _Row) -> dict[str, JsonValue]:
    """Return what tells this answer from others that say the same.

    Not its line: a table that is exported again, longer, has the same answers on other lines.
    """
    number = row.text("id")
    if number:
        return {"row": number}
    return {"same": str(row.same)} if row.same else {}


def _support(row: _Row, source: str) -> list[Event]:
    fact = SupportContacted(topic=row.text("topic"), channel=row.text("channel"))
    service = row.names.service_of(row.needed("service"))
    details = Details(service=service, by=_BY, more=_which(row))
    return [_stated(row, fact, source, service, row.needed_time("at"), details)]


def _stated(  # noqa: PLR0917 - all of an event
    row: _Row, fact: Fact, source: str, subject: str, at: datetime, details: Details
) -> Event:
    is_service = isinstance(fact, ServiceDeployed)
    return stated(
        fact,
        source=source,
        subject_id=details.service if is_service else subject,
        occurred_at=at,
        details=details,
        actor=row.text("actor"),
    )


def _yes(row: _Row, field: str) -> bool | None:
    value = row.text(field).lower()
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(value)


def _zoned(time: datetime, zone: str) -> datetime:
    if not zone:
        what = f"The time {time} has no zone."
        raise BadInputError(what, where="zone", remedy="Say in the map where it was written: zone: UTC.")
    try:
        return time.replace(tzinfo=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError) as error:
        what = f"There is no zone “{zone}”."
        raise BadInputError(what, where="zone", remedy="Give one like Europe/Berlin.") from error


_READ: Mapping[str, Callable[[_Row, str], list[Event]]] = {
    "deployment": _deployment,
    "incident": _incident,
    "training": _training,
    "feedback": _feedback,
    "support": _support,
}
