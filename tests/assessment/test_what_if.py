"""Which levels would be proved, if."""

import pytest
from tests.assessment.assessed import MODEL, assessed

from strandline.assessment.what_if import what_if
from strandline.vocabulary.errors import NotFoundError


def test_criteria_that_are_taken_as_met_raise_the_level_once_all_of_them_are() -> None:
    found = assessed()
    before = found.measure("TO")
    missing = [each.criterion for each in before.levels[before.proved].answers if each.verdict.value != "met"]
    assert missing
    all_of_them = {each.measure: each for each in what_if(MODEL, found, missing).measures}
    assert all_of_them["TO"].then > before.proved
    assert all(each.then == each.proved for name, each in all_of_them.items() if name != "TO")
    if len(missing) > 1:
        some = {each.measure: each for each in what_if(MODEL, found, [missing[0].lower()]).measures}
        assert some["TO"].then == before.proved
        assert set(some["TO"].missing) == set(missing[1:])


def test_a_criterion_that_there_is_not_is_refused() -> None:
    with pytest.raises(NotFoundError, match="XX9"):
        what_if(MODEL, assessed(), ["XX9.9"])
