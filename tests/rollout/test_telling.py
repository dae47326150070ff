"""Every event has its sentence, and none can break the telling."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.rollout.events_reference import facts
from strandline.rollout.telling import is_routine, sentence, stage_words
from strandline.vocabulary.delivery import (
    Place,
    ReleaseRegistered,
    ReleaseRetired,
    ServiceCatalogued,
    ServiceDeployed,
    ServiceRolledBack,
    ServiceUpgraded,
    artifact_id,
)
from strandline.vocabulary.deployment import (
    Action,
    DeploymentFinished,
    DeploymentKind,
    DeploymentPaused,
    DeploymentPlanned,
    DeploymentResumed,
    DeploymentRolledBack,
    DeploymentStarted,
    InterventionRequested,
    Outcome,
    PlannedStage,
    ReleasePrepared,
    SlotFreed,
    SlotTaken,
    StageKind,
    TargetUnavailable,
    TrafficVerified,
)
from strandline.vocabulary.event import Event, Fact, event_of
from strandline.vocabulary.exposure import (
    AnalysisConcluded,
    AnalysisMeasured,
    ClockJumped,
    GateEvaluated,
    InstanceLost,
    InstanceReplaced,
    RouterDisturbed,
    StageBaked,
    StageStarted,
    TrafficShifted,
)
from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import Environment, LocalTargetPolicy, Service, Strategy
from strandline.vocabulary.traffic import TrafficState
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap, GateAnswer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD = Release(service="greeter", digest="a" * 64, version="1.2.0")
NEW = Release(service="greeter", digest="b" * 64, version="1.3.0")
PRODUCTION = Environment(
    name="production", target=LocalTargetPolicy(listen="127.0.0.1:8080", command=("python3", "s.py"))
)
FIVE = PlannedStage(
    kind=StageKind.COMPARED, share_bp=500, bake=timedelta(seconds=30), deadline=timedelta(minutes=10)
)
STATE = TrafficState(observed_at=NOW, epoch="1", stable=None, canary=None)
PLANNED = DeploymentPlanned(
    service="greeter",
    environment=PRODUCTION,
    release=NEW,
    previous=OLD,
    strategy=Strategy.CANARY,
    stages=(FIVE, FIVE),
    reason="the new greeting",
)

TOLD: list[tuple[Fact, str]] = [
    (
        PLANNED,
        (
            "ann@box ordered 1.3.0 (bbbbbbbbbbbb) for greeter in production to take over from 1.2.0 "
            "(canary, 2 stages): the new greeting"
        ),
    ),
    (
        msgspec.structs.replace(PLANNED, previous=None, stages=(FIVE,), reason="", is_emergency=True),
        "ann@box ordered 1.3.0 (bbbbbbbbbbbb) for greeter in production (an emergency change, 1 stage).",
    ),
    (
        msgspec.structs.replace(PLANNED, kind=DeploymentKind.ROLLBACK, release=OLD, previous=NEW, reason=""),
        "ann@box ordered greeter in production back from 1.3.0 to 1.2.0 (aaaaaaaaaaaa).",
    ),
    (
        SlotTaken(holder="greeter-3", turn=3),
        "It is the turn of greeter-3 to move the traffic of greeter in production.",
    ),
    (
        SlotFreed(holder="greeter-3", turn=3),
        "greeter-3 lets the next one move the traffic of greeter in production.",
    ),
    (DeploymentStarted(), "Nothing stands in the way: the rollout begins."),
    (
        ReleasePrepared(digest="b" * 64, instances=2),
        "The release bbbbbbbbbbbb is ready to serve with 2 instances.",
    ),
    (ReleasePrepared(digest="b" * 64), "The release bbbbbbbbbbbb is ready to serve."),
    (
        ReleasePrepared(digest="b" * 64, problem="It answered 500."),
        "The release bbbbbbbbbbbb did not get ready. It answered 500.",
    ),
    (
        DeploymentPaused(reason="Undecided after 600 s."),
        "Paused at the present share. Undecided after 600 s.",
    ),
    (DeploymentResumed(), "Resumed by ann@box."),
    (
        DeploymentRolledBack(reason="Harm shown.", to="a" * 64),
        "All traffic is back on the release before, aaaaaaaaaaaa.",
    ),
    (
        DeploymentRolledBack(reason="ann@box aborted."),
        "No traffic is on the release any more.",
    ),
    (
        TrafficVerified(serving="b" * 64, is_as_wanted=True),
        "The router was asked: all traffic is on bbbbbbbbbbbb, as it should be.",
    ),
    (
        TrafficVerified(serving="", is_as_wanted=True),
        "The router was asked: no traffic is on the release, as it should be.",
    ),
    (
        TrafficVerified(
            serving="b" * 64,
            is_as_wanted=False,
            found="traffic is not where it should be: 5 % on cccccccccccc",
        ),
        "The router was asked, and traffic is not where it should be: 5 % on cccccccccccc.",
    ),
    (
        DeploymentFinished(outcome=Outcome.ROLLED_BACK, reason="Harm shown.", was_exposed=True),
        "Rolled back. Harm shown.",
    ),
    (
        DeploymentFinished(outcome=Outcome.FAILED, reason="It did not get ready.", was_exposed=False),
        "Failed. It did not get ready. No user met the release.",
    ),
    (InterventionRequested(action=Action.PAUSE), "ann@box asked for a pause."),
    (InterventionRequested(action=Action.ABORT, reason="lunch"), "ann@box asked to abort: lunch"),
    (
        TargetUnavailable(wanted="shift", problem="The router does not answer.", attempt=2),
        "The target did not do “shift” (attempt 2). The router does not answer.",
    ),
    (
        GateEvaluated(gate="change-freeze", answer=GateAnswer.NOT_APPLICABLE, sentence="There is no freeze."),
        "Gate change-freeze: not applicable. There is no freeze.",
    ),
    (
        TrafficShifted(digest="b" * 64, weight_bp=50, because="stage 1", router_version="7", took_ms=1234),
        "The release has 0.5% of traffic (stage 1); confirmed by the router after 1,234 ms.",
    ),
    (
        TrafficShifted(digest="b" * 64, weight_bp=10_000, because="promotion", router_version="8", took_ms=9),
        "The release has all traffic (promotion); confirmed by the router after 9 ms.",
    ),
    (
        TrafficShifted(digest="b" * 64, weight_bp=0, because="rollback", router_version="9", took_ms=9),
        "All traffic is on the release before; confirmed by the router after 9 ms.",
    ),
    (
        StageStarted(stage=1, planned=FIVE, state=STATE),
        "Stage 1 is watched: 5% of traffic, at least 30s, at most 10m.",
    ),
    (
        AnalysisMeasured(
            stage=1,
            look=4,
            share_bp=500,
            watched_ms=1000,
            state=STATE,
            measurement={},
            verdict={"answer": "not-enough-evidence", "sentence": "Not enough evidence yet."},
        ),
        "Look 4 of stage 1: Not enough evidence yet.",
    ),
    (
        AnalysisConcluded(
            stage=1,
            answer=AnalysisAnswer.HARM_SHOWN,
            gap=EvidenceGap.NONE,
            decision="roll-back",
            sentence="Harm shown.",
            judge="errors 1",
        ),
        "Stage 1 is judged, and the rollout goes back. Harm shown.",
    ),
    (
        StageBaked(stage=1, reason="ann@box promoted it.", watched_ms=30_400),
        "Stage 1 is over after 30.4 s of watching. ann@box promoted it.",
    ),
    (
        InstanceReplaced(digest="b" * 64, instance="b-1", reason="A bad instance, not a bad release."),
        "b-1 was replaced. A bad instance, not a bad release.",
    ),
    (
        InstanceReplaced(digest="b" * 64, instance="b-1", reason="A bad instance.", problem="It is gone."),
        "A bad instance. It could not be replaced: It is gone.",
    ),
    (
        InstanceLost(
            service="greeter",
            environment="production",
            digest="b" * 64,
            instance="b-1",
            how="killed by signal 9",
            count=2,
        ),
        (
            "Instance b-1 of greeter in production (release bbbbbbbbbbbb) was lost, 2 times by now: "
            "killed by signal 9. It was started again."
        ),
    ),
    (
        RouterDisturbed(service="greeter", environment="production", what="the router was started again"),
        "Counts of greeter in production are not judged for a look: the router was started again.",
    ),
    (
        ClockJumped(by_ms=-3_600_000),
        "The machine's time of day jumped back by 3,600.0 s; no duration is affected.",
    ),
    (
        ServiceDeployed(environment=Place(id="production"), artifact_id=artifact_id(NEW)),
        "greeter runs in production for the first time: 1.3.0 (bbbbbbbbbbbb).",
    ),
    (
        ServiceUpgraded(environment=Place(id="production"), artifact_id="pkg:oci/greeter@sha256"),
        "greeter in production runs pkg:oci/greeter@sha256 now.",
    ),
    (
        ServiceRolledBack(environment=Place(id="production"), artifact_id=artifact_id(OLD)),
        "greeter in production is back on 1.2.0 (aaaaaaaaaaaa).",
    ),
    (
        ServiceCatalogued(
            entry=Service(name="greeter", owner="team-a", environments={"production": PRODUCTION})
        ),
        "greeter was catalogued by ann@box: owner team-a, runs in production.",
    ),
    (
        ReleaseRegistered(release=NEW, changes=(Commit(id="c1", author="Ann", subject="Greet"),)),
        "Release 1.3.0 (bbbbbbbbbbbb) of greeter was stored. It brings 1 commit.",
    ),
    (
        ReleaseRetired(digest="a" * 64, environment="production"),
        "Release aaaaaaaaaaaa in production had no traffic any more, and was stopped.",
    ),
]


def stated(fact: Fact) -> Event:
    event = event_of(
        fact,
        id="greeter-3/x",
        source="/strandline/rollout",
        subject_id="greeter-3",
        occurred_at=NOW,
        actor="ann@box",
        chain_id="greeter-3",
    )
    return msgspec.structs.replace(event, subject_source="/services/greeter/environments/production")


@pytest.mark.parametrize(("fact", "words"), TOLD, ids=[type(fact).__name__ for fact, _ in TOLD])
def test_an_event_is_told_in_these_words(fact: Fact, words: str) -> None:
    assert sentence(stated(fact)) == words


def test_every_fact_that_strandline_states_is_told() -> None:
    assert {type(fact) for fact, _ in TOLD} == set(facts())


def test_an_event_of_another_tool_is_told_by_its_type() -> None:
    foreign = msgspec.structs.replace(
        stated(DeploymentStarted()), type="dev.cdevents.build.finished.0.2.0", subject_id="build-7"
    )
    assert sentence(foreign) == "dev.cdevents.build.finished.0.2.0 happened to build-7."


def test_a_known_event_with_strange_content_is_told_as_unreadable() -> None:
    strange = msgspec.structs.replace(stated(DeploymentPaused(reason="x")), content={"reason": 7})
    assert sentence(strange).endswith("its content could not be read.")


def test_what_the_conclusion_has_just_said_is_not_said_again() -> None:
    baked = stated(StageBaked(stage=1, reason="No harm shown.", watched_ms=1000))
    by_evidence = msgspec.structs.replace(baked, actor="strandline")
    assert sentence(by_evidence) == "Stage 1 is over after 1.0 s of watching."


def test_looks_and_turns_are_routine_and_all_that_decides_is_not() -> None:
    routine = {type(fact).__name__ for fact, _ in TOLD if is_routine(stated(fact))}
    assert routine == {"AnalysisMeasured", "SlotTaken", "SlotFreed"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (StageKind.TESTERS, "testers only, for 30s"),
        (StageKind.FIRST, "all traffic, no release before it, for 30s"),
        (StageKind.ALL, "all traffic, at least 30s, at most 10m"),
    ],
    ids=lambda value: str(getattr(value, "value", "")),
)
def test_each_kind_of_stage_has_its_words(kind: StageKind, words: str) -> None:
    assert stage_words(msgspec.structs.replace(FIVE, kind=kind)) == words


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(sample=st.sampled_from([fact for fact, _ in TOLD]), data=st.data())
def test_no_content_can_break_the_telling(sample: Fact, data: st.DataObject) -> None:
    event = stated(sample)
    field = data.draw(st.sampled_from([*event.content, "other"]))
    broken = {**event.content, field: data.draw(_json)}
    assert sentence(msgspec.structs.replace(event, content=broken))
