"""A plan that was only asked for: what would happen, and what would stand in the way."""

import msgspec

from strandline.rollout.deployment_view import GateView
from strandline.vocabulary.deployment import DeploymentKind, PlannedStage
from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import RolloutPolicy, Strategy


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
