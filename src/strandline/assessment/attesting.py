"""Vouching where no event can say it: keys, attestations with two signatures, audits by lot, and waivers."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

import msgspec

from strandline.ledger.ports import Ledger
from strandline.maturity.attested import (
    LONGEST,
    LONGEST_WAIVER,
    Attestation,
    IsSigned,
    Waiver,
    attestations,
    attested_bytes,
    waivers,
)
from strandline.maturity.case import Case
from strandline.maturity.model import Criterion, Model
from strandline.vocabulary.attestation import (
    AttestationAudited,
    AttestationCountersigned,
    AttestationMade,
    AttestationWithdrawn,
    SignerEnrolled,
    WaiverEnded,
    WaiverGranted,
)
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError
from strandline.vocabulary.event import Event, Fact, event_of

SOURCE = "/strandline/attestations"


class PersonalKey(Protocol):
    """What somebody signs with."""

    @property
    def public_key(self) -> str:
        """Ed25519, as hexadecimal digits."""

    def sign(self, statement: bytes) -> str:
        """Return the signature, as hexadecimal digits."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which attestations are to be audited: a draw that nobody can choose, and anybody can repeat."""

    head_seq: int
    head_hash: str
    """The ledger's head that seeds it: whoever has the ledger comes to the same draw."""
    attestations: tuple[str, ...]


class CannotVouchError(RefusedError):
    """Somebody who may not: not enrolled, the same person twice, or of the same unit."""


