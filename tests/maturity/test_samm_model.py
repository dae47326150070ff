"""OWASP SAMM in its own format; the files here are ours, in the shape of theirs."""

from pathlib import Path

import pytest

from strandline.assessment.assessor import shipped_model
from strandline.maturity.samm_model import is_samm, samm_model
from strandline.vocabulary.errors import BadInputError

OWN = shipped_model()
THEIRS = Path(__file__).parents[3] / "shared" / "payloads" / "maturity" / "samm" / "model"
FILES = {
    "business_functions/I.yml": "{id: f, name: Implementation, order: 3}",
    "security_practices/SD.yml": "{id: p, function: f, shortName: SD, name: Shipping, order: 2}",
    "maturity_levels/1.yml": "{id: m1, number: 1}",
    "maturity_levels/2.yml": "{id: m2, number: 2}",
    "practice_levels/1.yml": "{id: l1, practice: p, maturityLevel: m1, objective: Repeat it.}",
    "practice_levels/2.yml": "{id: l2, practice: p, maturityLevel: m2, objective: Automate it.}",
    "streams/A.yml": "{id: s, practice: p, letter: A, name: Process}",
    "activities/1.yml": "{id: a1, stream: s, level: l1, title: Write it down, shortDescription: All of it.}",
    "activities/2.yml": "{id: a2, stream: s, level: l2, title: Automate, shortDescription: With checks.}",
    "questions/q.yml": "{id: q}",
}


def test_practices_are_measures_and_activities_are_named_as_theirs() -> None:
    assert is_samm(FILES)
    found = samm_model(FILES, OWN, "here")
    [measure] = found.measures
    assert (measure.id, measure.name, len(measure.levels)) == ("I-SD", "Shipping", 4)
    assert [level.label for level in measure.levels] == ["0", "1", "2", "3"]
    assert [each.id for level in measure.levels for each in level.criteria] == ["I-SD-1-A", "I-SD-2-A"]
    assert measure.levels[2].statement == "Automate it."


def test_an_activity_that_ours_are_anchored_in_is_answered_by_their_checks() -> None:
    found = samm_model(FILES, OWN, "here")
    criterion = found.criterion("I-SD-2-A")
    ours = OWN.criterion("TO3.3")
    assert criterion is not None
    assert ours is not None
    assert set(ours.checks) <= set(criterion.checks)
    assert criterion.evidence == "events"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("activities/2.yml", "{id: a2, stream: gone, level: l2, title: x, shortDescription: y}"),
        ("activities/2.yml", "- a list"),
        ("activities/2.yml", "{a: ["),
        ("practice_levels/2.yml", "{id: l2}"),
    ],
)
def test_what_is_broken_is_refused_with_the_place(path: str, text: str) -> None:
    with pytest.raises(BadInputError) as refused:
        samm_model({**FILES, path: text}, OWN, "here")
    assert refused.value.where == "here"


@pytest.mark.skipif(not THEIRS.is_dir(), reason="../shared/payloads is not here")
def test_theirs_is_read_whole() -> None:
    texts = {each.relative_to(THEIRS).as_posix(): each.read_text() for each in THEIRS.rglob("*.yml")}
    found = samm_model(texts, OWN, "theirs")
    assert len(found.measures) == 15
    assert sum(1 for _ in found.criteria()) == 90
    answered = {each.id for _, _, each in found.criteria() if each.checks}
    assert {"I-SD-2-A", "I-SD-3-A", "I-SD-1-A", "G-SM-2-B"} <= answered
