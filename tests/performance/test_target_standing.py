"""How figures stand to their targets, and what is left of error budgets."""

from datetime import timedelta

import pytest

from strandline.kpi.figure import Figure, Status, Unit, Value
from strandline.kpi.intervals import share
from strandline.performance.target_standing import Standing, budget, standing
from strandline.vocabulary.performance import TargetSet


def figure(
    value: Value,
    *,
    kpi: str = "change-fail-rate",
    status: Status = Status.COMPUTED,
    inferred: Value | None = None,
) -> Figure:
    return Figure(
        kpi=kpi, status=status, unit=Unit.SHARE, explicit=value, inferred=inferred, reason="as tested"
    )


def at_most(bound: str, name: str = "change-fail-rate") -> TargetSet:
    return TargetSet(figure=name, owner="ann", at_most=bound)


def at_least(bound: str, name: str = "availability") -> TargetSet:
    return TargetSet(figure=name, owner="ann", at_least=bound)


FAILED = Value(value=0.1, low=0.06, high=0.16, n=100, count=10)


@pytest.mark.parametrize(
    ("target", "stands"),
    [
        (at_most("0.2"), Standing.MET),
        (at_most("0.16"), Standing.MET),
        (at_most("0.12"), Standing.UNDECIDED),
        (at_most("0.08"), Standing.UNDECIDED),
        (at_most("0.05"), Standing.MISSED),
        (at_least("0.05"), Standing.MET),
        (at_least("0.1"), Standing.UNDECIDED),
        (at_least("0.2"), Standing.MISSED),
    ],
    ids=lambda each: f"{each.at_least}..{each.at_most}" if isinstance(each, TargetSet) else each.value,
)
def test_only_a_whole_interval_on_one_side_decides(target: TargetSet, stands: Standing) -> None:
    assert standing(target, figure(FAILED)) is stands


def test_what_is_not_computable_is_neither_met_nor_missed() -> None:
    unknown = figure(Value(n=2), status=Status.NOT_COMPUTABLE)
    assert standing(at_most("1"), unknown) is Standing.NOT_COMPUTABLE


def test_a_grey_figure_decides_nothing() -> None:
    assert standing(at_most("0.5"), figure(FAILED, status=Status.LOW_COVERAGE)) is Standing.UNDECIDED


def test_where_inferred_links_would_decide_otherwise_it_is_undecided() -> None:
    worse = Value(value=0.4, low=0.3, high=0.5, n=100, count=40)
    assert standing(at_most("0.2"), figure(FAILED, inferred=worse)) is Standing.UNDECIDED
    assert standing(at_most("0.6"), figure(FAILED, inferred=worse)) is Standing.MET


def test_a_median_with_an_open_end_cannot_be_below_anything() -> None:
    open_end = figure(Value(value=60.0, low=50.0, n=9), kpi="failed-deployment-recovery-time")
    name = "failed-deployment-recovery-time"
    assert standing(at_most("100", name), open_end) is Standing.UNDECIDED
    assert standing(at_most("40", name), open_end) is Standing.MISSED


@pytest.mark.parametrize(("value", "stands"), [(0.999, Standing.MET), (0.99, Standing.MISSED)])
def test_what_is_measured_whole_is_held_against_the_target_itself(value: float, stands: Standing) -> None:
    measured = figure(Value(value=value, n=1), kpi="availability")
    assert standing(at_least("0.999"), measured) is stands


def test_an_error_budget_of_time_is_what_the_target_leaves_of_the_window() -> None:
    measured = figure(Value(value=0.9995, n=1), kpi="availability")
    found = budget(at_least("0.999"), measured)
    assert found is not None
    assert found.unit is Unit.SECONDS
    assert found.allowed == pytest.approx(timedelta(days=28).total_seconds() / 1000)
    assert found.left == pytest.approx((found.allowed or 0) / 2)
    assert found.burn_rate == pytest.approx(0.5)


def test_an_error_budget_of_deployments_is_counted_in_them() -> None:
    found = budget(at_most("0.05"), figure(FAILED))
    assert found is not None
    assert (found.unit, found.allowed, found.spent) == (Unit.COUNT, 5.0, 10.0)
    assert (found.left, found.burn_rate) == (-5.0, 2.0)


def test_for_a_share_of_what_went_well_the_rest_is_spent() -> None:
    found = budget(
        at_least("0.9", "deployment-success-rate"), figure(share(95, 100), kpi="deployment-success-rate")
    )
    assert found is not None
    assert [found.allowed, found.spent] == pytest.approx([10, 5])


def test_where_nothing_may_fail_there_is_no_burn_rate() -> None:
    found = budget(at_most("0"), figure(FAILED))
    assert found is not None
    assert (found.burn_rate, found.left) == (None, -10.0)


def test_without_a_figure_there_is_no_budget_but_a_reason() -> None:
    found = budget(at_most("0.1"), figure(Value(n=2), status=Status.NOT_COMPUTABLE))
    assert found is not None
    assert (found.allowed, found.spent, found.left, found.burn_rate) == (None, None, None, None)
    assert found.reason == "as tested"


@pytest.mark.parametrize(
    "target",
    [at_most("3600", "change-lead-time"), at_least("0.1"), at_most("0.9", "deployment-success-rate")],
)
def test_a_target_that_leaves_nothing_to_fail_has_no_budget(target: TargetSet) -> None:
    kind = "change-fail-rate" if target.at_least else target.figure
    assert budget(target, figure(FAILED, kpi=kind)) is None
