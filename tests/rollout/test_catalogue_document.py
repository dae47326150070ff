"""A service survives the ledger: as JSON, without floats, and back to the same value."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strandline.rollout.catalogue import service_document, service_from_document
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.service import (
    CommandTargetPolicy,
    Environment,
    ErrorGuardPolicy,
    Freeze,
    LocalTargetPolicy,
    ReadinessPolicy,
    RolloutPolicy,
    Service,
    StagePolicy,
    Strategy,
    WeeklyFreeze,
    WhenBusy,
    WhenUndecided,
)

_words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
_durations = st.timedeltas(timedelta(), timedelta(days=366))
_commands = st.lists(_words, min_size=1, max_size=3).map(tuple)
_shares = st.integers(1, 10_000)
_moments = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - Hypothesis adds the time zones
    datetime(2090, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
_targets = st.one_of(
    st.builds(
        LocalTargetPolicy,
        listen=_words,
        command=_commands,
        instances=st.integers(1, 9),
        ready=st.builds(ReadinessPolicy, path=_words, within=_durations),
        environment=st.dictionaries(_words, _words, max_size=2),
        drain=_durations,
        tester_header=_words,
    ),
    st.builds(
        CommandTargetPolicy,
        prepare=_commands,
        shift=_commands,
        restore=_commands,
        inspect=_commands,
        retire=_commands,
        time_limit=_durations,
    ),
)
_environments = st.builds(
    Environment,
    name=_words,
    target=_targets,
    rollout=st.builds(
        RolloutPolicy,
        strategy=st.sampled_from(Strategy),
        stages=st.lists(
            st.builds(StagePolicy, share_bp=_shares, bake=_durations, deadline=_durations), max_size=3
        ).map(tuple),
        look_every=_durations,
        when_undecided=st.sampled_from(WhenUndecided),
        when_busy=st.sampled_from(WhenBusy),
        keep_previous_warm=_durations,
        errors=st.builds(ErrorGuardPolicy, harm_alpha_bp=_shares),
    ),
    freezes=st.lists(st.builds(Freeze, reason=_words, starts_at=_moments, ends_at=_moments), max_size=2).map(
        tuple
    ),
    weekly_freezes=st.lists(
        st.builds(WeeklyFreeze, reason=_words, days=_commands, timezone=_words), max_size=2
    ).map(tuple),
)
_services = st.builds(
    Service,
    name=_words,
    owner=_words,
    tier=st.integers(1, 4),
    description=_words,
    environments=st.dictionaries(_words, _environments, max_size=2),
    folder=_words,
)


def _holds_a_float(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds_a_float(each) for each in value.values())
    if isinstance(value, list):
        return any(_holds_a_float(each) for each in value)
    return isinstance(value, float)


@settings(max_examples=150, deadline=None)
@given(_services)
def test_a_service_survives_the_ledger_without_floats(service: Service) -> None:
    document = service_document(service)
    assert not _holds_a_float(document)
    assert service_from_document(json.loads(json.dumps(document))) == service
    assert service_document(service_from_document(document)) == document


def test_what_is_no_service_document_is_refused() -> None:
    with pytest.raises(BadInputError):
        service_from_document({"name": 3})
