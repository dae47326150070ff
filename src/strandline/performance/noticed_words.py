"""What was noticed and what was asked for, in words, the same at the command line and on the pages."""

from datetime import UTC, datetime, timedelta
from functools import cache

from strandline.kpi.all_figures import FIGURES
from strandline.kpi.figure import Unit
from strandline.kpi.history import History
from strandline.kpi.scope import Scope
from strandline.performance.figure_words import TITLES, duration_words, value_words
from strandline.performance.target_standing import Budget
from strandline.vocabulary.performance import FigureAnomalous, FigureChanged, TargetSet


@cache
def unit_of(figure: str) -> Unit:
    """Return what a figure's values are in."""
    start = datetime(2018, 1, 1, tzinfo=UTC)
    # Each figure says so itself, of whatever history: also of an empty one.
    return FIGURES[figure](History(), Scope(start=start, end=start + timedelta(days=1))).unit


def noticed_words(said: FigureChanged | FigureAnomalous) -> str:
    """Return a finding as one sentence."""
    unit = unit_of(said.figure)
    whose = f"{TITLES[said.figure]} of {said.service or 'all services'}"
    if isinstance(said, FigureChanged):
        before, after = (value_words(float(each), unit) for each in (said.before, said.after))
        weeks = f"{said.weeks_before} weeks before, {said.weeks_after} since"
        return f"{whose} changed from {before} to {after} in the week of {said.at:%Y-%m-%d} ({weeks})."
    value, low, high = (value_words(float(each), unit) for each in (said.value, said.low, said.high))
    earlier = f"the {said.weeks_before} weeks before allow {low} to {high}"
    return f"{whose} was {value} in the week of {said.at:%Y-%m-%d}; {earlier}."


def target_words(target: TargetSet) -> str:
    """Return what a target asks for: `at most 12 %`, `at least 3.1 a week`."""
    word, bound = ("at least", target.at_least) if target.at_least else ("at most", target.at_most)
    return f"{word} {value_words(float(bound), unit_of(target.figure))}"


def budget_words(budget: Budget | None) -> str:
    """Return what is left of an error budget: `12.0 min of 40.3 min`; empty where a target has none."""
    if budget is None:
        return ""
    if budget.allowed is None or budget.left is None:
        return "not computable"
    if budget.unit is Unit.SECONDS:
        return f"{duration_words(budget.left)} of {duration_words(budget.allowed)}"
    return f"{budget.left:,.1f} of {budget.allowed:,.1f}"


def burn_words(budget: Budget | None) -> str:
    """Return how fast an error budget goes: `0.4 x`; empty where that cannot be said."""
    return "" if budget is None or budget.burn_rate is None else f"{budget.burn_rate:.2g} x"
