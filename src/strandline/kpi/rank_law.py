"""The exact law of Mann and Whitney's count, by which two stretches of a series are told apart.

Of `n` values before and `m` after, the count `U` is that of the pairs in which the later one is larger. Where
all orders of the values are equally likely, its law follows from counting them (H. B. Mann and D. R. Whitney,
Annals of Mathematical Statistics 18, 1947). Nothing is approximated: in the far tail, where changes are
judged, the normal law would be wrong by orders of magnitude.
"""

from functools import cache

import numpy as np


@cache
def _law(before: int, after: int) -> np.ndarray:
    """Return the probability of each count from 0 to `before * after`."""
    if before == 0 or after == 0:
        return np.ones(1)
    law = np.zeros(before * after + 1)
    # The largest of all values is one of the later ones (then it is larger than all before), or is not.
    later, earlier = _law(before, after - 1), _law(before - 1, after)
    law[before:] += later * (after / (before + after))
    law[: len(earlier)] += earlier * (before / (before + after))
    return law


@cache
def tail(before: int, after: int) -> np.ndarray:
    """Return the probability that the count is at least 0, 1, … `before * after`.

    Args:
        before: how many values there are before, at least one.
        after: how many there are after, at least one.
    """
    return np.cumsum(_law(before, after)[::-1])[::-1]


@cache
def smallest_count(before: int, after: int, probability: float) -> int:
    """Return the smallest count that is reached with at most this probability; one too many for none.

    Args:
        before: how many values there are before, at least one.
        after: how many there are after, at least one.
        probability: 0 to 1.
    """
    return int(np.count_nonzero(tail(before, after) > probability))
