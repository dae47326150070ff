"""A plan that was only asked for: what would happen, and what would stand in the way."""

from datetime import timedelta

import msgspec

from strandline.rollout.deployment_view import GateView
from strandline.vocabulary.deployment import DeploymentKind, PlannedStage
from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import GuardRole, RolloutPolicy, Strategy


class TrafficView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The traffic that the power of a plan is reckoned from."""

    requests_per_second: float | None = None
    """Of all users together; `None` if nobody knows."""
    base_error_share: float | None = None
    """Which share of requests fails as a rule, 0 to 1; `None` if nobody knows."""
    origin: str = ""
    """Where these figures come from: stated, measured, or unknown; in words."""
    note: str = ""
    """What was left out; empty if nothing was."""


class StagePowerView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one guard can see in one stage, and whether it can decide there."""

    stage: int
    """Counted from 1."""
    guard: str
    """Its name; for latency with the quantile of the control whose slower requests are counted."""
    role: GuardRole
    sees_from: str
    """The smallest change that is seen, in words."""
    sees_in: timedelta | None = None
    """Median time until it is; `None` if no change is seen."""
    power_bp: int = 0
    """Chance that it is seen by the deadline, in basis points."""
    exposed_requests: int | None = None
    """How many requests of users meet the release until then."""
    passes_in: timedelta | None = None
    """Median time until a release without any change is passed; `None` if it mostly is not in time."""
    pass_power_bp: int = 0
    """Chance that it is passed by the deadline, in basis points."""
    is_awaited: bool
    """Whether the stage waits for this guard's proof."""
    can_decide: bool = False
    """Whether that proof comes by the deadline with the wanted chance."""
    shortest: timedelta | None = None
    """The shortest deadline, up to a day, by which it would; `None` if there is none."""
    smallest_share_bp: int | None = None
    """Where it does not: the smallest share, up to a half, with which it would by this deadline."""
    what_could: str = ""
    """Where it does not: what would help, in words."""


class PlanView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `deploy` would do now; nothing was changed to find it out, but the release was stored."""

    service: str
    environment: str
    kind: DeploymentKind
    strategy: Strategy
    release: Release
    previous: Release | None
    changes: tuple[Commit, ...] | None
    stages: tuple[PlannedStage, ...]
    policy: RolloutPolicy
    gates: tuple[GateView, ...]
    waits_for: str
    """The deployment that is running now and would be waited for; empty if none is."""
    blocked_by: tuple[str, ...]
    """Why it would not begin, one sentence each; empty if it would."""
    traffic: TrafficView | None = None
    """`None` where the power was not asked for."""
    power: tuple[StagePowerView, ...] = ()
    """By stage and guard; empty where the traffic is not known."""
