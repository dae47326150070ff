"""From which time on a request counts as slow: the control's own quantiles, fixed once and kept.

Latency is judged as counts of requests slower than a bound, so the counts' e-process serves it: shared load
cancels, and a slow tail is as visible as a shifted body. The bounds are the control's median, 90th, 95th,
99th and 99.9th percentile, each fixed from the control's first requests of the rollout as soon as it had
enough of them. Looks up to then do not count for that bound, so a bound never depends on what it judges.
"""

from dataclasses import dataclass

from strandline.analysis.measurement import Buckets


@dataclass(frozen=True)
class Quantile:
    """One quantile whose bound is used."""

    name: str
    share: float
    """The share of requests that are faster."""
    requests: int
    """How many requests of the control it takes to fix the bound."""


QUANTILES = (
    Quantile("p50", 0.5, 100),
    Quantile("p90", 0.9, 100),
    Quantile("p95", 0.95, 200),
    Quantile("p99", 0.99, 400),
    Quantile("p99.9", 0.999, 2000),
)


class SlowBounds:
    """Fixes the bounds, and counts requests beyond them."""

    def __init__(self) -> None:
        self._seen: dict[int | None, int] = {}
        self.bounds_ms: list[int | None] = [None] * len(QUANTILES)
        """The bounds in milliseconds, in the order of `QUANTILES`; `None` until fixed."""

    def slower(self, arm: Buckets) -> list[int]:
        """Return how many requests of a look were slower than each bound; 0 where none is fixed."""
        return [
            sum(count for upper, count in arm if upper is None or upper > bound) if bound is not None else 0
            for bound in self.bounds_ms
        ]

    def learn(self, control: Buckets) -> None:
        """Take in the control's requests of a look that has been counted already."""
        if None not in self.bounds_ms:
            return
        for upper, count in control:
            self._seen[upper] = self._seen.get(upper, 0) + count
        total = sum(self._seen.values())
        for place, quantile in enumerate(QUANTILES):
            if self.bounds_ms[place] is None and total >= quantile.requests:
                self.bounds_ms[place] = self._bound(quantile.share, total)

    def _bound(self, share: float, total: int) -> int | None:
        """Return the upper bound of the bucket in which the quantile lies."""
        reached = 0
        finite = sorted(upper for upper in self._seen if upper is not None)
        for upper in finite:
            reached += self._seen[upper]
            if reached >= share * total:
                return upper
        return finite[-1] if finite else None
