"""What the pages of the maturity show of an assessment, in words and marks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from strandline.assessment.level_history import LevelsThen
from strandline.assessment.level_targets import Forecast, LevelTarget, forecast
from strandline.assessment.report import EFFORTS, AssessmentReport, CriterionReport, MeasureReport, Step
from strandline.maturity.answer import HOLDS, REFUTES, UNSEEN, Verdict
from strandline.maturity.model import LEVELS, Measure, Model

_FIRST_STEPS = 5
TONES: Mapping[Verdict, str] = {
    Verdict.MET: "good",
    Verdict.NOT_APPLICABLE: "plain",
    Verdict.NOT_MET: "bad",
    Verdict.PROVISIONAL: "warning",
    Verdict.PARTIAL: "warning",
    Verdict.ATTESTED: "person",
    Verdict.WAIVED: "person",
}
"""How a verdict is shown; one that is not here is not known, and plain."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One level of one measure."""

    level: int
    statement: str
    held: int
    refuted: int
    unseen: int
    of: int
    tone: str
    """`good` if all of it is proved, `bad` if some of it is refuted, else `plain`."""

    @property
    def words(self) -> str:
        """What is known of it. The first level is where everybody begins: its criteria tell who is there."""
        if self.level == 1:
            return "begun" if self.tone == "good" else "not known"
        return f"{self.held} of {self.of}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measure, as the picture shows it."""

    report: MeasureReport
    target: LevelTarget | None
    forecast: Forecast | None
    year_ago: int | None
    cells: tuple[Cell, ...]

    @property
    def words(self) -> str:
        """The picture in words."""
        said = _level_words(self.report)
        if self.target is not None:
            said += f"; target {self.target.level} by {self.target.due_on:%Y-%m-%d}"
        if self.year_ago is not None and (self.year_ago or self.report.proved):
            said += f"; {self.year_ago or 'not assessed'} a year ago"
        return said

    def marks(self, level: int) -> list[tuple[str, str]]:
        """Return the marks on one level's cell: class, words."""
        found = []
        if self.target is not None and self.target.level == level:
            found.append(("target", "target"))
        if self.year_ago == level:
            found.append(("year-ago", "a year ago"))
        return found

    def state(self, level: int) -> str:
        """Return how a level's cell is filled."""
        if level <= self.report.proved:
            return "proved"
        return "possible" if level <= self.report.possible else "out"


def rows(
    model: Model,
    report: AssessmentReport,
    past: Sequence[LevelsThen],
    targets: Mapping[str, LevelTarget],
) -> list[Row]:
    """Return a row for each measure.

    Args:
        model: what was asked.
        report: the answers.
        past: how the levels stood, the oldest (a year ago) first.
        targets: what is to be reached.
    """
    found = []
    for asked, told in zip(model.measures, report.measures, strict=True):
        points = [(each.at, each.reach[told.measure]) for each in past if each.proved[told.measure]]
        target = targets.get(told.measure)
        now = told.proved + told.next_share * (told.proved < LEVELS)
        found.append(
            Row(
                report=told,
                target=target,
                forecast=forecast([*points, (report.at, now)], target.level) if target else None,
                year_ago=past[0].proved.get(told.measure) if past else None,
                cells=cells(asked, told),
            )
        )
    return found


def cells(asked: Measure, told: MeasureReport) -> tuple[Cell, ...]:
    """Return how each level of a measure stands."""
    found = []
    for level in asked.levels:
        verdicts = [each.verdict for each in told.criteria if each.level == level.number]
        held = sum(each in HOLDS or each is Verdict.ATTESTED for each in verdicts)
        refuted = sum(each in REFUTES for each in verdicts)
        tone = "good" if level.number <= told.proved else "bad" if refuted and level.number > 1 else "plain"
        found.append(
            Cell(
                level=level.number,
                statement=level.statement,
                held=held,
                refuted=refuted,
                unseen=sum(each in UNSEEN for each in verdicts),
                of=len(verdicts),
                tone=tone,
            )
        )
    return tuple(found)


def summary(report: AssessmentReport) -> list[str]:
    """Return what a manager has to know, in at most three sentences."""
    levels = [each.proved for each in report.measures]
    if not any(levels):
        return ["Nothing is known of production deployments yet, so nothing is assessed."]
    least = min(levels)
    weakest = [each.name for each in report.measures if each.proved == least]
    best = max(levels)
    said = []
    if least == best:
        said.append(f"All {len(levels)} measures are proved to have level {best}.")
    else:
        count = sum(each == best for each in levels)
        said.append(f"{count} of {len(levels)} measures {'is' if count == 1 else 'are'} at level {best}.")
        said.append(
            f"{_listed(weakest)} {'is' if len(weakest) == 1 else 'are'} at level {least or 'none yet'}."
        )
    unseen = sum(each.verdict in UNSEEN for one in report.measures for each in one.criteria)
    every = sum(len(one.criteria) for one in report.measures)
    said.append(f"Of {every} criteria, {unseen} cannot be seen yet: they prove nothing, and refute nothing.")
    return said


def first_steps(report: AssessmentReport) -> list[tuple[MeasureReport, Step]]:
    """Return the steps that take the least, of all measures, those of the lowest level first."""
    assessed = [each for each in report.measures if each.proved]
    every = [(measure, step) for measure in assessed for step in measure.roadmap if not step.after]
    every.sort(key=lambda each: (each[1].level, EFFORTS.index(each[1].effort), each[1].criterion))
    return every[:_FIRST_STEPS]


def tone(criterion: CriterionReport) -> str:
    """Return how a criterion's verdict is shown; those of the first level are no goals."""
    return "plain" if criterion.level == 1 else TONES.get(criterion.verdict, "unseen")


def verdict_words(criterion: CriterionReport) -> str:
    """Return a criterion's verdict in words; what the first level describes is left behind, or not."""
    if criterion.level == 1 and criterion.verdict is Verdict.NOT_MET:
        return "left behind"
    if criterion.level == 1 and criterion.verdict is Verdict.MET:
        return "still so"
    return criterion.verdict.value.replace("-", " ")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One measure's levels over time, as points of a drawing 100 wide and 100 high."""

    measure: str
    name: str
    path: str
    now: int


def lines(rows: Iterable[Row], past: Sequence[LevelsThen], now: datetime) -> list[Line]:
    """Return the lines of the history: steps, since a level is held until another one is."""
    if not past:
        return []
    first, length = past[0].at, max((now - past[0].at).total_seconds(), 1.0)
    found = []
    for row in rows:
        name = row.report.measure
        levels = [(each.at, each.proved[name]) for each in past] + [(now, row.report.proved)]
        drawn: list[str] = []
        for at, level in levels:
            x = 100 * (at - first).total_seconds() / length
            y = 97 - 94 * level / LEVELS
            drawn.append(f"H{x:.2f} V{y:.2f}" if drawn else f"M{x:.2f} {y:.2f}")
        found.append(Line(measure=name, name=row.report.name, path=" ".join(drawn), now=row.report.proved))
    return found


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _level_words(report: MeasureReport) -> str:
    if not report.proved:
        return "not assessed"
    said = f"{report.proved} proved"
    return f"{said}, up to {report.possible} possible" if report.possible > report.proved else said
