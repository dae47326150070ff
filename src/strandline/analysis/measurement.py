"""What one look saw: the requests that ended between two observations of a target, arm by arm.

A target keeps cumulative counts. A look is their difference, taken only where a difference means something:
the same run of the router, counters that only grew, and nothing that the target itself calls a disturbance.
Where it means nothing, the look says so in words, and no count of it is judged.
"""

import msgspec

from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, ArmState, TrafficState


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
    if not (before.is_measured and after.is_measured):
        disturbance = "; ".join(after.disturbances)
        return Look(share_bp=share_bp, has_control=has_control, disturbance=disturbance)
    if before.epoch != after.epoch:
        reasons = (*after.disturbances, "the traffic router began to count anew")
        return Look(share_bp=share_bp, has_control=has_control, disturbance="; ".join(reasons))
    canary, canary_fault = _difference(
        _arm(before, canary_digest, is_canary=True), _arm(after, canary_digest, is_canary=True), "canary"
    )
    control, control_fault = (
        _difference(_arm(before, control_digest), _arm(after, control_digest), "control")
        if has_control
        else (None, "")
    )
    faults = tuple(fault for fault in (canary_fault, control_fault) if fault)
    return Look(
        share_bp=share_bp,
        canary=None if faults else canary,
        control=None if faults else control,
        has_control=has_control,
        disturbance="; ".join((*after.disturbances, *faults)),
    )


def _arm(state: TrafficState, digest: str, *, is_canary: bool = False) -> ArmState | None:
    """Find a release among the two arms; its own place first, for a release rolled out over itself."""
    places = (state.canary, state.stable) if is_canary else (state.stable, state.canary)
    return next((arm for arm in places if arm is not None and arm.digest == digest), None)


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
