"""The power part of a plan: what each guard can see in each stage, with the traffic that there is."""

import math
from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec
import numpy as np

from strandline.analysis.guards import ERRORS, LATENCY, ErrorGuard, LatencyGuard, MetricGuard
from strandline.analysis.measurement import NOTHING, ArmCounts, Look
from strandline.analysis.panel import Series
from strandline.analysis.power import USUAL_POWER, GuardPower, PowerQuestion, guard_power
from strandline.analysis.slow_bounds import QUANTILES
from strandline.analysis.verdict import needed
from strandline.rollout.plan_view import PlanView, StagePowerView
from strandline.rollout.units import duration_text, share_text
from strandline.vocabulary.deployment import PlannedStage, StageKind
from strandline.vocabulary.service import GuardRole, MetricKind, RolloutPolicy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

MOST_STAGES = 6
"""Of a rollout with more stages than this, so many are reckoned, evenly spread."""
_SEED = 20_260_302
"""Any; the same plan gives the same figures."""
_QUANTILES_SHOWN = ("p90", "p99")


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the traffic of a service in an environment."""

    requests_per_second: float | None = None
    base_error_share: float | None = None
    """Share of failed requests at the release that serves, 0 to 1."""
    has_latency: bool = True
    """Whether the target says how long requests take; taken to be so until looks say otherwise."""
    metrics: dict[str, tuple[float, float]] = {}
    """For each metric of counts: its units per second, and the share of them with the event, 0 to 1."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of every stage."""

    traffic: Traffic
    known: tuple[int, ...] = ()
    """What is known of the noise (`NoiseHistory.kept`)."""
    power: float = USUAL_POWER
    """The wanted chance, 0 to 1."""


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event that a guard judges."""

    guard: str
    role: GuardRole
    problem: str = ""
    """Why its power cannot be told; empty if it can."""
    rate: float = 0.0
    base: float = 0.0
    series: Series = Series(margin=1.0)
    series_count: int = 1
    """Among how many series of the guard alpha is shared."""
    known: tuple[int, ...] = ()
    blind_requests: int = 0


def traffic_of(looks: Iterable[Look]) -> Traffic:
    """Return the traffic that these looks saw; nothing is known from none."""
    seconds, has_latency = 0.0, False
    everyone, control, alone = NOTHING, NOTHING, NOTHING
    metrics: dict[str, tuple[float, ArmCounts, ArmCounts]] = {}
    for look in looks:
        if look.disturbance or look.canary is None or look.watched_ms <= 0:
            continue
        if look.has_control and look.control is None:
            continue
        watched = look.watched_ms / 1000
        seconds += watched
        has_latency = has_latency or bool(look.canary_latency or look.control_latency)
        everyone += look.canary + (look.control or NOTHING)
        if look.has_control:
            control += look.control or NOTHING
        else:
            alone += look.canary
        for each in look.metrics:
            if each.canary is not None and each.control is not None:
                before, both, other = metrics.get(each.name, (0.0, NOTHING, NOTHING))
                metrics[each.name] = (
                    before + watched,
                    both + each.canary + each.control,
                    other + each.control,
                )
    if not seconds:
        return Traffic()
    usual = control if control.requests else alone
    return Traffic(
        requests_per_second=everyone.requests / seconds,
        base_error_share=usual.errors / usual.requests if usual.requests else None,
        has_latency=has_latency,
        metrics={
            name: (both.requests / watched, other.errors / other.requests)
            for name, (watched, both, other) in metrics.items()
            if other.requests
        },
    )


def power_of(plan: PlanView, question: Question) -> tuple[tuple[StagePowerView, ...], str]:
    """Return what each guard can see in each stage, and what was left out, in words.

    Nothing is reckoned where the traffic is not known.
    """
    if question.traffic.requests_per_second is None:
        return (), ""
    judged = [place for place, stage in enumerate(plan.stages) if stage.kind is not StageKind.TESTERS]
    chosen = judged
    if len(judged) > MOST_STAGES:
        chosen = [judged[place * (len(judged) - 1) // (MOST_STAGES - 1)] for place in range(MOST_STAGES)]
    rows = list(_rows(plan.policy, question))
    views = tuple(_view(plan, place, row, question) for place in chosen for row in rows)
    note = f"Reckoned for {len(chosen)} of {len(judged)} stages." if len(chosen) < len(judged) else ""
    return views, note


def _rows(policy: RolloutPolicy, question: Question) -> Iterator[_Row]:
    traffic, rate = question.traffic, question.traffic.requests_per_second or 0.0
    base = traffic.base_error_share
    yield _Row(
        guard=ERRORS,
        role=policy.errors.role,
        problem="" if base is not None else "state the usual share of failed requests with --base-errors",
        rate=rate,
        base=base or 0.0,
        series=ErrorGuard(policy.errors).series[0],
        known=question.known,
    )
    if policy.latency is not None:
        guard = LatencyGuard(policy.latency)
        for quantile, series in zip(QUANTILES, guard.series, strict=True):
            if quantile.name in _QUANTILES_SHOWN:
                yield _Row(
                    guard=f"{LATENCY} {quantile.name}",
                    role=guard.role,
                    problem="" if traffic.has_latency else "the target does not say how long requests take",
                    rate=rate,
                    base=round(1 - quantile.share, 6),
                    series=series,
                    series_count=len(guard.series),
                    blind_requests=quantile.requests,
                )
    for each in policy.metrics:
        if each.kind is MetricKind.VALUE:
            yield _Row(guard=each.name, role=each.role, problem="a value has no requests to reckon with")
            continue
        known = traffic.metrics.get(each.name)
        units, share = known or (0.0, 0.0)
        yield _Row(
            guard=each.name,
            role=each.role,
            problem="" if known is not None else "no earlier rollout has measured it",
            rate=units,
            base=share if each.worse.value == "more" else 1 - share,
            series=MetricGuard(each).series[0],
        )


def _view(plan: PlanView, place: int, row: _Row, question: Question) -> StagePowerView:
    stage = plan.stages[place]
    is_awaited = stage.kind is not StageKind.FIRST and _decides(row.role, plan.policy)
    if row.problem:
        return StagePowerView(
            stage=place + 1,
            guard=row.guard,
            role=row.role,
            sees_from="unknown",
            is_awaited=is_awaited,
            what_could=row.problem,
        )
    found = guard_power(_asked(plan, place, row, question), np.random.default_rng((_SEED, place)))
    passes = found.pass_seconds
    return StagePowerView(
        stage=place + 1,
        guard=row.guard,
        role=row.role,
        sees_from=_change(found),
        sees_in=_rounded(found.seconds),
        power_bp=round(found.power * ALL_TRAFFIC_BP),
        exposed_requests=found.exposed_requests,
        passes_in=max(stage.bake, _rounded(passes) or stage.bake) if passes is not None else None,
        pass_power_bp=round(found.pass_power * ALL_TRAFFIC_BP),
        is_awaited=is_awaited,
        can_decide=found.can_decide,
        shortest=_rounded(found.enough_seconds),
        smallest_share_bp=found.enough_share_bp,
        what_could="" if found.can_decide else _what_could(found, row, stage),
    )


def _asked(plan: PlanView, place: int, row: _Row, question: Question) -> PowerQuestion:
    stage, policy = plan.stages[place], plan.policy
    vetoes = max(1, sum(role is not GuardRole.SHADOW for role in _roles(policy)))
    has_control = plan.previous is not None and stage.share_bp < ALL_TRAFFIC_BP
    earlier = [each for each in plan.stages[:place] if each.kind is StageKind.COMPARED]
    before = sum(row.rate * _rest(each) * each.bake.total_seconds() for each in earlier)
    harm, harmless = needed(policy.errors.harm_alpha_bp, guards=vetoes), needed(policy.errors.pass_alpha_bp)
    return PowerQuestion(
        guard=row.guard,
        requests_per_second=row.rate,
        base_share=row.base,
        share_bp=stage.share_bp,
        length_seconds=max(stage.deadline, policy.look_every).total_seconds(),
        look_seconds=policy.look_every.total_seconds(),
        series=row.series,
        harm_log_e=harm / 100 * math.log(10) + math.log(row.series_count),
        pass_log_e=harmless / 100 * math.log(10),
        known=row.known,
        has_control=has_control,
        control_requests_before=0 if has_control else round(before),
        blind_seconds=policy.warm_up.total_seconds() if place == 0 else 0.0,
        blind_requests=0 if earlier else row.blind_requests,
        power=question.power,
    )


def _rest(stage: PlannedStage) -> float:
    return 1 - stage.share_bp / ALL_TRAFFIC_BP


def _roles(policy: RolloutPolicy) -> list[GuardRole]:
    roles = [policy.errors.role, *(each.role for each in policy.metrics)]
    return [*roles, policy.latency.role] if policy.latency is not None else roles


def _decides(role: GuardRole, policy: RolloutPolicy) -> bool:
    """Whether a stage waits for a guard of this role: where none decides, all that are heard do."""
    is_any = GuardRole.DECIDE in _roles(policy)
    return role is GuardRole.DECIDE or (role is GuardRole.VETO and not is_any)


def _change(found: GuardPower) -> str:
    if found.share is None:
        return "nothing"
    share = f"{100 * found.share:.3g} %"
    return f"{found.ratio:g} times as many ({share})" if found.ratio is not None else share


def _what_could(found: GuardPower, row: _Row, stage: PlannedStage) -> str:
    """Say what would make a guard decide."""
    if row.rate <= 0:
        return "there is no traffic"
    ways = []
    longer = _rounded(found.enough_seconds)
    if longer is not None:
        ways.append(f"a deadline of {duration_text(longer)}")
    if found.enough_share_bp is not None:
        ways.append(f"a share of {share_text(found.enough_share_bp)}")
    if ways:
        return " or ".join(ways)
    most = "" if stage.share_bp >= ALL_TRAFFIC_BP // 2 else ", nor half of the traffic"
    return f"no deadline up to a day{most}"


def _rounded(seconds: float | None) -> timedelta | None:
    """Round up to what one would write: seconds, then tens of them, minutes, tens of minutes."""
    if seconds is None:
        return None
    unit = next(unit for limit, unit in _UNITS if seconds <= limit)
    return timedelta(seconds=math.ceil(round(seconds / unit, 6)) * unit)


_UNITS = ((60.0, 1), (600.0, 10), (7200.0, 60), (math.inf, 600))
