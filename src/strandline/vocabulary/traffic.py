"""Where traffic goes, and what a target says about its arms.

A *weight* is a share of the traffic in basis points. The *stable* release is the one that serves; the
*canary* is the one that is being rolled out.
"""

from datetime import datetime

import msgspec

ALL_TRAFFIC_BP = 10_000


class InstanceCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one instance of an arm did, since its own counters began."""

    instance: str
    """Its name. An instance that is started anew has a new one, or counts from 0 again."""
    requests: int
    errors: int


class MetricState(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a metrics source said of one guard's metric at one moment, arm by arm.

    Counts are cumulative: events among a total, since the source's counters began. A value is one reading of
    a bounded metric, in millionths of its stated range. What the source did not say is `None`.
    """

    name: str
    """The guard's."""
    canary_events: int | None = None
    canary_total: int | None = None
    control_events: int | None = None
    control_total: int | None = None
    canary_value_ppm: int | None = None
    control_value_ppm: int | None = None
    problem: str = ""
    """Why it is missing or partial, in words; empty where the source answered in full."""


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
    """Requests by how long they took, since `epoch`: (upper bound of the bucket in milliseconds, requests in
    this bucket alone), bounds rising; `None` is infinity. Empty where the target has no histogram."""
    instances: tuple[InstanceCounts, ...] = ()
    """The same requests, instance by instance; empty where the target cannot tell."""


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
    metrics: tuple[MetricState, ...] = ()
    """What metrics sources said at this moment, one for each guard on a metric of one's own."""
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
