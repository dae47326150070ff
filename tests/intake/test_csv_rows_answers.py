"""Tables of what users answered: each score on its own scale, each answer as often as it was given."""

from typing import Any

import pytest
from tests.intake.payloads import said
from tests.intake.test_csv_rows import ROW, table

ANSWERS: dict[str, Any] = {
    "rows": "feedback",
    "columns": {"at": "When", "service": "App", "score": "Score", "scale": "Scale"},
}


def answers(scores: list[str], /, **more: Any) -> dict[str, Any]:
    """Return a table of answers that were given at different times."""
    rows = [
        {"When": f"2026-03-02T09:{number:02}:00Z", "App": "shop", "Score": score, "No": f"{number}"}
        for number, score in enumerate(scores)
    ]
    return {"rows": rows, "map": {**ANSWERS, **more}}


@pytest.mark.parametrize(
    ("scale", "scores"),
    [("csat", "1 2 3 4 5"), ("NPS", "0 1 2 3 4 5 6 7 8 9 10"), ("Ces", "1 2 3 4 5 6 7")],
)
def test_a_score_is_kept_on_its_own_scale_however_that_is_written(scale: str, scores: str) -> None:
    found = said("csv_rows", answers(scores.split(), always={"scale": scale}))
    assert not found.unmapped
    kept = [(each.content["scale"], each.content["score"]) for each in found.events]
    assert kept == [(scale.lower(), int(score)) for score in scores.split()]


@pytest.mark.parametrize(
    ("scale", "score"),
    [
        ("csat", "0"),
        ("csat", "6"),
        ("nps", "11"),
        ("nps", "-1"),
        ("ces", "0"),
        ("csat", "4.5"),
        ("nps", "1_0"),
        ("csat", "\u0663"),
        ("csat", "very"),
        ("stars", "4"),
    ],
)
def test_what_is_on_no_scale_is_unmapped_and_says_which_there_are(scale: str, score: str) -> None:
    found = said("csv_rows", answers([score], always={"scale": scale}))
    assert not found.events
    [reason] = found.unmapped
    assert "nps (0 to 10)" in reason.remedy
    assert "“" in reason.what


def test_a_table_from_0_to_10_that_does_not_say_so_is_not_taken_for_one_from_1_to_5() -> None:
    found = said("csv_rows", answers(["3", "4", "9"]))
    assert not found.events
    assert ["which scale" in each.what for each in found.unmapped] == [True] * 3
    assert "scale: nps" in found.unmapped[0].remedy
    assert len(said("csv_rows", answers(["3", "4", "5"])).events) == 3


def test_one_score_that_cannot_be_read_leaves_the_others_what_they_are() -> None:
    found = said("csv_rows", answers(["3", "four", "5"]))
    assert [each.content["score"] for each in found.events] == [3, 5]
    assert [each.where for each in found.unmapped] == ["line 3"]


def day(scores: str, **more: str) -> list[dict[str, str]]:
    return [{"When": "2026-03-02T00:00:00Z", "App": "shop", "Score": score, **more} for score in scores]


def ids(rows: list[dict[str, str]], /, **more: Any) -> set[str]:
    return {each.id for each in said("csv_rows", {"rows": rows, "map": {**ANSWERS, **more}}).events}


def test_people_who_say_the_same_on_the_same_day_are_as_many_as_they_are() -> None:
    once = ids(day("5554"))
    assert len(once) == 4
    assert ids(day("5554")) == once, "imported twice, it changes nothing"
    assert ids(day("4555")) == once, "nor in another order"
    longer = ids(day("15554"))
    assert longer > once, "and of a longer table only what is new counts"
    assert len(longer) == 5


def test_columns_that_are_not_read_do_not_tell_one_answer_from_another() -> None:
    assert ids([*day("5", Mood="a"), *day("5", Mood="b")]) == ids(day("55"))


def test_an_answer_with_a_number_is_one_however_often_it_stands_there() -> None:
    columns = {**ANSWERS["columns"], "id": "No"}
    assert len(ids([*day("5", No="1"), *day("5", No="1"), *day("5", No="2")], columns=columns)) == 2


def test_calls_for_help_that_say_the_same_are_as_many_as_they_are() -> None:
    columns = {"at": "When", "service": "App"}
    assert len(ids(day("11"), rows="support", columns=columns)) == 2


def test_a_deployment_that_stands_twice_is_one() -> None:
    assert len({each.id for each in said("csv_rows", table([ROW, ROW])).events}) == 2
