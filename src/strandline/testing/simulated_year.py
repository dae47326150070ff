"""What an organisation of known levels leaves in its ledger."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random

from strandline.testing.simulated_control import tell_figures, tell_forecast, tell_gates
from strandline.testing.simulated_organisation import (
    END,
    FIRST_TIER,
    OUTSIDERS,
    PEOPLE,
    SERVICES,
    START,
    Organisation,
    Rollout,
    draw_rollouts,
)
from strandline.testing.simulated_records import tell_improvement, tell_papers, tell_training
from strandline.testing.simulated_rollouts import concluded, planned, shifted, stage_started
from strandline.testing.simulated_talk import tell_business, tell_notices, tell_stakeholders
from strandline.vocabulary.change import CommitMade
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.deployment import (
    Action,
    DeploymentFinished,
    DeploymentRolledBack,
    DeploymentStarted,
    InterventionRequested,
    Outcome,
)
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import FeedCovered
from strandline.vocabulary.incident import (
    IncidentClassified,
    IncidentDetected,
    IncidentResolved,
    ServiceReference,
)
from strandline.vocabulary.notice import (
    NoticePurpose,
    NoticeSent,
)
from strandline.vocabulary.organisation import PersonListed, ServiceProfiled

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_HALF_YEAR = timedelta(days=182.5)


def simulated_events(levels: Mapping[str, int], *, seed: int, dead: str = "") -> list[Event]:
    """Return the events of an organisation.

    Args:
        levels: the true level of each measure, 1 to 5.
        seed: of all chance in it.
        dead: a part of an event type's name, such as `notice`; such events end half a year before the end.
    """
    organisation = Organisation(levels=levels, chance=Random(seed))  # noqa: S311 - a simulation
    organisation.rollouts = draw_rollouts(organisation)
    _tell_who_is_who(organisation)
    for each in organisation.rollouts:
        _tell_rollout(organisation, each)
        tell_notices(organisation, each)
        tell_gates(organisation, each)
        tell_forecast(organisation, each)
    _tell_other_incidents(organisation)
    tell_figures(organisation)
    tell_stakeholders(organisation)
    tell_business(organisation)
    tell_training(organisation)
    tell_improvement(organisation)
    tell_papers(organisation)
    return [
        event
        for event in sorted(organisation.events, key=lambda event: (event.occurred_at, event.id))
        if not (dead and dead in event.type and event.occurred_at > END - _HALF_YEAR)
        and event.occurred_at < END
    ]


def _tell_who_is_who(o: Organisation) -> None:
    everything = ("deployments", "incidents", "commits")
    o.tell(
        FeedCovered(carries=everything, from_at=START, to_at=END),
        END - _MINUTE,
        subject="all",
        source="/feeds",
    )
    for name in (*PEOPLE, *OUTSIDERS):
        o.tell(PersonListed(unit="tides" if name in PEOPLE else "dunes"), START - 90 * _DAY, subject=name)
    for place, name in enumerate(SERVICES):
        has = o.does("TO", 2)
        profile = ServiceProfiled(
            unit="tides" if place % 2 else "waves",
            tier=1 if name in FIRST_TIER else 3,
            is_user_facing=True,
            capability="selling",
            user_groups=("buyers",),
            application_repository=f"https://git.example/{name}" if has else "",
            configuration_repository=f"https://git.example/{name}-config" if has else "",
        )
        for moment in o.every(100):
            o.tell(profile, moment, subject=name, service=name)


def _tell_rollout(o: Organisation, each: Rollout) -> None:
    each.is_emergency = o.chance.random() < (0.02 if o.has("PI", 3) else 0.3)
    commit = f"{each.service}{each.number}".encode().hex().ljust(40, "0")[:40]
    has_commits = o.does("PI", 2) or o.has("PM", 3) or o.has("CI", 4)
    age = (
        timedelta(hours=2 + 1.4 * max((END - each.started_at).days / 14, 1)) if o.has("CI", 4) else 20 * _HOUR
    )
    if has_commits:
        made = CommitMade(
            repository=f"https://git.example/{each.service}",
            author="ann",
            authored_at=each.started_at - age,
            parents=(),
        )
        o.tell(
            made,
            each.started_at - age,
            subject=commit,
            source=f"https://git.example/{each.service}",
            service=each.service,
        )
    o.state(planned(each, commit if has_commits else ""), each, each.started_at - 5 * _MINUTE, each.actor)
    began = [
        o.state(DeploymentStarted(), each, each.started_at, each.actor),
        o.state(shifted(each, 500, "stage 1"), each, each.started_at + _MINUTE),
    ]
    is_staged = o.does("TO", 4) or (
        o.has("TA", 4) and each.started_at > END - 200 * _DAY and o.is_by_chance(0.5)
    )
    harm = each.started_at + 6 * _MINUTE
    if is_staged:
        began.append(o.state(stage_started(1, each.started_at), each, each.started_at + _MINUTE))
        o.state(concluded(1, is_harmful=each.is_failed), each, harm)
    if not each.is_failed:
        o.state(shifted(each, 10_000, "promotion"), each, harm)
        if o.does("TO", 4):
            began.append(o.state(stage_started(2, harm), each, harm))
            o.state(concluded(2, is_harmful=False), each, each.ended_at)
    elif o.does("TO", 5):
        began.append(o.state(DeploymentRolledBack(reason="Errors are more."), each, harm + _MINUTE))
        each.ended_at = harm + 3 * _MINUTE
    else:
        o.state(InterventionRequested(action=Action.ABORT), each, harm + 40 * _MINUTE, "ann")
        began.append(o.state(DeploymentRolledBack(reason="Ann said so."), each, harm + 41 * _MINUTE))
        each.ended_at = harm + 60 * _MINUTE
    if o.chance.random() < (1 if o.has("PM", 2) else 0.7):
        outcome = Outcome.ROLLED_BACK if each.is_failed else Outcome.SUCCEEDED
        finished = DeploymentFinished(outcome=outcome, reason="", was_exposed=True)
        began.append(o.state(finished, each, each.ended_at))
    for event in began:
        if o.does("SC", 5) and ".traffic." not in event.type:
            told = NoticeSent(
                purpose=NoticePurpose.TRANSITION,
                channel=f"#{each.service}",
                tells=event.id,
                is_automated=True,
            )
            o.tell(told, event.occurred_at + timedelta(seconds=8), subject=f"n-{event.id}", of=each)
    if each.is_failed:
        _tell_incident(o, each)


def _tell_incident(o: Organisation, each: Rollout) -> None:
    name, place = f"i-{each.key}", Place(id="production")
    began = each.started_at + 6 * _MINUTE
    o.tell(
        IncidentDetected(environment=place, service=ServiceReference(id=each.service)),
        began,
        subject=name,
        of=each,
        source="/pager",
    )
    o.tell(
        IncidentResolved(environment=place, service=ServiceReference(id=each.service)),
        each.ended_at,
        subject=name,
        of=each,
        source="/pager",
    )
    if o.does("PM", 3) or o.does("PI", 2):
        said = IncidentClassified(is_caused_by_deployment=True, cause=f"cause {each.number}", severity=2)
        o.tell(said, began + _DAY, subject=name, source="/pager", actor="ann")


def _tell_other_incidents(o: Organisation) -> None:
    """Tell of what no deployment caused."""
    place = Place(id="production")
    for number, at in enumerate(o.every(5, start=2)):
        service = SERVICES[number % len(SERVICES)]
        name, reference = f"other-{number}", ServiceReference(id=service)
        o.tell(
            IncidentDetected(environment=place, service=reference),
            at,
            subject=name,
            source="/pager",
            service=service,
        )
        if o.chance.random() < (1 if o.has("PM", 2) else 0.6):
            o.tell(
                IncidentResolved(environment=place, service=reference),
                at + _HOUR,
                subject=name,
                source="/pager",
                service=service,
            )
        if o.does("PM", 3) or o.does("PI", 2):
            said = IncidentClassified(is_caused_by_deployment=False, cause=f"other {number}", severity=3)
            o.tell(said, at + _DAY, subject=name, source="/pager", actor="ann")
