"""Deployments and services as the command line meets them, for tests of what it shows."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import msgspec

from strandline.cli.output import Output
from strandline.rollout.deployment_view import DeploymentView, StageView, Status
from strandline.rollout.environment_view import EnvironmentView, ServiceView
from strandline.vocabulary.deployment import DeploymentKind, Outcome, PlannedStage, StageKind
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Environment, LocalTargetPolicy, Service, Strategy
from strandline.vocabulary.verdict import AnalysisAnswer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD = Release(service="greeter", digest="a" * 64, version="1.2.0")
NEW = Release(service="greeter", digest="b" * 64, version="1.3.0")
PRODUCTION = Environment(
    name="production", target=LocalTargetPolicy(listen="127.0.0.1:8080", command=("python3", "s.py"))
)
GREETER = Service(name="greeter", owner="team-a", environments={"production": PRODUCTION})
FIVE = PlannedStage(
    kind=StageKind.COMPARED, share_bp=500, bake=timedelta(seconds=30), deadline=timedelta(minutes=10)
)
ALL = PlannedStage(
    kind=StageKind.ALL, share_bp=10_000, bake=timedelta(seconds=30), deadline=timedelta(minutes=10)
)
RUNNING = DeploymentView(
    id="greeter-3",
    service="greeter",
    environment="production",
    kind=DeploymentKind.ROLLOUT,
    strategy=Strategy.CANARY,
    release=NEW,
    previous=OLD,
    reason="the new greeting",
    requested_by="ann@box",
    status=Status.ROLLING_OUT,
    weight_bp=500,
    stages=(
        StageView(
            number=1,
            planned=FIVE,
            started_at=NOON,
            watched_ms=12_300,
            looks=12,
            answer=AnalysisAnswer.NOT_ENOUGH_EVIDENCE,
            sentence="Not enough evidence yet: 0 % of 61 canary requests failed.",
        ),
        StageView(number=2, planned=ALL),
    ),
    planned_at=NOON,
    started_at=NOON,
    first_exposed_at=NOON,
    canary_requests=61,
    updated_at=NOON,
    last_seq=40,
)
ROLLED_BACK = msgspec.structs.replace(
    RUNNING,
    status=Status.FINISHED,
    outcome=Outcome.ROLLED_BACK,
    outcome_reason="Harm shown: 8 % of 120 canary requests failed.",
    weight_bp=0,
    decided_at=NOON + timedelta(seconds=14.2),
    safe_at=NOON + timedelta(seconds=14.5),
    finished_at=NOON + timedelta(seconds=15),
    canary_requests=120,
    canary_errors=10,
)
SUCCEEDED = msgspec.structs.replace(
    RUNNING,
    status=Status.FINISHED,
    outcome=Outcome.SUCCEEDED,
    outcome_reason="1.3.0 has all traffic.",
    weight_bp=10_000,
    finished_at=NOON + timedelta(minutes=3, seconds=20),
)
PLACE = EnvironmentView(
    service="greeter",
    environment="production",
    stable=OLD,
    open_deployments=("greeter-3",),
    last="greeter-3",
)
SERVICE = ServiceView(entry=GREETER, environments=(PLACE,))


class Page:
    """An output that keeps what was written."""

    def __init__(self, *, is_json: bool = False) -> None:
        self.stdout = StringIO()
        self.stderr = StringIO()
        self.output = Output(is_json=is_json, stdout=self.stdout, stderr=self.stderr)

    @property
    def lines(self) -> list[str]:
        """What stands on standard output."""
        return self.stdout.getvalue().splitlines()
