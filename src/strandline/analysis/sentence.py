"""The one sentence of a verdict, with its figures, for a page and an e-mail."""

from strandline.analysis.guards import Wording
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


def happened(counts: ArmCounts, whose: str, wording: Wording) -> str:
    """`4.1 % of 1,204 canary requests failed`; a share of nothing is said as such."""
    if not counts.requests:
        return f"there were no {whose} {wording.noun}"
    share = percent(counts.errors / counts.requests)
    return f"{share} of {counts.requests:,} {whose} {wording.noun} {wording.verb}"


def compared(canary: ArmCounts, control: ArmCounts, wording: Wording) -> str:
    """Both arms in one clause; the canary alone where the control had nothing."""
    text = happened(canary, "canary", wording)
    if not control.requests:
        return text
    return (
        f"{text} against {percent(control.errors / control.requests)} of {control.requests:,} at the control"
    )


def once_in(chance: float) -> str:
    """A chance in words, rounded to the cautious side: 0.00024 is `once in 4,100`."""
    times = min(1 / max(chance, 1 / _UNCOUNTABLE), _UNCOUNTABLE) + _NEARLY
    unit = 10 ** max(0, len(str(int(times))) - 2)
    return f"once in {int(times // unit * unit):,}"


_UNCOUNTABLE = 1_000_000_000
_NEARLY = 1e-9


def harm_shown(
    canary: ArmCounts, control: ArmCounts, wording: Wording, *, chance: float, line: float | None
) -> str:
    """Harm; `line` is given where it was a line and no comparison that showed it."""
    limit = f", with nothing to compare and a limit of {percent(line)}" if line is not None else ""
    figures = compared(canary, control, wording)
    once = once_in(chance)
    return f"Harm shown: {figures}{limit}; a harmless release looks like this less than {once} rollouts."


def no_harm_shown(
    canary: ArmCounts,
    control: ArmCounts,
    wording: Wording,
    *,
    chance: float,
    margin: float,
    line: float | None,
) -> str:
    """No harm; `line` is given where it was the floor (or a limit) that showed it."""
    bad = (
        f"that {wording.does} {margin:g} times as often as its control"
        if line is None
        else f"that {wording.does} in {percent(line)} of its {wording.noun}"
    )
    figures = compared(canary, control, wording)
    return f"No harm shown: {figures}; a release {bad} looks this good less than {once_in(chance)} rollouts."


def too_little(canary: ArmCounts, control: ArmCounts, wording: Wording, *, more: int | None) -> str:
    """Not enough yet, with a forecast of what would be."""
    start = f"Not enough evidence yet: {compared(canary, control, wording)}"
    if more is None:
        return f"{start}; requests like these do not show yet that there is no harm."
    return f"{start}; about {more:,} more canary requests like these would show that there is no harm."


def too_slow(
    canary: ArmCounts, control: ArmCounts, wording: Wording, *, more: int, needs: str, left: str
) -> str:
    """Not enough, and at this traffic not in time either."""
    start = f"Cannot be judged in time: {compared(canary, control, wording)}"
    return (
        f"{start}; about {more:,} more canary requests are needed, about {needs} at this traffic, and "
        f"the deadline is in {left}. A larger share or a later deadline would do."
    )


def value_compared(guard: str, canary: float, control: float) -> str:
    """Both means of a bounded value, in percent of its range."""
    here, there = percent(canary), percent(control)
    return f"“{guard}” was {here} of its range at the canary against {there} at the control"


def not_judged(gap: EvidenceGap, *, disturbance: str, share_bp: int, missed: int) -> str:
    """A look that cannot pass, why, and what would end that. `missed` counts the other arm's requests."""
    share = percent(share_bp / ALL_TRAFFIC_BP)
    rest = percent(1 - share_bp / ALL_TRAFFIC_BP)
    if disturbance:
        return f"Not judged: {disturbance}; the next look without a disturbance is judged again."
    match gap:
        case EvidenceGap.COLD_START:
            return "Not judged: the release has only just begun to serve; its first requests do not count."
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


def split_wrong(canary: int, control: int, *, share_bp: int) -> str:
    """The requests are not split as was ordered."""
    ordered = percent(share_bp / ALL_TRAFFIC_BP)
    got = percent(canary / max(canary + control, 1))
    return (
        f"Not judged: the canary got {got} of {canary + control:,} requests, and {ordered} was ordered; "
        "something else than the split decides who reaches it. Check the router, retries and health checks."
    )


def instance_fault(instance: str, bad: ArmCounts, siblings: ArmCounts) -> str:
    """One instance is bad, and its siblings are not."""
    here = percent(bad.errors / max(bad.requests, 1))
    there = percent(siblings.errors / max(siblings.requests, 1))
    return (
        f"A bad instance, not a bad release: {instance} failed {here} of {bad.requests:,} requests, its "
        f"siblings {there} of {siblings.requests:,}. It is replaced, and the release is judged without it."
    )


def source_silent(guard: str, problem: str) -> str:
    """A guard whose source does not say what it should."""
    return f"Guard “{guard}” not judged: {problem}."


def duration(seconds: float) -> str:
    """A time in its largest unit: `45 s`, `3 min`, `2.5 h`."""
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < 2 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{seconds / _HOUR:.1f} h" if seconds < 2 * _DAY else f"{round(seconds / _DAY)} days"


_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
