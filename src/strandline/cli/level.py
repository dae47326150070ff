"""`strandline level`: what is to be reached, how levels stood, what changed, how units stand."""

from collections.abc import Iterable

import msgspec
from cyclopts import App
from rich.console import RenderableType

from strandline.assessment.assessor import shipped_model
from strandline.assessment.distribution import Distribution
from strandline.assessment.distribution import distribution as distribution_of
from strandline.assessment.level_history import Difference, LevelsThen, difference, levels_of, month_starts
from strandline.assessment.level_targets import Forecast, LevelTarget, forecast
from strandline.cli.connection import reading
from strandline.cli.days import day
from strandline.cli.moments import moment
from strandline.cli.output import line, words
from strandline.cli.overview_words import filled_table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, actor
from strandline.vocabulary.ambition import LevelTargetSet
from strandline.vocabulary.errors import BadInputError, NotFoundError

level = App(
    name="level", help="Levels over time: targets with a forecast, history, what changed, how units stand."
)
_MOST_MONTHS = 60


class TargetReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A target, how it stands, and when it is reached at its pace."""

    target: LevelTarget
    proved: int
    forecast: Forecast


@level.command
def history(*, unit: str = "", months: int = 12, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Show how the levels stood at the beginning of each month, by what is known now.

    Args:
        unit: A team, a business unit or a service; the whole organisation if left out.
        months: How many months.
        common: What every command takes.
        session: This run of the command line.
    """
    if not 1 <= months <= _MOST_MONTHS:
        what = f"{months} is no number of months."
        raise BadInputError(what, where="--months", remedy=f"Give one from 1 to {_MOST_MONTHS}.")
    with reading(session.settings(common)) as reader, session.output.working("Assessing each month"):
        now = reader.clock.now()
        found = reader.assessor.levels((*month_starts(now, months), now), now=now, unit=unit)
    session.output.result(found, _table(found))
    return 0


def _table(found: Iterable[LevelsThen]) -> RenderableType:
    names = [measure.id for measure in shipped_model().measures]
    rows = [
        (
            words(f"{each.at:%Y-%m-%d}"),
            *(words(_span(each.proved[name], each.possible[name])) for name in names),
        )
        for each in found
    ]
    return filled_table(("at", *names), rows)


def _span(proved: int, possible: int) -> str:
    if not proved:
        return "-"
    return f"{proved}" if possible == proved else f"{proved} to {possible}"


@level.command
def target(
    measure: str = "",
    level_: int = 0,
    /,
    *,
    by: str = "",
    owner: str = "",
    unit: str = "",
    reason: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Set which level a measure is to reach, by when; without a measure, show the targets with a forecast.

    Args:
        measure: Such as TO.
        level_: 1 to 5.
        by: The day.
        owner: Who answers for it.
        unit: A team, a business unit or a service; the whole organisation if left out.
        reason: Why.
        common: What every command takes.
        session: This run of the command line.
    """
    model = shipped_model()
    with reading(session.settings(common)) as reader:
        if measure:
            if measure.upper() not in {each.id for each in model.measures}:
                what = f"No measure is called “{measure}”."
                known = ", ".join(each.id for each in model.measures)
                raise NotFoundError(what, remedy=f"Known: {known}.")
            if not by or not owner:
                what = "A target needs a day and somebody who answers for it."
                raise BadInputError(what, where="--by, --owner", remedy="Give both.")
            wanted = LevelTargetSet(
                level=level_, due_on=day(by, "--by"), owner=owner, unit=unit, reason=reason
            )
            reader.level_targets.set_target(measure.upper(), wanted, actor=actor())
        targets = reader.level_targets.all(unit=unit)
        now = reader.clock.now()
        past = reader.assessor.levels((*month_starts(now), now), now=now, unit=unit) if targets else ()
    found = [
        TargetReport(
            target=each,
            proved=past[-1].proved.get(name, 0),
            forecast=forecast(
                [(then.at, then.reach[name]) for then in past if then.proved.get(name)], each.level
            ),
        )
        for name, each in sorted(targets.items())
    ]
    session.output.result(found, *_targets(found))
    return 0


def _targets(found: list[TargetReport]) -> Iterable[RenderableType]:
    if not found:
        yield words("No target is set. Begin with: strandline level target TO 4 --by 2027-06-30 --owner ann")
        return
    rows = [
        (
            words(each.target.measure),
            words(str(each.proved)),
            words(str(each.target.level)),
            words(f"{each.target.due_on:%Y-%m-%d}"),
            words(each.target.owner),
            words(each.forecast.says, "faint"),
        )
        for each in found
    ]
    yield filled_table(("measure", "proved", "target", "by", "owner", "forecast"), rows)


@level.command
def diff(
    *,
    from_: str = "",
    to: str = "",
    as_of: str = "",
    unit: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Show what changed between two moments; or what late events changed in the view of one moment.

    Args:
        from_: The first moment. What is known now tells how it stood.
        to: The second moment; now if left out.
        as_of: In place of the first moment: the second moment, as it was known by then.
        unit: A team, a business unit or a service; the whole organisation if left out.
        common: What every command takes.
        session: This run of the command line.
    """
    if bool(from_) == bool(as_of):
        what = "It is not said what to compare with."
        raise BadInputError(what, where="--from, --as-of", remedy="Give one of the two.")
    with reading(session.settings(common)) as reader, session.output.working("Assessing twice"):
        now = reader.clock.now()
        known = moment(as_of, now, "--as-of") if as_of else None
        second = moment(to, now, "--to") if to else (known or now)
        first = second if known is not None else moment(from_, now, "--from")
        after = reader.assessor.assess(at=second, unit=unit)
        before = reader.assessor.assess(at=first, unit=unit, as_of=known)
    found = difference(before, after)
    session.output.result(
        found, *_difference(found, levels_of(first, before.measures), levels_of(second, after.measures))
    )
    return 0


def _difference(found: Difference, before: LevelsThen, after: LevelsThen) -> Iterable[RenderableType]:
    yield _table((before, after))
    yield line()
    if not found.changes:
        yield words("No criterion has another verdict.")
        return
    rows = [
        (
            words(each.criterion),
            words(each.before.value.replace("-", " "), "faint"),
            words(each.after.value.replace("-", " ")),
            words(each.because, "faint"),
        )
        for each in found.changes
    ]
    yield filled_table(("criterion", "before", "after", "because"), rows)


@level.command
def units(*, at: str = "", common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Show how each team stands, and which level the organisation has by them: a distribution, never a mean.

    Args:
        at: At which moment; now if left out.
        common: What every command takes.
        session: This run of the command line.
    """
    model = shipped_model()
    with reading(session.settings(common)) as reader, session.output.working("Assessing each team"):
        now = reader.clock.now()
        found = distribution_of(reader.assessor, model, at=moment(at, now, "--at") if at else now)
    session.output.result(found, *_units(found, [each.id for each in model.measures]))
    return 0


def _units(found: Distribution, names: list[str]) -> Iterable[RenderableType]:
    if not found.units:
        yield words("No team deployed to production within a year.")
        return
    rows = [
        (
            words(each.unit),
            words(f"{each.deployments:,}"),
            *(words(str(each.proved[name]) if each.proved[name] else "-") for name in names),
        )
        for each in found.units
    ]
    whole = (
        words("organisation", "bold"),
        words(""),
        *(words(str(found.organisation[name])) for name in names),
    )
    yield filled_table(("team", "deployments", *names), [*rows, whole])
    yield line()
    yield words(
        "The organisation has a level if teams with 80 % of the deployments have it, and no team with a"
        " first-tier service is more than one level below.",
        "faint",
    )
