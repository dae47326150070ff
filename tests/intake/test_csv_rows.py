"""Tables: each kind of row, times and zones, and what does not fit."""

import csv
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.payloads import PAYLOADS, said

from strandline.intake.sources import translated
from strandline.intake.translation import Payload
from strandline.kpi.history import history_from
from strandline.vocabulary.deployment import Outcome

DEPLOYMENTS = {
    "rows": "deployment",
    "time": "%d.%m.%Y %H:%M",
    "zone": "Europe/Berlin",
    "columns": {"id": "No", "at": "Done", "started": "Begun", "service": "App", "outcome": "Result"},
    "always": {"environment": "production"},
    "words": {"outcome": {"ok": "success", "bad": "failure"}},
}
ROW = {"No": "7", "Begun": "02.03.2026 10:00", "Done": "02.03.2026 10:30", "App": "shop", "Result": "ok"}


def table(rows: list[dict[str, str]], /, **changes: Any) -> dict[str, Any]:
    return {"rows": rows, "map": {**DEPLOYMENTS, **changes}}


def test_a_row_is_a_deployment_in_its_own_zone() -> None:
    began, ended = said("csv_rows", table([ROW])).events
    assert (began.occurred_at, ended.occurred_at) == (
        datetime(2026, 3, 2, 9, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    )
    failed = said("csv_rows", table([{**ROW, "Result": "bad"}])).events
    [found] = history_from(failed).deployments["shop", "production"]
    assert found.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-03-02T10:00", 9),
        ("2026-03-02 10:00", 9),
        ("2026-03-02T10:00Z", 10),
        ("2026-03-02T10:00-05:00", 15),
        ("2026-03-02T10:00+02:00", 8),
    ],
)
def test_a_time_with_an_offset_of_its_own_keeps_it(written: str, hour: int) -> None:
    events = said("csv_rows", table([{**ROW, "Begun": written, "Done": written}], time="")).events
    assert {event.occurred_at for event in events} == {datetime(2026, 3, 2, hour, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("cells", "said_of_it"),
    [
        ({"No": ""}, "no id"),
        ({"Done": "tomorrow"}, "no time of the form"),
        ({"Result": "perhaps"}, "perhaps"),
    ],
)
def test_a_row_that_does_not_fit_is_unmapped_with_its_line(cells: dict[str, str], said_of_it: str) -> None:
    found = said("csv_rows", table([ROW, {**ROW, **cells}]))
    assert len(found.events) == 2
    [reason] = found.unmapped
    assert reason.where == "line 3"
    assert said_of_it in reason.what


@pytest.mark.parametrize(
    ("changes", "where"),
    [({"rows": "weather"}, "rows"), ({"zone": "Mars/Olympus"}, "line 2"), ({"colour": "red"}, "map")],
)
def test_a_map_that_makes_no_sense_says_where(changes: dict[str, Any], where: str) -> None:
    [reason] = said("csv_rows", table([ROW], **changes)).unmapped
    assert reason.where == where


def test_a_real_table_of_courses_is_read() -> None:
    file = PAYLOADS / "lms-csv" / "completions-a.csv"
    if not file.exists():
        pytest.skip(f"{file} is not here (STRANDLINE_PAYLOADS)")
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    columns = {"person": "employee_id", "course": "course_id", "title": "course_title", "at": "completed_at"}
    columns |= {"result": "status", "score": "score"}
    found = said("csv_rows", {"rows": rows, "map": {"rows": "training", "columns": columns}})
    assert [each.content["person"] for each in found.events] == ["E1001", "E1001"]
    assert [each.where for each in found.unmapped] == ["line 3"]


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (
            "incident",
            {"id": "i1", "at": "2026-03-02T09:00:00Z", "restored": "2026-03-02T10:00:00Z", "service": "shop"},
        ),
        ("feedback", {"at": "2026-03-02T09:00:00Z", "service": "shop", "score": "4", "words": "fine"}),
        ("support", {"at": "2026-03-02T09:00:00Z", "service": "shop", "topic": "log-in"}),
    ],
)
def test_every_kind_of_row_becomes_its_events(kind: str, row: dict[str, str]) -> None:
    columns = {name: name for name in row}
    found = said(
        "csv_rows",
        {"rows": [row], "map": {"rows": kind, "columns": columns, "always": {"environment": "production"}}},
    )
    assert found.events
    assert not found.unmapped


@given(st.lists(st.dictionaries(st.sampled_from(list(ROW)), st.text(max_size=12), max_size=5), max_size=4))
def test_no_row_at_all_raises_an_error(rows: list[dict[str, str]]) -> None:
    found = translated("csv_rows", Payload(document=table(rows)))
    assert len(found.unmapped) <= len(rows)
