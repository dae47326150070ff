"""OWASP DSOMM in its own format; the file here is ours, in the shape of theirs."""

from pathlib import Path

import pytest
from tests.maturity.practised import NOW, case, events

from strandline.assessment.assessor import shipped_model
from strandline.maturity.dsomm_model import SAME, dsomm_model, is_dsomm
from strandline.maturity.judging import Judge
from strandline.vocabulary.errors import BadInputError

OWN = shipped_model()
THEIRS = Path(__file__).parents[3] / "shared" / "payloads" / "maturity" / "dsomm" / "model.yaml"
TEXT = """\
---
meta: {version: 9.9.9, publisher: https://example.org/DevSecOps-MaturityModel-data}
---
Build and Deployment:
  Deployment:
    Automated deployment process: {level: 1, measure: Let a program do it.}
    Canary deployment: {level: 4, measure: A few first.}
    Bake a cake: {level: 2, measure: With cream.}
"""


def test_sub_dimensions_are_measures_and_what_is_the_same_is_answered_by_our_checks() -> None:
    assert is_dsomm(TEXT)
    found = dsomm_model(TEXT, OWN, "here")
    [measure] = found.measures
    assert (found.version, measure.id, len(measure.levels)) == ("9.9.9", "BD-deployment", 6)
    automated, cake = found.criterion("automated-deployment-process"), found.criterion("bake-a-cake")
    ours = OWN.criterion("TO3.1")
    assert automated is not None
    assert cake is not None
    assert ours is not None
    assert automated.checks == ours.checks
    assert (cake.checks, cake.evidence) == ((), "attestation")


def test_it_is_judged_on_the_same_evidence_as_ours() -> None:
    judged = case(events(), NOW)
    theirs, ours = dsomm_model(TEXT, OWN, "here"), OWN
    for name, same in (("automated-deployment-process", "TO3.1"), ("canary-deployment", "TO4.1")):
        a, b = theirs.criterion(name), ours.criterion(same)
        assert a is not None
        assert b is not None
        both = [
            Judge(model, judged, is_signed=lambda *_: False).answer(each)
            for model, each in ((theirs, a), (ours, b))
        ]
        assert both[0].verdict is both[1].verdict
    [measure] = Judge(theirs, judged, is_signed=lambda *_: False).measures()
    assert 1 <= measure.proved <= measure.possible <= 6


@pytest.mark.parametrize(
    "text", ["a: [", "meta: {version: 1}", "A: {B: {C: {level: x}}}", "A: {B: {C: 3}}", "A: {B: 3}", ""]
)
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        dsomm_model(text, OWN, "here")


def test_what_is_said_to_be_the_same_there_is() -> None:
    assert all(OWN.criterion(name) is not None for names in SAME.values() for name in names)


@pytest.mark.skipif(not THEIRS.is_file(), reason="../shared/payloads is not here")
def test_theirs_is_read_whole() -> None:
    text = THEIRS.read_text()
    assert is_dsomm(text)
    found = dsomm_model(text, OWN, "theirs")
    assert sum(1 for _ in found.criteria()) == 194
    answered = {each.question.partition(":")[0] for _, _, each in found.criteria() if each.checks}
    assert answered == set(SAME)
