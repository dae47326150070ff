"""Parts of a payload are read each by itself, and addresses of sites are recognised."""

import msgspec
import pytest

from strandline.intake.addresses import home_of, site_of
from strandline.intake.parts import every, joined, part
from strandline.intake.translation import Translation, Unmapped
from strandline.vocabulary.errors import BadInputError


class Thing(msgspec.Struct):
    number: int


def refused(_: Thing) -> Translation:
    what = "This is no time."
    raise BadInputError(what, where="at", remedy="Say when.")


def unmapped(_: Thing) -> Translation:
    return Translation(unmapped=(Unmapped(what="Nobody knows.", where="number"),))


def test_a_thing_of_another_shape_is_unmapped_at_its_place() -> None:
    found = every("things", [{"number": "one"}], Thing, refused)
    assert found.unmapped[0].where == "things[0].number"
    assert found.unmapped[0].what == "Expected `int`, got `str`."


def test_a_thing_that_cannot_be_read_is_unmapped_with_its_remedy() -> None:
    found = every("things", [{"number": 1}], Thing, refused)
    assert found.unmapped == (Unmapped(what="This is no time.", where="things[0].at", remedy="Say when."),)


def test_places_of_what_is_unmapped_are_those_in_the_document() -> None:
    assert every("things", [{"number": 1}], Thing, unmapped).unmapped[0].where == "things[0].number"
    assert part("", lambda: unmapped(Thing(1))).unmapped[0].where == "number"


def test_reasons_for_nothing_are_told_each_once() -> None:
    nothing = Translation(ignored="A ping.")
    assert joined(nothing, nothing).ignored == "A ping."
    assert joined(nothing="Empty.").ignored == "Empty."
    assert every("things", [], Thing, refused).ignored


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://acme.pagerduty.com/incidents/P1", "https://acme.pagerduty.com"),
        ("http://user:word@jira.acme.org:8080/rest/api/2", "http://jira.acme.org:8080"),
        ("http://[::1]:80/x", "http://[::1]:80"),
        ("http://[::1", ""),
        ("http://acme.org:port/", ""),
        ("ftp://acme.org/", ""),
        ("/incidents/P1", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_site_of_an_address_is_what_stands_before_its_path(address: str | None, site: str) -> None:
    assert site_of(address) == site


def test_a_tool_may_live_below_the_root_of_its_site() -> None:
    assert home_of("https://acme.org/jira/rest/api/2/issue/1", "/rest/") == "https://acme.org/jira"
    assert home_of("https://acme.org/rest/api/2/issue/1", "/rest/") == "https://acme.org"
    assert home_of("https://acme.org/issue/1", "/rest/") == "https://acme.org"
    assert home_of(None, "/rest/") == ""
