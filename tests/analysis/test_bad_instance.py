"""A bad instance is named; a bad release is not blamed on one of its instances."""

from strandline.analysis.bad_instance import bad_instance
from strandline.vocabulary.traffic import InstanceCounts


def look(**errors: int) -> tuple[InstanceCounts, ...]:
    return tuple(InstanceCounts(instance=name, requests=100, errors=count) for name, count in errors.items())


def test_the_one_that_fails_is_named() -> None:
    assert bad_instance([look(a=0, b=30, c=1)] * 3) == "b"


def test_when_all_fail_alike_it_is_the_release() -> None:
    assert bad_instance([look(a=28, b=30, c=33)] * 5) == ""


def test_when_two_fail_it_is_the_release() -> None:
    assert bad_instance([look(a=30, b=30, c=0, d=0)] * 5) == ""


def test_an_only_instance_is_the_release() -> None:
    assert bad_instance([look(a=30)] * 5) == ""


def test_a_few_errors_name_nobody() -> None:
    assert bad_instance([look(a=0, b=2, c=0)]) == ""


def test_nothing_measured_names_nobody() -> None:
    assert bad_instance([(), ()]) == ""