class Attesting:
    """Records who vouches for what, and refuses what would not count later."""

    def __init__(self, ledger: Ledger, clock: Clock, make_case: "MakeCase", is_signed: IsSigned) -> None:
        self._ledger = ledger
        self._clock = clock
        self._make_case = make_case
        self._is_signed = is_signed

    def enrol(self, person: str, key: PersonalKey, *, unit: str, actor: str) -> None:
        """Record that a key signs for a person, from now on."""
        enrolled = SignerEnrolled(public_key=key.public_key, unit=unit)
        self._tell(enrolled, person, f"enrol {person} {key.public_key} {unit}", actor)

    def make(
        self,
        criterion: Criterion,
        statement: str,
        *,
        signer: str,
        key: PersonalKey,
        unit: str = "",
        lasts: timedelta = LONGEST,
    ) -> str:
        """Record an attestation, and return its id. It counts once somebody else has countersigned it.

        Raises:
            BadInputError: nothing is said, it lasts too long, or events say it and nobody else can.
            CannotVouchError: this key is not known to be the person's.
        """
        if not (criterion.attestable or criterion.evidence == "attestation"):
            what = f"{criterion.id} is proved by events; nobody can vouch for it."
            raise BadInputError(what, remedy="`strandline model show` tells which criteria can be attested.")
        if not statement.strip():
            what = "Nothing is vouched for."
            raise BadInputError(what, where="statement", remedy="Say what you saw, in your own words.")
        if not timedelta(0) < lasts <= LONGEST:
            what = "No attestation lasts that long."
            raise BadInputError(what, where="lasts", remedy=f"Give up to {LONGEST.days} days.")
        now = self._clock.now()
        self._require_key(signer, key, now)
        name = str(uuid5(NAMESPACE_URL, f"{criterion.id}|{unit}|{signer}|{statement}|{now.isoformat()}"))
        made = AttestationMade(
            criterion=criterion.id,
            unit=unit,
            statement=statement.strip(),
            signer=signer,
            expires_at=now + lasts,
            signature="",
        )
        signed = msgspec.structs.replace(made, signature=key.sign(attested_bytes(name, made)))
        self._tell(signed, name, f"attest {name}", signer)
        return name

    def countersign(self, name: str, *, signer: str, key: PersonalKey) -> Attestation:
        """Record that somebody else agrees; returns how the attestation stands then.

        Raises:
            NotFoundError: there is no such attestation.
            CannotVouchError: it is the same person or unit, or the key is not known to be the person's.
        """
        now = self._clock.now()
        known = self.attestation(name)
        made = self._made(name)
        self._require_key(signer, key, now)
        if signer.strip().lower() == known.signer.strip().lower():
            what = f"{signer} has signed it already."
            raise CannotVouchError(what, where=name, remedy="Somebody else has to countersign it.")
        agreed = AttestationCountersigned(signer=signer, signature=key.sign(attested_bytes(name, made)))
        self._tell(agreed, name, f"countersign {name} {signer} {now.isoformat()}", signer)
        return self.attestation(name)

    def withdraw(self, name: str, *, reason: str, actor: str) -> None:
        """Take an attestation back; raises `NotFoundError` if there is none."""
        self.attestation(name)
        self._tell(AttestationWithdrawn(reason=reason), name, f"withdraw {name}", actor)

    def audit(self, name: str, *, is_upheld: bool, finding: str, actor: str) -> Attestation:
        """Record what an audit found; raises `NotFoundError` if there is no such attestation."""
        self.attestation(name)
        found = AttestationAudited(is_upheld=is_upheld, finding=finding)
        self._tell(found, name, f"audit {name} {is_upheld} {finding}", actor)
        return self.attestation(name)

    def draw(self, count: int) -> Drawn:
        """Return which attestations in force are to be audited; the ledger's head decides."""
        head = self._ledger.head()
        return Drawn(
            head_seq=head.seq,
            head_hash=head.hash,
            attestations=drawn([each.id for each in self.all() if not each.problem], head.hash, count),
        )

    def waive(self, waiver: WaiverGranted, *, actor: str) -> str:
        """Grant a waiver, and return its id; levels are shown with and without it.

        Raises:
            BadInputError: it gives no reason, or lasts too long.
        """
        now = self._clock.now()
        if not waiver.reason.strip() or not waiver.approver.strip():
            what = "A waiver needs a reason, and somebody who answers for it."
            raise BadInputError(what, remedy="Give both.")
        if not now < waiver.until_at <= now + LONGEST_WAIVER:
            what = "No waiver is in force that long, or until a time that is past."
            raise BadInputError(what, where="until", remedy=f"Give up to {LONGEST_WAIVER.days} days.")
        name = str(uuid5(NAMESPACE_URL, f"{waiver.criterion}|{waiver.unit}|{now.isoformat()}"))
        self._tell(waiver, name, f"waive {name}", actor)
        return name

    def end_waiver(self, name: str, *, reason: str, actor: str) -> None:
        """End a waiver before its time; raises `NotFoundError` if there is none."""
        if name not in {each.id for each in self.all_waivers()}:
            what = f"There is no waiver “{name}”."
            raise NotFoundError(what, remedy="`strandline attest list` lists them.")
        self._tell(WaiverEnded(reason=reason), name, f"unwaive {name}", actor)

    def all(self) -> list[Attestation]:
        """Return all attestations, with why those that do not count do not."""
        return attestations(self._make_case(self._soon()), self._is_signed)

    def all_waivers(self) -> list[Waiver]:
        """Return all waivers."""
        return waivers(self._make_case(self._soon()))

    def attestation(self, name: str) -> Attestation:
        """Return an attestation; raises `NotFoundError` if there is none."""
        found = next((each for each in self.all() if each.id == name), None)
        if found is None:
            what = f"There is no attestation “{name}”."
            raise NotFoundError(what, remedy="`strandline attest list` lists them.")
        return found

    def _made(self, name: str) -> AttestationMade:
        case = self._make_case(self._soon())
        [told] = case.practice.of_subject(AttestationMade, name)[:1]
        return msgspec.convert(told.content, AttestationMade)

    def _require_key(self, person: str, key: PersonalKey, now: datetime) -> None:
        del now
        case = self._make_case(self._soon())
        keys = {
            str(told.content.get("publicKey", told.content.get("public_key")))
            for told in case.practice.of_subject(SignerEnrolled, person)
        }
        if key.public_key not in keys:
            what = f"This key is not known to be {person}'s."
            remedy = f"Let it be known first: strandline attest enrol {person} --unit UNIT."
            raise CannotVouchError(what, where=person, remedy=remedy)

    def _soon(self) -> datetime:
        return self._clock.now() + timedelta(microseconds=1)

    def _tell(self, fact: Fact, subject: str, key: str, actor: str) -> None:
        now = self._clock.now()
        event: Event = event_of(
            fact,
            id=f"attestation-{uuid5(NAMESPACE_URL, f'{key}|{now.isoformat()}')}",
            source=SOURCE,
            subject_id=subject,
            occurred_at=now,
            actor=actor,
        )
        self._ledger.append([event])


class MakeCase(Protocol):
    """Makes the case of the whole organisation, at a moment."""

    def __call__(self, at: datetime, /) -> Case:
        """Return it."""
        ...


def drawn(names: Sequence[str], seed: str, count: int) -> tuple[str, ...]:
    """Return `count` of the names: those whose SHA-256 together with the seed is the smallest.

    Nobody chooses the seed (the hash of the ledger's head), and anybody can repeat the draw.
    """

    def place(name: str) -> bytes:
        return hashlib.sha256(f"{seed}\n{name}".encode()).digest()

    return tuple(sorted(set(names), key=place)[:count])


def attestable(model: Model, name: str) -> Criterion:
    """Return a criterion by its id.

    Raises:
        NotFoundError: there is no such criterion.
    """
    found = model.criterion(name)
    if found is None:
        what = f"No criterion is called “{name}”."
        raise NotFoundError(what, remedy="`strandline model show` lists them.")
    return found
