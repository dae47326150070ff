"""xAPI statements (1.0.3): what people learned, as learning systems record it.

A statement is by exactly one identified agent; a group that nobody identified is nobody. It counts when it
happened (`timestamp`), or when it was stored if it does not say. A voided statement is withdrawn by number.
"""

import hashlib
from typing import Any

import msgspec

from strandline.intake.moments import moment
from strandline.intake.parts import every
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.details import Details
from strandline.vocabulary.training import TrainingRecorded, TrainingResult

_BY = "intake/xapi 1"
_RESULTS = {
    "attended": TrainingResult.ATTENDED,
    "completed": TrainingResult.COMPLETED,
    "passed": TrainingResult.PASSED,
    "failed": TrainingResult.FAILED,
    "voided": TrainingResult.VOIDED,
}


class _Account(msgspec.Struct, frozen=True, rename="camel"):
    home_page: str
    name: str


class _Agent(msgspec.Struct, frozen=True):
    mbox: str = ""
    mbox_sha1sum: str = ""
    openid: str = ""
    account: _Account | None = None


class _Verb(msgspec.Struct, frozen=True):
    id: str


class _Definition(msgspec.Struct, frozen=True):
    name: dict[str, str] = {}
    extensions: dict[str, Any] = {}


class _Object(msgspec.Struct, frozen=True):
    id: str = ""
    definition: _Definition | None = None


class _Score(msgspec.Struct, frozen=True):
    scaled: float | None = None


class _Result(msgspec.Struct, frozen=True):
    score: _Score | None = None


class Statement(msgspec.Struct, frozen=True):
    """One statement, as far as it is read."""

    actor: _Agent
    verb: _Verb
    object: _Object
    id: str = ""
    timestamp: Any = None
    stored: Any = None
    result: _Result | None = None
    authority: _Agent | None = None


def translate(payload: Payload) -> Translation:
    """Return what statements tell: one, a list of them, or the page of a learning record store."""
    document = payload.document
    if isinstance(document, dict) and "statements" in document:
        document = document["statements"]
    statements = document if isinstance(document, list) else [document]
    return every("statements", statements, Statement, _translated)


def _translated(statement: Statement) -> Translation:
    verb = statement.verb.id.rstrip("/").rsplit("/", 1)[-1].lower()
    result = _RESULTS.get(verb)
    if result is None:
        return Translation(ignored=f"That somebody “{verb}” something is not what they learned.")
    person = _person(statement.actor)
    if not person:
        what = "The statement is by nobody who is identified."
        remedy = "An agent has one of mbox, mbox_sha1sum, openid and account."
        return Translation(unmapped=(Unmapped(what=what, where="actor", remedy=remedy),))
    if not statement.object.id:
        what = "The statement is about nothing that has an id."
        return Translation(unmapped=(Unmapped(what=what, where="object.id"),))
    definition = statement.object.definition or _Definition()
    score = statement.result.score if statement.result is not None else None
    scaled = score.scaled if score is not None else None
    fact = TrainingRecorded(
        person=person,
        result=result,
        course=next(iter(definition.name.values()), ""),
        score=f"{scaled:g}" if scaled is not None else "",
        statement=statement.object.id if result is TrainingResult.VOIDED else statement.id,
    )
    at = statement.timestamp if statement.timestamp is not None else statement.stored
    event = stated(
        fact,
        source=_source(statement),
        subject_id=statement.object.id,
        occurred_at=moment(at, "timestamp"),
        details=Details(by=_BY),
        actor=person,
    )
    return Translation(events=(event,))


def _person(agent: _Agent) -> str:
    """Return the one identifier of an agent; an address as its SHA-1, since a ledger forgets nothing."""
    if agent.mbox:
        return f"sha1:{hashlib.sha1(agent.mbox.encode()).hexdigest()}"  # noqa: S324 - what xAPI prescribes
    if agent.mbox_sha1sum:
        return f"sha1:{agent.mbox_sha1sum.lower()}"
    if agent.openid:
        return agent.openid
    return f"{agent.account.home_page}#{agent.account.name}" if agent.account is not None else ""


def _source(statement: Statement) -> str:
    authority = statement.authority
    if authority is not None and authority.account is not None:
        return authority.account.home_page
    return "/xapi"
