"""Organisations of known levels: the truth is found; what is taken away, or played, proves nothing more."""

from datetime import timedelta
from random import Random

import msgspec
import pytest

from strandline.assessment.assessor import assess, shipped_model
from strandline.kpi.history import history_from
from strandline.maturity.told import CARRIES, Practice, Told, told_of
from strandline.testing.simulated_organisation import END, MEASURES, drawn_levels
from strandline.testing.simulated_year import simulated_events
from strandline.vocabulary.event import Event
from strandline.vocabulary.facts import check_fact

MODEL = shipped_model()
LEVELS = dict(zip(MEASURES, (3, 5, 4, 3, 4, 5, 4), strict=True))
WHOLE = simulated_events(LEVELS, seed=3)


def proved(events: list[Event], late: str = "") -> dict[str, tuple[int, int]]:
    """Return what is proved and possible; events with `late` in their type are recorded at the end."""
    told: list[Told] = []
    for event in events:
        found = told_of(event, END if late and late in event.type else event.occurred_at)
        if found is not None:
            told.append(found)
    judged = assess(MODEL, history_from(events), Practice(told), at=END, is_signed=lambda *_: False)
    return {each.measure: (each.proved, each.possible) for each in judged.measures}


HONEST = proved(WHOLE)


@pytest.mark.parametrize("seed", range(4))
def test_the_true_level_lies_between_proved_and_possible(seed: int) -> None:
    levels = drawn_levels(Random(seed))  # noqa: S311 - a simulation
    for name, (low, high) in proved(simulated_events(levels, seed=seed)).items():
        assert low <= levels[name] <= high, name


@pytest.mark.parametrize("carries", sorted(set(CARRIES.values())))
def test_without_a_source_no_level_is_higher(carries: str) -> None:
    types = {fact.TYPE for fact, each in CARRIES.items() if each == carries}
    less = proved([event for event in WHOLE if event.type not in types])
    assert all(less[name][0] <= HONEST[name][0] for name in MEASURES)


def altered(name: str, **content: object) -> list[Event]:
    """Return all events, those of a name with other content."""
    return [
        msgspec.structs.replace(event, content={**event.content, **content}) if name in event.type else event
        for event in WHOLE
    ]


def moved(name: str, days: float) -> list[Event]:
    """Return all events, those of a name at another time."""
    return [
        msgspec.structs.replace(event, occurred_at=event.occurred_at + timedelta(days=days))
        if name in event.type
        else event
        for event in WHOLE
    ]


@pytest.mark.parametrize(
    ("measure", "played"),
    [
        ("TA", altered("training.recorded", result="attended")),
        ("TA", altered("session.held", attendees=["ann"])),
        ("TA", altered("drill.held", ledBy="jenkins[bot]")),
        ("PM", altered("figures.published", valuesWithSample=0)),
        ("PM", altered("risk.forecast", probabilityBp=0)),
        ("PM", altered("figure.revised", reason="")),
        ("SC", altered("notice.sent", digest="one text for all")),
        ("SC", altered("stakeholder.registered", isValid=False)),
        ("CI", altered("action.opened", dueOn=None)),
        ("CI", altered("practice.changed", refersTo=[])),
        ("DO", altered("plan.compared", alikeBp=10_000)),
        ("DO", altered("document.reviewed", reviewer="ann")),
        ("DO", altered("plan.rated", rater="ben")),
        ("TO", altered("runtime.changed", principal="person")),
        ("TO", altered("analysis.concluded", answer="not-enough-evidence")),
        ("TO", altered("drill.held", isCaught=False)),
        ("TO", altered("gate.evaluated", answer="not-applicable")),
        ("PI", altered("approval.closed", status="cancelled")),
        ("PI", moved("approval.closed", 0.5)),
        ("DO", moved("document.published", 0.5)),
    ],
)
def test_what_is_played_is_proved_less_than_what_is_done(measure: str, played: list[Event]) -> None:
    assert proved(played)[measure][0] < HONEST[measure][0]


@pytest.mark.parametrize(
    ("measure", "late"), [("SC", "notice.sent"), ("DO", "document.published"), ("PM", "risk.forecast")]
)
def test_what_is_made_up_afterwards_proves_nothing(measure: str, late: str) -> None:
    assert proved(WHOLE, late)[measure][0] < HONEST[measure][0]


def test_everything_that_a_simulated_organisation_tells_is_what_its_type_says() -> None:
    for event in WHOLE:
        check_fact(event)
