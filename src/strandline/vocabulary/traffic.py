"""Where traffic goes, and what a target says about its arms.

A *weight* is a share of the traffic in basis points. The *stable* release is the one that serves; the
*canary* is the one that is being rolled out.
"""

from datetime import datetime

import msgspec

ALL_TRAFFIC_BP = 10_000


class ArmState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One release as the target runs it, with counts since its counters began."""

    digest: str
    weight_bp: int
    instances_wanted: int
    instances_ready: int
    requests: int | None = None
    """Requests that ended, since `epoch`; `None` where the target cannot count."""
    errors: int | None = None
    """Those that failed: answered 5xx, or not at all."""
    latency_buckets: tuple[tuple[int | None, int], ...] = ()
    """Cumulative histogram: (upper bound in milliseconds, requests in this bucket); `None` is infinity."""


class InstanceLoss(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An instance that ended without being told to."""

    digest: str
    instance: str
    how: str
    """In words: `killed by signal 9`, `ended with code 1`."""
    count: int
    """How often instances of this release were lost since it was prepared, this one included."""


class TrafficState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a target says of itself at one moment."""

    observed_at: datetime
    epoch: str
    """Names the run of the traffic router that counted; another epoch means that counts began anew."""
    stable: ArmState | None
    canary: ArmState | None
    disturbances: tuple[str, ...] = ()
    """What happened since the last observation that makes its counts unfit to judge, in words."""
    losses: tuple[InstanceLoss, ...] = ()
    """Instances that were lost since the last observation."""
    is_measured: bool = True
    """False where the counts could not be read; then every count is `None`."""


class Shifted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A confirmed move of traffic."""

    weight_bp: int
    """Share of the canary, as the router itself says it applies it."""
    version: str
    """The router's name for the state it applies."""
    took_ms: int
    """From the order to the router's confirmation."""
