"""Who is who and what is whose: services with their units, and people, as a catalogue or a directory says."""

from typing import ClassVar

from strandline.vocabulary.event import Fact


class ServiceProfiled(Fact, frozen=True, kw_only=True):
    """What a catalogue says of a service, which is the event's subject; the newest word counts."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-service.profiled.0.1.0"
    unit: str = ""
    """The team that answers for it."""
    business_unit: str = ""
    tier: int | None = None
    """How much depends on it: 1 (everything) to 4 (nothing)."""
    is_user_facing: bool | None = None
    is_new: bool = False
    """Whether it has not been deployed to production before."""
    capability: str = ""
    """The business capability that it serves."""
    user_groups: tuple[str, ...] = ()
    application_repository: str = ""
    """Where its code is under version control; empty where that is not known."""
    configuration_repository: str = ""
    """Where its deployment configuration is under version control."""


class ServiceVersionRecorded(Fact, frozen=True, kw_only=True):
    """A configuration management database or a catalogue took over which version runs; subject.

    The service.
    """

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-serviceversion.recorded.0.1.0"
    version: str = ""
    is_automated: bool = True


class PersonListed(Fact, frozen=True, kw_only=True):
    """A directory lists somebody, who is the event's subject; it happened when they joined."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-person.listed.0.1.0"
    unit: str = ""
    is_program: bool = False
    """Whether it is an account of a program and not a person."""
    also: tuple[str, ...] = ()
    """Other names of the same person: an e-mail address, an account elsewhere."""
