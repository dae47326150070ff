"""What people vouch for where no event can: signed, countersigned by somebody else, expiring; and waivers."""

from datetime import datetime
from typing import ClassVar

from strandline.vocabulary.event import Fact


class SignerEnrolled(Fact, frozen=True, kw_only=True):
    """From now on this key signs for a person, who is the event's subject."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-signer.enrolled.0.1.0"
    public_key: str
    """Ed25519, as hexadecimal digits."""
    unit: str = ""


class AttestationMade(Fact, frozen=True, kw_only=True):
    """A named person vouches that a criterion is met in a unit; subject: the attestation."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-attestation.made.0.1.0"
    criterion: str
    unit: str = ""
    """Empty for the whole organisation."""
    statement: str
    """What is vouched for, in the person's words."""
    signer: str
    expires_at: datetime
    signature: str
    """Ed25519 over `attested_bytes`, as hexadecimal digits."""


class AttestationCountersigned(Fact, frozen=True, kw_only=True):
    """Somebody outside of the unit agrees; subject: the attestation."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-attestation.countersigned.0.1.0"
    signer: str
    signature: str


class AttestationAudited(Fact, frozen=True, kw_only=True):
    """It was drawn, and looked into; subject: the attestation."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-attestation.audited.0.1.0"
    is_upheld: bool
    finding: str


class AttestationWithdrawn(Fact, frozen=True, kw_only=True):
    """It is taken back; subject: the attestation."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-attestation.withdrawn.0.1.0"
    reason: str


class WaiverGranted(Fact, frozen=True, kw_only=True):
    """A criterion need not be met for a time; subject: the waiver. Levels are shown with and without it."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-waiver.granted.0.1.0"
    criterion: str
    unit: str = ""
    approver: str
    reason: str
    until_at: datetime


class WaiverEnded(Fact, frozen=True, kw_only=True):
    """It no longer holds; subject: the waiver."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-waiver.ended.0.1.0"
    reason: str
