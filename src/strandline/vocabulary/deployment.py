"""A deployment: the movement of a release into an environment; one attempt, with a beginning and an end.

The facts here are what a deployment leaves in the ledger, in the order in which they happen. Those that
CDEvents 0.5.1 has a type for are in `vocabulary/delivery.py`.
"""

from datetime import timedelta
from enum import Enum
from typing import ClassVar

import msgspec

from strandline.vocabulary.event import Fact
from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import Environment, Strategy

ROLLOUT_SOURCE = "/strandline/rollout"
"""The source of what Strandline's own rollouts state."""


class DeploymentKind(Enum):
    """Whether a deployment brings something new or returns to what was."""

    ROLLOUT = "rollout"
    ROLLBACK = "rollback"
    """Returns a service to its previous release, after that one's successor had been promoted."""


class Outcome(Enum):
    """How a deployment ended."""

    SUCCEEDED = "succeeded"
    """All traffic is on the release, and that was verified."""
    ROLLED_BACK = "rolled-back"
    """Harm was shown, or the policy asked for it: all traffic is on the release before."""
    ABORTED = "aborted"
    """A person ended it: all traffic is on the release before."""
    REFUSED = "refused"
    """A gate did not let it begin, or another rollout was running."""
    FAILED = "failed"
    """It could not be made ready: no user met it."""


class Action(Enum):
    """What a person may ask of a rollout while it runs."""

    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    """Let the release advance to the next stage without waiting for evidence."""
    ABORT = "abort"


class StageKind(Enum):
    """What a stage is for, which decides how it is judged."""

    TESTERS = "testers"
    """No user meets the release; testers reach it by a header. A stated wait, not a judgement."""
    COMPARED = "compared"
    """Part of the traffic: the canary is judged against its control."""
    ALL = "all"
    """All traffic, with the release before still warm: judged against the ceiling, and against what the
    release before did while it still served (the weaker, before/after kind)."""
    FIRST = "first"
    """All traffic, and no release before it: watched, but there is nothing to go back to."""


class PlannedStage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One stage of a plan, with everything that decides how it goes."""

    kind: StageKind
    share_bp: int
    bake: timedelta
    deadline: timedelta
    instances: int | None = None
    """For rolling: how many instances of the release this stage has; `None` is all of them."""


class DeploymentPlanned(Fact, frozen=True, kw_only=True):
    """The plan: what goes where, how, and under which rules. Nothing of it changes afterwards."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-deployment.planned.0.1.0"
    service: str
    environment: Environment
    """As the catalogue had it when the plan was made: the rules that this rollout runs under."""
    folder: str = ""
    """Where the service's `strandline.yaml` lies; commands of a `command` target run there."""
    release: Release
    previous: Release | None = None
    kind: DeploymentKind = DeploymentKind.ROLLOUT
    strategy: Strategy
    stages: tuple[PlannedStage, ...]
    is_emergency: bool = False
    reason: str = ""
    """Why, in the words of who asked."""
    changes: tuple[Commit, ...] | None = None
    """The commits that this release brings; `None` where that is not known."""
    noise: tuple[int, ...] = ()
    """What earlier looks say about the noise between two groups of instances, as the analysis keeps it; empty
    where there are none. It stands here so that every verdict can be run again from this record alone."""
    noise_looks: int = 0
    """From how many looks that is."""
    returns_from: str = ""
    """For a rollback: the deployment that it undoes."""


class SlotTaken(Fact, frozen=True, kw_only=True):
    """This deployment is the one that may move the traffic of its service and environment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-slot.taken.0.1.0"
    holder: str
    turn: int
    """The how many-th holder this is; the event's id contains it, so only one can take each turn."""


class SlotFreed(Fact, frozen=True, kw_only=True):
    """The traffic of this service and environment may be moved by the next one."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-slot.freed.0.1.0"
    holder: str
    turn: int


class DeploymentStarted(Fact, frozen=True, kw_only=True):
    """Its turn has come, every gate has let it pass, and the release is being prepared."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-deployment.started.0.1.0"


class ReleasePrepared(Fact, frozen=True, kw_only=True):
    """The release is ready to serve; it has no traffic yet."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-release.prepared.0.1.0"
    digest: str
    instances: int | None = None
    problem: str = ""
    """Why it did not become ready; empty when it did."""


class DeploymentPaused(Fact, frozen=True, kw_only=True):
    """It stays at its present exposure until a person decides. The guards go on watching."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-deployment.paused.0.1.0"
    reason: str


class DeploymentResumed(Fact, frozen=True, kw_only=True):
    """It goes on from where it was paused."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-deployment.resumed.0.1.0"


class DeploymentRolledBack(Fact, frozen=True, kw_only=True):
    """All traffic is on the release before, as the router itself says."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-deployment.rolledback.0.1.0"
    reason: str
    to: str = ""
    """Digest of the release that serves now; empty where there is none."""


class TrafficVerified(Fact, frozen=True, kw_only=True):
    """Where traffic is, asked of the router after the last move."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-traffic.verified.0.1.0"
    serving: str
    """Digest of the release that has all traffic; empty where nobody has it."""
    is_as_wanted: bool
    found: str = ""
    """What was found instead, in words."""


class DeploymentFinished(Fact, frozen=True, kw_only=True):
    """It ended, and traffic was verified to be where it should be."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-deployment.finished.0.1.0"
    outcome: Outcome
    reason: str
    """One sentence: why it ended so."""
    was_exposed: bool
    """Whether any user met the release."""
    was_unavailable: bool = False
    """Whether the target, and not the release, was the cause: a taken port, a command that does not run."""


class InterventionRequested(Fact, frozen=True, kw_only=True):
    """A person asked something of a running rollout; the rollout answers with events of its own."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-intervention.requested.0.1.0"
    action: Action
    reason: str = ""


class TargetUnavailable(Fact, frozen=True, kw_only=True):
    """The target did not do what it was asked; it is asked again."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-target.unavailable.0.1.0"
    wanted: str
    problem: str
    attempt: int
