"""What one look saw: the requests that ended between two observations of a target, arm by arm.

A target keeps cumulative counts. A look is their difference, taken only where a difference means something:
the same run of the router, counters that only grew, and nothing that the target itself calls a disturbance.
Where it means nothing, the look says so in words, and no count of it is judged.
"""

import msgspec

from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, ArmState, InstanceCounts, MetricState, TrafficState
from strandline.vocabulary.verdict import EvidenceGap


class ArmCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What one arm did within one look.

    Raises:
        BadInputError: if a count is negative, or more requests failed than ended.
    """

    requests: int
    """Requests that ended."""
    errors: int
    """Those of them that failed: answered 5xx, or not at all."""

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if not 0 <= self.errors <= self.requests:
            msg = f"An arm cannot have {self.errors} failed requests among {self.requests}."
            raise BadInputError(msg, remedy="Correct what counts the requests; errors are part of them.")

    def __add__(self, other: "ArmCounts") -> "ArmCounts":
        """Both together."""
        return ArmCounts(requests=self.requests + other.requests, errors=self.errors + other.errors)


NOTHING = ArmCounts(requests=0, errors=0)


class MetricCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a metric of one's own did within one look."""

    name: str
    """The guard's."""
    canary: ArmCounts | None = None
    """Events among their total; `None` where they were not measured, or for a value."""
    control: ArmCounts | None = None
    canary_value_ppm: int | None = None
    """The value at the end of the look, in millionths of its range; `None` likewise, or for counts."""
    control_value_ppm: int | None = None
    problem: str = ""


Buckets = tuple[tuple[int | None, int], ...]
"""Requests by how long they took: (upper bound in milliseconds, `None` for infinity; requests)."""


