"""Notices: what people were told of deployments, when, and over which channel; and who is to be told."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

from strandline.vocabulary.event import Fact


class NoticePurpose(Enum):
    """What a notice is for."""

    PLANNED = "planned"
    """Says beforehand what will be deployed."""
    TRANSITION = "transition"
    """Says that a rollout began, advanced, was paused, was rolled back, ended."""
    OUTCOME = "outcome"
    """Says how a deployment ended."""
    UPDATE = "update"
    """An update to a team, of no single deployment."""
    ANNOTATION = "annotation"
    """A mark in the monitoring, or a word to who is on call."""
    STATUS_PAGE = "status-page"


class NoticeSent(Fact, frozen=True, kw_only=True):
    """A notice was delivered; subject: the notice. The deployment or service stands in the details."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-notice.sent.0.1.0"
    purpose: NoticePurpose
    channel: str
    audiences: tuple[str, ...] = ()
    """Which classes of stakeholders it was for, such as `it`, `support`, `business`, `users`."""
    recipients: int = 0
    """How many people it reached."""
    mentions: tuple[str, ...] = ()
    """What it tells: `schedule`, `impact`, `contact`, `back-out`."""
    capability: str = ""
    """The business capability that it names."""
    user_group: str = ""
    """The users that it names, and that it went to."""
    digest: str = ""
    """SHA-256 of its text, so that the same text sent for everything is seen."""
    tells: str = ""
    """Id of the event that it tells of."""
    is_automated: bool = False


class NoticeAcknowledged(Fact, frozen=True, kw_only=True):
    """Somebody (the actor) said that they have read it; subject: the notice."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-notice.acknowledged.0.1.0"
    channel: str = ""


class StakeholderRegistered(Fact, frozen=True, kw_only=True):
    """Who is to be told about a service, which is the event's subject."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-stakeholder.registered.0.1.0"
    audience: str
    """The class of stakeholders, such as `support`."""
    contact: str
    is_valid: bool | None = None
    """Whether the directory still knows the contact; `None` where nobody looked."""


class RegisterReviewed(Fact, frozen=True, kw_only=True):
    """Somebody (the actor) looked whether the contacts of a service are right; subject: the service."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-register.reviewed.0.1.0"
    changed: int = 0


class ChannelJoined(Fact, frozen=True, kw_only=True):
    """People hear a channel; subject: the service that they stand for."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-channel.joined.0.1.0"
    channel: str
    role: str
    """`operations` or `on-call`, or another one."""


class SubscriptionMuted(Fact, frozen=True, kw_only=True):
    """Somebody does not want to hear any more; subject: the channel."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-subscription.muted.0.1.0"
    subscribers: int
    """How many heard it until then."""


class DeploymentScheduled(Fact, frozen=True, kw_only=True):
    """A deployment stands in the change schedule; subject: the entry, the deployment is in the details."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-deployment.scheduled.0.1.0"
    from_at: datetime
    until_at: datetime
    """From when until when it may begin."""


class ScheduleChanged(Fact, frozen=True, kw_only=True):
    """Schedule or scope of a deployment was changed; subject: the deployment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-schedule.changed.0.1.0"
    reason: str
    feedback: str = ""
    """Id of the feedback of stakeholders that led to it; empty if none did."""
