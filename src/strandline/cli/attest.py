"""`strandline attest`: vouching where no event can say it; signed twice, expiring, audited by lot."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import msgspec
from cyclopts import App
from rich.console import RenderableType

from strandline import bootstrap
from strandline.assessment.assessor import shipped_model
from strandline.assessment.attesting import attestable
from strandline.assessment.plan_ratings import ITEMS
from strandline.cli.connection import reading
from strandline.cli.model import model_of
from strandline.cli.output import line, words
from strandline.cli.overview_words import filled_table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, actor
from strandline.maturity.attested import Attestation, Waiver
from strandline.vocabulary.attestation import WaiverGranted
from strandline.vocabulary.errors import BadInputError

attest = App(
    name="attest", help="Vouch where no event can say it: signed, countersigned, expiring, audited by lot."
)
_ANSWERS = {"yes": True, "y": True, "no": False, "n": False}


class Vouched(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that is vouched for, and waived."""

    attestations: list[Attestation]
    waivers: list[Waiver]


def _key(person: str, key: Path | None) -> bootstrap.PersonalKey:
    file = key or Path.home() / ".config" / "strandline" / "signers" / f"{person}.key"
    return bootstrap.personal_key(file)


@attest.command
def enrol(
    person: str,
    /,
    *,
    unit: str = "",
    key: Path | None = None,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Make a key for a person, if there is none, and let it be known.

    Args:
        person: Who signs with it, as the directory names them.
        unit: Their unit; who countersigns has to be of another one.
        key: Where the key lies; ~/.config/strandline/signers/PERSON.key if left out.
        common: What every command takes.
        session: This run of the command line.
    """
    found = _key(person, key)
    with reading(session.settings(common)) as reader:
        reader.attesting.enrol(person, found, unit=unit, actor=actor())
    told = {"person": person, "unit": unit, "publicKey": found.public_key}
    session.output.result(told, words(f"{person} signs with the key {found.public_key[:16]}… from now on."))
    return 0


@attest.command
def make(
    criterion: str,
    statement: str,
    /,
    *,
    by: str,
    unit: str = "",
    days: int = 180,
    key: Path | None = None,
    model: Path | None = None,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Vouch that a criterion is met. It counts once somebody of another unit has countersigned it.

    Args:
        criterion: Such as DO3.3.
        statement: What you saw, in your own words.
        by: Who vouches; has to be enrolled.
        unit: Of which unit; of the whole organisation if left out.
        days: For how long, 180 at the most.
        key: Where the key lies.
        model: Another model that has the criterion.
        common: What every command takes.
        session: This run of the command line.
    """
    found = attestable(model_of(model) if model is not None else shipped_model(), criterion)
    with reading(session.settings(common)) as reader:
        name = reader.attesting.make(
            found, statement, signer=by, key=_key(by, key), unit=unit, lasts=timedelta(days=days)
        )
        made = reader.attesting.attestation(name)
    session.output.result(
        made,
        words(f"{by} vouches for {found.id} until {made.expires_at:%Y-%m-%d}, as {name}."),
        words(
            f"It counts once somebody else agrees: strandline attest countersign {name} --by PERSON", "wait"
        ),
    )
    return 0


@attest.command
def countersign(
    name: str, /, *, by: str, key: Path | None = None, common: Common = NOTHING_GIVEN, session: Hidden
) -> int:
    """Agree with what somebody vouches for.

    Args:
        name: The attestation.
        by: Who agrees: somebody else, of another unit; has to be enrolled.
        key: Where the key lies.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        found = reader.attesting.countersign(name, signer=by, key=_key(by, key))
    session.output.result(
        found,
        words(
            found.problem or f"It counts until {found.expires_at:%Y-%m-%d}.",
            "bad" if found.problem else "good",
        ),
    )
    return 0


@attest.command
def withdraw(name: str, /, *, reason: str, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Take an attestation back.

    Args:
        name: The attestation.
        reason: Why.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        reader.attesting.withdraw(name, reason=reason, actor=actor())
    session.output.result({"withdrawn": name}, words(f"{name} is withdrawn."))
    return 0


@attest.command
def draw(*, count: int = 1, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Draw which attestations are to be audited; the ledger's head decides, so that nobody chooses.

    Args:
        count: How many.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        found = reader.attesting.draw(count)
    session.output.result(
        found,
        words(f"By record {found.head_seq:,} ({found.head_hash[:16]}…):", "faint"),
        *(words(f"  {each}") for each in found.attestations or ("none is in force",)),
    )
    return 0


@attest.command
def audit(
    name: str, /, *, upheld: bool, finding: str, common: Common = NOTHING_GIVEN, session: Hidden
) -> int:
    """Record what an audit of an attestation found. One that is not upheld no longer counts.

    Args:
        name: The attestation.
        upheld: Whether it was right.
        finding: What was found.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        found = reader.attesting.audit(name, is_upheld=upheld, finding=finding, actor=actor())
    session.output.result(found, words(found.problem or "It is upheld."))
    return 0


@attest.command
def waive(
    criterion: str,
    /,
    *,
    by: str,
    reason: str,
    days: int = 90,
    unit: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Let a criterion not count for a time. Levels are shown with and without the waiver.

    Args:
        criterion: Such as TO3.4.
        by: Who answers for it.
        reason: Why.
        days: For how long, 365 at the most.
        unit: For which unit; the whole organisation if left out.
        common: What every command takes.
        session: This run of the command line.
    """
    found = attestable(shipped_model(), criterion)
    with reading(session.settings(common)) as reader:
        until = reader.clock.now() + timedelta(days=days)
        waiver = WaiverGranted(criterion=found.id, unit=unit, approver=by, reason=reason, until_at=until)
        name = reader.attesting.waive(waiver, actor=actor())
    session.output.result(
        {"waiver": name, "criterion": found.id, "until": until},
        words(f"{found.id} is waived until {until:%Y-%m-%d}, as {name}."),
    )
    return 0


@attest.command
def unwaive(name: str, /, *, reason: str, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """End a waiver before its time.

    Args:
        name: The waiver.
        reason: Why.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        reader.attesting.end_waiver(name, reason=reason, actor=actor())
    session.output.result({"ended": name}, words(f"{name} no longer holds."))
    return 0


@attest.command(name="list")
def list_(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List what is vouched for and waived, and why what does not count does not.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        found = Vouched(attestations=reader.attesting.all(), waivers=reader.attesting.all_waivers())
    session.output.result(found, *_listed(found))
    return 0


def _listed(found: Vouched) -> Iterable[RenderableType]:
    if not found.attestations and not found.waivers:
        yield words("Nothing is vouched for, and nothing is waived.")
        return
    rows = [
        (
            words(each.criterion),
            words(each.unit or "all"),
            words(f"{each.signer}, {each.countersigner or 'nobody yet'}"),
            words(each.problem or f"until {each.expires_at:%Y-%m-%d}", "bad" if each.problem else "good"),
            words(each.id, "faint"),
        )
        for each in found.attestations
    ]
    rows += [
        (
            words(each.criterion),
            words(each.unit or "all"),
            words(f"waived by {each.approver}"),
            words(f"until {each.until_at:%Y-%m-%d}" if each.is_in_force else "over", "wait"),
            words(each.id, "faint"),
        )
        for each in found.waivers
    ]
    yield filled_table(("criterion", "unit", "by", "counts", "id"), rows)
    yield line()


@attest.command
def plans(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List the ten plans that are drawn to be rated, and who of other units has rated them.

    Their records' hashes in the ledger decide, so that nobody chooses. Two people of other units go through
    the list of five with each: see `strandline attest rate`.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        found = reader.plan_ratings.drawn()
    if not found:
        session.output.result(found, words("No deployment of the last 92 days is drawn: there was none."))
        return 0
    table = filled_table(
        ["Deployment", "Service", "Rated by"],
        [(each.deployment, each.service, ", ".join(each.raters) or "nobody yet") for each in found],
    )
    asked = [words(f"  {number}. {item}") for number, item in enumerate(ITEMS, start=1)]
    session.output.result(found, table, words("Asked of each:", "faint"), *asked)
    return 0


@attest.command
def rate(
    deployment: str, /, *, by: str, answers: str, common: Common = NOTHING_GIVEN, session: Hidden
) -> int:
    """Record how a drawn plan does by the list of five.

    Args:
        deployment: One that `strandline attest plans` lists.
        by: Who read it; somebody known to be of another unit than the service.
        answers: To the five items, in order: yes,yes,no,yes,yes
        common: What every command takes.
        session: This run of the command line.
    """
    given = [each.strip().lower() for each in answers.split(",")]
    if strange := [each for each in given if each not in _ANSWERS]:
        what = f"“{strange[0]}” is neither yes nor no."
        raise BadInputError(what, where="answers", remedy="Such as: yes,yes,no,yes,yes.")
    with reading(session.settings(common)) as reader:
        found = reader.plan_ratings.rate(deployment, rater=by, passed=tuple(_ANSWERS[each] for each in given))
    session.output.result(found, words(f"Rated by {', '.join(found.raters)}."))
    return 0
