"""How deployments meet the rest of the business: who consumes their events, and what they decide by them."""

from typing import ClassVar

from strandline.vocabulary.event import Fact


class EventsConsumed(Fact, frozen=True, kw_only=True):
    """A process outside of IT acknowledged what it was sent; subject: the consumer."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-events.consumed.0.1.0"
    process: str
    """Such as `finance`, `compliance`, `marketing`, `customer-success`."""
    sent: int
    acknowledged: int


class DecisionRecorded(Fact, frozen=True, kw_only=True):
    """A process outside of IT decided something by deployment events; subject: the decision."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-decision.recorded.0.1.0"
    process: str
    decision: str
    from_events: tuple[str, ...] = ()


class TraceChecked(Fact, frozen=True, kw_only=True):
    """Somebody or something went from the idea to the business figure; subject: the deployment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-trace.checked.0.1.0"
    linked: tuple[str, ...]
    """Which of `idea`, `commit`, `artifact`, `change`, `rollout`, `outcome`, `business` are linked."""
    manual: tuple[str, ...] = ()
    """Which of them by hand."""


class GateOverridden(Fact, frozen=True, kw_only=True):
    """A person (the actor) let a deployment go on though a gate said no; subject: the deployment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-gate.overridden.0.1.0"
    gate: str
    reason: str


class GateExcepted(Fact, frozen=True, kw_only=True):
    """For a time a gate does not hold for a service, which is the event's subject."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-gate.excepted.0.1.0"
    gate: str
    approver: str
    until: str
    """ISO 8601."""