class Look(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What one look saw: counts that ended between two observations."""

    share_bp: int
    """The canary's share of the traffic in that time, in basis points."""
    canary: ArmCounts | None = None
    """`None`: not measured."""
    control: ArmCounts | None = None
    """`None`: not measured, or nothing to measure."""
    has_control: bool = True
    """False where there is nothing to compare with by design: all traffic on the canary, first release."""
    disturbance: str = ""
    """Why its counts are not judged; empty when they are."""
    gap: EvidenceGap = EvidenceGap.NONE
    """The name of that reason."""
    watched_ms: int = 0
    """How long it watched."""
    canary_latency: Buckets = ()
    """The canary's requests of this look by how long they took; empty where that is not measured."""
    control_latency: Buckets = ()
    canary_instances: tuple[InstanceCounts, ...] = ()
    """The canary's requests of this look by instance; empty where that is not measured."""
    control_instances: tuple[InstanceCounts, ...] = ()
    metrics: tuple[MetricCounts, ...] = ()


def look_between(
    before: TrafficState,
    after: TrafficState,
    *,
    share_bp: int,
    canary_digest: str,
    control_digest: str,
) -> Look:
    """Take the difference of two observations.

    Args:
        before: the earlier observation.
        after: the later one.
        share_bp: the canary's share of the traffic between the two, in basis points.
        canary_digest: names the release that is judged; it may have become the stable one meanwhile.
        control_digest: names the release it is compared with; empty if there is none.

    Returns:
        The look. An arm that either observation lacks or could not count is `None`. Where the counts cannot
        be subtracted (another epoch, a counter that went backwards) both arms are `None` and
        `disturbance` says why; where the target reported a disturbance the counts are kept for the record.
    """
    has_control = bool(control_digest) and share_bp < ALL_TRAFFIC_BP
    unjudged = Look(share_bp=share_bp, has_control=has_control, gap=EvidenceGap.NO_DATA)
    if not (before.is_measured and after.is_measured):
        return msgspec.structs.replace(unjudged, disturbance="; ".join(after.disturbances))
    if before.epoch != after.epoch:
        reasons = (*after.disturbances, "the traffic router began to count anew")
        return msgspec.structs.replace(
            unjudged, disturbance="; ".join(reasons), gap=EvidenceGap.ARM_RESTARTED
        )
    canary = _Arm(before, after, canary_digest, "canary")
    control = _Arm(before, after, control_digest if has_control else "", "control")
    faults = tuple(fault for fault in (canary.fault, control.fault) if fault)
    disturbance = "; ".join((*after.disturbances, *faults))
    is_missing = canary.counts is None or (has_control and control.counts is None)
    quiet = EvidenceGap.NO_DATA if is_missing else EvidenceGap.NONE
    return Look(
        share_bp=share_bp,
        canary=None if faults else canary.counts,
        control=None if faults else control.counts,
        has_control=has_control,
        disturbance=disturbance,
        gap=EvidenceGap.ARM_RESTARTED if disturbance else quiet,
        canary_latency=canary.latency,
        control_latency=control.latency,
        canary_instances=canary.instances,
        control_instances=control.instances,
        metrics=_metrics(before.metrics, after.metrics),
    )


class _Arm:
    """The difference of two observations of one arm."""

    def __init__(self, before: TrafficState, after: TrafficState, digest: str, name: str) -> None:
        first, last = _state(before, digest, name), _state(after, digest, name)
        self.counts, self.fault = _difference(first, last, name)
        self.latency: Buckets = ()
        self.instances: tuple[InstanceCounts, ...] = ()
        if first is not None and last is not None and self.counts is not None:
            self.latency = _buckets(first.latency_buckets, last.latency_buckets)
            self.instances = _instances(first.instances, last.instances)


def _state(state: TrafficState, digest: str, name: str) -> ArmState | None:
    """Find a release among the two arms; its own place first, for a release rolled out over itself."""
    places = (state.canary, state.stable) if name == "canary" else (state.stable, state.canary)
    return next((arm for arm in places if arm is not None and digest and arm.digest == digest), None)


def _difference(before: ArmState | None, after: ArmState | None, name: str) -> tuple[ArmCounts | None, str]:
    """Subtract one arm's counts; with a reason where the result would be nonsense."""
    if before is None or after is None:
        return None, ""
    if before.requests is None or before.errors is None or after.requests is None or after.errors is None:
        return None, ""
    requests, errors = after.requests - before.requests, after.errors - before.errors
    if requests < 0 or errors < 0:
        return None, f"the counts of the {name} went backwards"
    if errors > requests:
        return None, f"more requests of the {name} failed than ended"
    return ArmCounts(requests=requests, errors=errors), ""


def _buckets(before: Buckets, after: Buckets) -> Buckets:
    """Subtract two histograms; nothing where they do not fit each other."""
    earlier = dict(before)
    found = tuple((bound, count - earlier.pop(bound, 0)) for bound, count in after)
    if any(count < 0 for _, count in found) or any(earlier.values()):
        return ()
    return tuple((bound, count) for bound, count in found if count)


def _instances(
    before: tuple[InstanceCounts, ...], after: tuple[InstanceCounts, ...]
) -> tuple[InstanceCounts, ...]:
    """Subtract instance by instance; one that is new, or began to count anew, counts from 0."""
    earlier = {each.instance: each for each in before}
    return tuple(_since(earlier.get(each.instance), each) for each in after)


def _since(before: InstanceCounts | None, after: InstanceCounts) -> InstanceCounts:
    if before is None or after.requests < before.requests or after.errors < before.errors:
        return after
    requests = after.requests - before.requests
    return InstanceCounts(
        instance=after.instance, requests=requests, errors=min(after.errors - before.errors, requests)
    )


def _metrics(before: tuple[MetricState, ...], after: tuple[MetricState, ...]) -> tuple[MetricCounts, ...]:
    earlier = {each.name: each for each in before}
    return tuple(_metric(earlier.get(each.name), each) for each in after)


def _metric(before: MetricState | None, after: MetricState) -> MetricCounts:
    problem = after.problem
    canary = control = None
    if before is not None:
        canary, lost = _events(
            before.canary_events, before.canary_total, after.canary_events, after.canary_total
        )
        control, gone = _events(
            before.control_events, before.control_total, after.control_events, after.control_total
        )
        problem = problem or lost or gone
    return MetricCounts(
        name=after.name,
        canary=canary,
        control=control,
        canary_value_ppm=after.canary_value_ppm,
        control_value_ppm=after.control_value_ppm,
        problem=problem,
    )


def _events(
    events_before: int | None, total_before: int | None, events_after: int | None, total_after: int | None
) -> tuple[ArmCounts | None, str]:
    if events_before is None or total_before is None or events_after is None or total_after is None:
        return None, ""
    events, total = events_after - events_before, total_after - total_before
    if events < 0 or total < 0:
        return None, "its counters began anew"
    if events > total:
        return None, "it counted more events than what they are part of"
    return ArmCounts(requests=total, errors=events), ""
