"""Attestations and waivers as the judgement sees them: who vouches for what, until when, and who agreed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from strandline.maturity.case import Case
from strandline.maturity.told import Told, said
from strandline.vocabulary.attestation import (
    AttestationAudited,
    AttestationCountersigned,
    AttestationMade,
    AttestationWithdrawn,
    SignerEnrolled,
    WaiverEnded,
    WaiverGranted,
)

LONGEST = timedelta(days=180)
"""An attestation is worth nothing after this time, whatever it says itself."""
LONGEST_WAIVER = timedelta(days=365)
IsSigned = Callable[[bytes, str, str], bool]
"""Whether a signature over a text was made with a public key."""


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """One attestation and what became of it."""

    id: str
    criterion: str
    unit: str
    statement: str
    signer: str
    countersigner: str
    made_at: datetime
    expires_at: datetime
    problem: str
    """Why it does not count; empty if it does."""


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """One waiver."""

    id: str
    criterion: str
    unit: str
    approver: str
    reason: str
    until_at: datetime
    is_in_force: bool


def attested_bytes(attestation: str, made: AttestationMade) -> bytes:
    """Return what is signed: everything that an attestation says, in an order of its own."""
    parts = (attestation, made.criterion, made.unit, made.statement, made.signer, made.expires_at.isoformat())
    return msgspec.json.encode(["strandline attestation 1", *parts])


def attestations(case: Case, is_signed: IsSigned) -> list[Attestation]:
    """Return all attestations up to now, with why those that do not count do not."""
    keys: dict[str, list[SignerEnrolled]] = {}
    for told in case.practice.all(SignerEnrolled):
        if told.at < case.at:
            keys.setdefault(told.subject, []).append(said(told, SignerEnrolled))
    return [
        _standing(case, told, keys, is_signed)
        for told in case.practice.all(AttestationMade)
        if told.at < case.at
    ]


def _standing(
    case: Case, told: Told, keys: dict[str, list[SignerEnrolled]], is_signed: IsSigned
) -> Attestation:
    made = said(told, AttestationMade)
    text = attested_bytes(told.subject, made)
    others = [
        each for each in case.practice.of_subject(AttestationCountersigned, told.subject) if each.at < case.at
    ]
    second = said(others[-1], AttestationCountersigned) if others else None
    until = min(made.expires_at, told.at + LONGEST)

    def is_by(signer: str, signature: str) -> bool:
        return any(is_signed(text, signature, key.public_key) for key in keys.get(signer, ()))

    audits = [
        each for each in case.practice.of_subject(AttestationAudited, told.subject) if each.at < case.at
    ]
    problem = ""
    if [each for each in case.practice.of_subject(AttestationWithdrawn, told.subject) if each.at < case.at]:
        problem = "It was withdrawn."
    elif audits and not said(audits[-1], AttestationAudited).is_upheld:
        problem = "An audit did not uphold it."
    elif until <= case.at:
        problem = f"It expired on {until:%Y-%m-%d}."
    elif not is_by(made.signer, made.signature):
        problem = "Its signature does not hold."
    elif second is None:
        problem = "Nobody has countersigned it."
    elif case.person(second.signer) == case.person(made.signer):
        problem = "It is countersigned by the same person."
    elif not is_by(second.signer, second.signature):
        problem = "Its countersignature does not hold."
    elif made.unit and _unit_of(case, second.signer, keys) in {"", made.unit}:
        problem = "Who countersigned it is not known to be of another unit."
    return Attestation(
        id=told.subject,
        criterion=made.criterion,
        unit=made.unit,
        statement=made.statement,
        signer=made.signer,
        countersigner=second.signer if second else "",
        made_at=told.at,
        expires_at=until,
        problem=problem,
    )


def _unit_of(case: Case, person: str, keys: dict[str, list[SignerEnrolled]]) -> str:
    enrolled = keys.get(person, ())
    return case.unit_of_person(person) or (enrolled[-1].unit if enrolled else "")


def waivers(case: Case) -> list[Waiver]:
    """Return all waivers up to now; none is in force for longer than a year."""
    found = []
    for told in case.practice.all(WaiverGranted):
        if told.at >= case.at:
            continue
        granted = said(told, WaiverGranted)
        until = min(granted.until_at, told.at + LONGEST_WAIVER)
        ended = [each for each in case.practice.of_subject(WaiverEnded, told.subject) if each.at < case.at]
        found.append(
            Waiver(
                id=told.subject,
                criterion=granted.criterion,
                unit=granted.unit,
                approver=granted.approver,
                reason=granted.reason,
                until_at=until,
                is_in_force=until > case.at and not ended,
            )
        )
    return found
