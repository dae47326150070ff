"""Facts by their type: an event of a known type holds what the type says, or is refused."""

from datetime import UTC, datetime

import msgspec
import pytest

from strandline.vocabulary.deployment import DeploymentPlanned
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, event_of
from strandline.vocabulary.facts import check_fact, facts
from strandline.vocabulary.organisation import ServiceProfiled

AT = datetime(2026, 6, 1, tzinfo=UTC)


def profiled(**content: object) -> Event:
    fact = ServiceProfiled(unit="waves", tier=1)
    event = event_of(fact, id="e1", source="/catalogue", subject_id="shop", occurred_at=AT)
    return msgspec.structs.replace(event, content={**event.content, **content})


def test_every_fact_is_known_by_its_own_type() -> None:
    assert facts()[DeploymentPlanned.TYPE] is DeploymentPlanned
    assert all(name == fact.TYPE for name, fact in facts().items())
    assert len(facts()) > 100


def test_what_a_newer_writer_adds_is_let_pass_and_so_is_a_type_that_nobody_knows() -> None:
    check_fact(profiled())
    check_fact(profiled(colour="blue"))
    check_fact(msgspec.structs.replace(profiled(tier="first"), type="com.example.profiled.1"))


def test_content_that_is_not_of_its_type_is_refused_with_the_field_that_is_wrong() -> None:
    with pytest.raises(BadInputError, match="tier") as refused:
        check_fact(profiled(tier="first"))
    assert refused.value.where == "e1"
    with pytest.raises(BadInputError, match="missing required field"):
        check_fact(msgspec.structs.replace(profiled(), type=DeploymentPlanned.TYPE))
