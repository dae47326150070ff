"""PipeCD's question "is the canary higher?" for many pairs of series at once, for simulations.

The same answers as `pipecd_analysis.is_acceptable` with HIGH: a test holds the two against each other. A
missing point is NaN. The exact distribution depends on the ties alone, so what it says is remembered per
pattern of ties; where both sides have equally many points it is symmetric, and a U up to its middle cannot
fail.
"""

import numpy as np
from benchmarks.peers.pipecd_analysis import (
    ALPHA,
    EXACT_LIMIT,
    TIED_EXACT_LIMIT,
    Deviation,
    Floats,
    least_failing,
    normal_p,
    tie_sizes,
)
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


def are_failures(experiment: Floats, control: Floats) -> Flags:
    """Which rows count as a failed evaluation: a canary that is higher, or points on one side only."""
    n, m = (~np.isnan(experiment)).sum(axis=1), (~np.isnan(control)).sum(axis=1)
    failed: Flags = (n > 0) != (m > 0)
    u = _u_statistics(experiment, control)
    for row in np.flatnonzero((n > 0) & (m > 0) & ((n != m) | (2 * u > n * m))):
        sides = (side[row][~np.isnan(side[row])] for side in (experiment, control))
        failed[row] = _fails(float(u[row]), int(n[row]), int(m[row]), tie_sizes(*sides))
    return failed


def _u_statistics(experiment: Floats, control: Floats) -> Floats:
    """The statistic of each row, by counting pairs."""
    rows, width = len(experiment), experiment.shape[1] * control.shape[1]
    above = (experiment[:, :, None] > control[:, None, :]).reshape(rows, width)
    level = (experiment[:, :, None] == control[:, None, :]).reshape(rows, width)
    return np.array(
        [np.count_nonzero(a) + 0.5 * np.count_nonzero(b) for a, b in zip(above, level, strict=True)],
        dtype=np.float64,
    )


def _fails(u: float, n: int, m: int, ties: tuple[int, ...]) -> bool:
    """That the test rejects on HIGH."""
    if len(ties) == 1:
        return False
    is_tied = max(ties) > 1
    limit = TIED_EXACT_LIMIT if is_tied else EXACT_LIMIT
    if n <= limit and m <= limit:
        return u >= least_failing(n, m, ties if is_tied else ())
    return normal_p(u, n, m, sum(t**3 - t for t in ties), Deviation.HIGH) <= ALPHA
