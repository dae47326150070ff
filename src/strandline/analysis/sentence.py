"""The one sentence of a verdict, with its figures, for a page and an e-mail."""

from strandline.analysis.measurement import ArmCounts
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP
from strandline.vocabulary.verdict import EvidenceGap


def percent(share: float) -> str:
    """A share as a percentage that a person reads: `42.3 %`, `0.018 %`, `0 %`; `100 %` only if it is all."""
    value = 100 * share if share == 1 else min(100 * share, 99.9)
    if value >= 1:
        digits = f"{value:.1f}"
    elif value:
        places = next(place for place in range(2, 20) if round(value, place - 1) or place > 17)  # noqa: PLR2004 - the digits a float has
        digits = f"{value:.{places}f}"
    else:
        digits = "0"
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits} %"


def failed(counts: ArmCounts, whose: str) -> str:
    """`4.1 % of 1,204 canary requests failed`; a share of nothing is said as such."""
    if not counts.requests:
        return f"there were no {whose} requests"
    return f"{percent(counts.errors / counts.requests)} of {counts.requests:,} {whose} requests failed"


def compared(canary: ArmCounts, control: ArmCounts) -> str:
    """Both arms in one clause; the canary alone where the control had nothing."""
    text = failed(canary, "canary")
    if not control.requests:
        return text
    return (
        f"{text} against {percent(control.errors / control.requests)} of {control.requests:,} at the control"
    )


def once_in(alpha_bp: int) -> str:
    """A chance in words: 100 basis points are `once in 100`."""
    return f"once in {ALL_TRAFFIC_BP // alpha_bp:,}"


def harm_shown(canary: ArmCounts, control: ArmCounts, *, alpha_bp: int, ceiling: float | None) -> str:
    """Harm; `ceiling` is given where it was the ceiling that showed it."""
    line = f", with nothing to compare and a ceiling of {percent(ceiling)}" if ceiling is not None else ""
    figures = compared(canary, control)
    return f"Harm shown: {figures}{line}; chance explains that less than {once_in(alpha_bp)} rollouts."


def no_harm_shown(
    canary: ArmCounts, control: ArmCounts, *, alpha_bp: int, margin_percent: int, line: float | None
) -> str:
    """No harm; `line` is given where it was the floor (or the ceiling) that showed it."""
    bad = (
        f"that fails {margin_percent / 100:g} times as often as its control"
        if line is None
        else f"that fails {percent(line)} of its requests"
    )
    figures = compared(canary, control)
    return (
        f"No harm shown: {figures}; a release {bad} looks this good less than {once_in(alpha_bp)} rollouts."
    )


def too_little(canary: ArmCounts, control: ArmCounts, *, more: int | None) -> str:
    """Not enough yet, with a forecast of what would be."""
    start = f"Not enough evidence yet: {compared(canary, control)}"
    if more is None:
        return (
            f"{start}; more requests like these will not show that there is no harm, only different ones can."
        )
    return f"{start}; about {more:,} more canary requests like these would show that there is no harm."


def not_judged(gap: EvidenceGap, *, disturbance: str, share_bp: int, missed: int) -> str:
    """A look that cannot pass, why, and what would end that. `missed` counts the other arm's requests."""
    share = percent(share_bp / ALL_TRAFFIC_BP)
    rest = percent(1 - share_bp / ALL_TRAFFIC_BP)
    if disturbance:
        return f"Not judged: {disturbance}; the next look without a disturbance is judged again."
    match gap:
        case EvidenceGap.NO_DATA:
            return (
                "Not judged: the requests could not be measured; check that the target can read its counters."
            )
        case EvidenceGap.NO_TRAFFIC:
            return (
                "Not judged: no request ended at the canary or at its control; traffic has to arrive first."
            )
        case EvidenceGap.CANARY_SILENT:
            return (
                f"Not judged: the canary had none of the last {missed:,} requests at a share of {share}; "
                "check that it is reachable and that the split is applied."
            )
        case _:
            return (
                f"Not judged: the control had none of the last {missed:,} requests at a share of {rest}; "
                "check that it still runs and that the split is applied."
            )
