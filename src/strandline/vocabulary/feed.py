"""Feeds: connections to where evidence comes from, and what came over them that could not be used."""

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from strandline.vocabulary.event import Fact


class Names(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How the names in a feed become the names of services and environments here.

    Nothing is guessed: what is not said here, and not plain in the payload, stays unmapped.
    """

    services: dict[str, str] = {}
    """From what the source calls a service (a repository, a job, an alert's label) to our name of it."""
    environments: dict[str, str] = {}
    """From what the source calls an environment to our name of it."""
    service: str = ""
    """The service, if the whole feed is about one."""
    environment: str = ""
    """The environment, if the whole feed is about one."""
    service_fields: tuple[str, ...] = ("service", "app", "job")
    """Labels, tags or custom fields that hold the service; the first that there is counts."""
    environment_fields: tuple[str, ...] = ("environment", "env", "cluster")
    zone: str = ""
    """The time zone of times that come without one, such as `Europe/Zurich`; empty: they are not read."""

    def service_of(self, theirs: str) -> str:
        """Return our name of a service, which is theirs unless it is said otherwise; empty for none."""
        return self.services.get(theirs, theirs) or self.service

    def environment_of(self, theirs: str) -> str:
        """Return our name of an environment, which is theirs unless it is said otherwise; empty for none."""
        return self.environments.get(theirs, theirs) or self.environment


class Api(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How a source can be asked for what it has, besides what it sends."""

    address: str
    """Where it answers, such as `https://api.github.com` or `https://jenkins.acme.example`."""
    reads: tuple[str, ...] = ()
    """What of it: repositories, projects, jobs, services or tables, as the source calls them."""
    token: str = ""
    """Where the token is, or the password: `env:NAME` or `file:PATH`."""
    user: str = ""
    """Whose token it is, for sources that ask for a name with it."""
    every: timedelta = timedelta(minutes=15)
    """How often it is asked for what its deliveries may have lost."""


class Feed(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A connection to one source of evidence."""

    name: str
    """What it is called here, and in its address `/intake/<name>`."""
    kind: str
    """Which translator reads it, such as `github`."""
    names: Names = Names()
    secrets: tuple[str, ...] = ()
    """Where its secrets are: `env:NAME` or `file:PATH`. Several are active while they are changed over; none
    means that anybody who reaches the door may speak here, which must be said by `is_open`."""
    carries: tuple[str, ...] = ()
    """What it is relied on for: `deployments`, `commits`, `incidents`, `approvals`, `feedback`, `training`.
    Its silence is then a gap in figures about them. Empty: what its kind usually carries."""
    is_open: bool = False
    """Deliveries need no signature; right only where the network lets nobody else in."""
    quiet_for: timedelta = timedelta(days=1)
    """How long it may be silent before it counts as disconnected."""
    most_per_minute: int = 6000
    """Deliveries that are taken in a minute; those beyond are told to come again."""
    api: Api | None = None
    """How it can be asked; `None` for a source that only sends."""


class FeedCatalogued(Fact, frozen=True, kw_only=True):
    """A feed was made known, or altered."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-feed.catalogued.0.1.0"
    entry: Feed


class FeedHeard(Fact, frozen=True, kw_only=True):
    """A sign of life: the source was asked and answered, whether it had anything new or not."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-feed.heard.0.1.0"
    carries: tuple[str, ...] = ()
    """What the feed is relied on for, as it was set up at that time."""


class FeedCovered(Fact, frozen=True, kw_only=True):
    """Everything that a source has of a time was read: by a backfill, or as a named person says.

    It is what makes a quiet day of the past a day without incidents, and not a day without a connection.
    """

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-feed.covered.0.1.0"
    carries: tuple[str, ...]
    from_at: datetime
    to_at: datetime


class DeliveryReceived(Fact, frozen=True, kw_only=True):
    """Something was let in at a feed's door. Its bytes are stored with this record, before the answer.

    The event's subject is the feed; it is a sign of life of it as well.
    """

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-delivery.received.0.1.0"
    digest: str
    """SHA-256 of the body (hex)."""
    delivery: str = ""
    """The sender's own number of it; empty where it gives none."""
    headers: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it for each value
    """The headers that a translator reads, without any secret."""
    carries: tuple[str, ...] = ()


class DeliveryInterpreted(Fact, frozen=True, kw_only=True):
    """A delivery was read, and became events or not."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-delivery.interpreted.0.1.0"
    delivery: str
    """Id of the event that received it."""
    events: int = 0
    unmapped: int = 0
    ignored: str = ""
    """Why a delivery that was understood became no event."""
    lag_ms: int | None = None
    """From the newest thing that it tells of until it came, by two clocks: below zero where they disagree."""


class DeliveryUnmapped(Fact, frozen=True, kw_only=True):
    """A delivery, or a part of it, is kept but could not be made into an event."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-delivery.unmapped.0.1.0"
    what: str
    where: str = ""
    remedy: str = ""


class DeliveryRefused(Fact, frozen=True, kw_only=True):
    """Something came to a feed's door and was not let in. Its body is not kept, only what it was like."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-delivery.refused.0.1.0"
    why: str
    bytes: int | None = None
    digest: str = ""
    """SHA-256 of the body (hex), where it was read."""
    headers: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it for each value
    """The headers that tell who sent it, without any secret."""
