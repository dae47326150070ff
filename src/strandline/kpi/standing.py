"""How far a figure can be trusted: the one place that decides between a value, a grey value and none."""

from strandline.kpi.feeds import Coverage
from strandline.kpi.figure import ENOUGH, LEAST, Status, Value


def standing(
    value: Value,
    *,
    coverage: float | None,
    coverage_of: str,
    of_what: str,
    feeds: tuple[Coverage, ...] = (),
    least: int = LEAST,
) -> tuple[Status, str]:
    """Return the status of a figure, and the reason where it is not simply computed.

    Args:
        value: what was computed.
        coverage: the part, 0 to 1, of what it should be over; `None` where there is no such part.
        coverage_of: what the coverage is of, in words.
        of_what: what the sample is made of, in the plural, such as "deployments".
        feeds: the sources that it relies on; one that is missing makes it not computable.
        least: the smallest sample.
    """
    missing = next((feed for feed in feeds if not feed.is_connected), None)
    if missing is not None:
        remedy = f"Connect a source of {missing.carries}, or import them."
        return Status.NOT_COMPUTABLE, f"No source of {missing.carries} is connected. {remedy}"
    if value.n < least or value.value is None:
        return Status.NOT_COMPUTABLE, _too_little(value, of_what, least)
    silent = next((feed for feed in feeds if feed.share < ENOUGH), None)
    if silent is not None:
        heard = f"{100 * silent.share:.0f} % of the days"
        return Status.LOW_COVERAGE, f"The sources of {silent.carries} were heard on {heard} only."
    if coverage is not None and coverage < ENOUGH:
        return Status.LOW_COVERAGE, f"It is over {100 * coverage:.0f} % of {coverage_of} only."
    return Status.COMPUTED, ""


def _too_little(value: Value, of_what: str, least: int) -> str:
    if value.n == 0:
        return f"There are no {of_what} in this time."
    if value.n < least:
        return f"Only {value.n} {of_what}; at least {least} are needed."
    return f"Too few of the {of_what} are over to say."


def without_value(value: Value, status: Status) -> Value:
    """Return a value as it may be shown: without the number where it is not computable."""
    if status is not Status.NOT_COMPUTABLE:
        return value
    return Value(n=value.n, count=value.count, method=value.method)
