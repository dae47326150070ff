"""Owners: the newest word of a catalogue says whose a service is; figures of a team are over its services."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.kpi.told import START, at, deployed, told

from strandline.kpi.deployment_frequency import deployment_frequency
from strandline.kpi.history import history_from
from strandline.kpi.owners import services_of, teams_of
from strandline.kpi.scope import Scope
from strandline.performance.figures import of_team
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.organisation import ServiceProfiled

SCOPE = Scope(start=START, end=START + timedelta(days=90))


def profiled(service: str, day: float, unit: str = "", business_unit: str = "") -> Any:
    fact = ServiceProfiled(unit=unit, business_unit=business_unit)
    return told(fact, at(day), source="/catalogue", subject=service)


def events() -> list[Any]:
    found = [profiled("shop", 0, "shop-team", "retail"), profiled("letters", 0, "post-team", "retail")]
    for number in range(10):
        for name in ("shop", "letters", "basket")[: 3 if number % 2 else 2]:
            found += deployed(f"{name}-{number}", at(2 + number, 12), version=f"1.{number}", service=name)
    return found


def deployments(every: list[Any], team: str) -> int:
    history = history_from(every)
    return deployment_frequency(
        history, of_team(history, msgspec.structs.replace(SCOPE, team=team))
    ).explicit.n


def test_a_figure_of_a_team_or_business_unit_is_over_the_services_that_it_owns() -> None:
    assert deployments(events(), "shop-team") == 10
    assert deployments(events(), "retail") == 20
    assert deployments(events(), "") == 25


def test_the_newest_word_on_each_field_counts_in_whatever_order_it_came() -> None:
    moved = [*events(), profiled("shop", 5, "post-team"), profiled("shop", 6)]
    for every in (moved, moved[::-1]):
        owners = history_from(every).owners
        assert services_of(owners, "post-team") == ("letters", "shop")
        assert services_of(owners, "shop-team") == ()
        assert services_of(owners, "retail") == ("letters", "shop")
        assert teams_of(owners) == ["post-team", "retail"]


def test_a_team_that_no_catalogue_knows_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(NotFoundError, match="nobody") as raised:
        deployments(events(), "nobody")
    assert "post-team, retail, shop-team" in str(raised.value.remedy)
    with pytest.raises(NotFoundError) as raised:
        deployments(events()[2:], "shop-team")
    assert "no catalogue" in str(raised.value.remedy)
