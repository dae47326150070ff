"""Where one deployment stands, as pages and commands show it.

The view is a projection's row, folded from events by `deployment_fold`: it can be deleted and rebuilt from
the ledger to the same bytes.
"""

from datetime import datetime
from enum import Enum

import msgspec

from strandline.vocabulary.deployment import DeploymentKind, Outcome, PlannedStage
from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import GuardRole, Strategy
from strandline.vocabulary.verdict import AnalysisAnswer, GateAnswer


class Status(Enum):
    """Where a deployment stands now."""

    WAITING = "waiting"
    """Planned; another rollout of this service and environment is still running, or it is its turn next."""
    PREPARING = "preparing"
    ROLLING_OUT = "rolling-out"
    PAUSED = "paused"
    ROLLING_BACK = "rolling-back"
    FINISHED = "finished"


class GuardWords(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one guard says of a stage."""

    guard: str
    role: GuardRole
    answer: AnalysisAnswer
    sentence: str


class StageView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One stage: what was planned, and how it went so far."""

    number: int
    planned: PlannedStage
    started_at: datetime | None = None
    ended_at: datetime | None = None
    watched_ms: int = 0
    looks: int = 0
    answer: AnalysisAnswer | None = None
    """The newest verdict's answer; `None` before the first look."""
    sentence: str = ""
    """The newest verdict in words."""
    guards: tuple[GuardWords, ...] = ()
    """What each guard says by the newest look, by name."""
    decision: str = ""
    """What was decided at its end: `promote`, `roll-back`, `pause`; empty while it is open."""


class GateView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A gate and what it said."""

    gate: str
    answer: GateAnswer
    sentence: str


class DeploymentView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One deployment, told from its events."""

    id: str
    service: str
    environment: str
    kind: DeploymentKind
    strategy: Strategy
    release: Release
    previous: Release | None = None
    changes: tuple[Commit, ...] | None = None
    reason: str = ""
    is_emergency: bool = False
    requested_by: str = ""
    status: Status = Status.WAITING
    outcome: Outcome | None = None
    outcome_reason: str = ""
    was_unavailable: bool = False
    """Whether it failed because of the target, not of the release."""
    pause_reason: str = ""
    paused_by: str = ""
    weight_bp: int = 0
    """The release's share of the traffic now."""
    stages: tuple[StageView, ...] = ()
    gates: tuple[GateView, ...] = ()
    problem: str = ""
    """What is wrong with the target right now, and what is being done; empty when nothing is."""
    is_stalled: bool = False
    """Whether nothing goes on at the moment, because ledger or engine cannot be written."""
    planned_at: datetime
    started_at: datetime | None = None
    first_exposed_at: datetime | None = None
    """When the first user could meet the release."""
    decided_at: datetime | None = None
    """When the analysis or a person decided that it must go back."""
    safe_at: datetime | None = None
    """When the router confirmed that all traffic was on the release before."""
    finished_at: datetime | None = None
    canary_requests: int = 0
    canary_errors: int = 0
    """Counted by the target while looking, over all stages."""
    disturbances: tuple[str, ...] = ()
    """Lost instances and lost routers, newest last, at most the newest twenty."""
    is_warm: bool = False
    """After success: whether the release before is still running, so that a rollback takes a second."""
    updated_at: datetime
    last_seq: int
    """Place in the ledger of the newest event that changed this view."""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended yet."""
        return self.status is not Status.FINISHED

    @property
    def stage(self) -> StageView | None:
        """The stage it is in, or the last it was in; `None` before the first."""
        started = [stage for stage in self.stages if stage.started_at is not None]
        return started[-1] if started else None
