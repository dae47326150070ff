"""A mixture of bets against one hypothesis: the arithmetic that every e-process here shares.

A *bet* multiplies its stake, at each look, by a factor whose expectation is at most 1 while the hypothesis is
true. The stakes add up to 1 at the beginning, so the sum of what they became is an e-process: by Ville's
inequality it ever reaches 1/alpha with a probability of at most alpha, however often one looks.

Stakes may be held back and placed later, when a new stage begins: a fault that shows only under a larger
share then meets a stake that the good stages before have not eaten. The m-th beginning gets 1/2, 1/4, 1/12,
1/24 … of the whole (1/(2 m (m - 1)) from the second on), which adds up to 1. What is not placed yet counts
as it is.
"""

import math
from collections.abc import Sequence

_NOTHING = -math.inf


def log_sum(logs: Sequence[float]) -> float:
    """The logarithm of a sum, from the logarithms of its terms; minus infinity for an empty sum."""
    largest = max(logs, default=_NOTHING)
    if largest == _NOTHING:
        return _NOTHING
    return largest + math.log(math.fsum(math.exp(term - largest) for term in logs))


class Mixture:
    """Stakes on several alternatives, in natural logarithms.

    Args:
        weights: what part of each stake goes on which alternative; positive, adding up to 1.
        holds_back: place half at the first beginning and keep the rest for later ones; otherwise all.
    """

    def __init__(self, weights: Sequence[float], *, holds_back: bool = False) -> None:
        self._log_weights = tuple(math.log(weight) for weight in weights)
        self._log_stakes = [_NOTHING] * len(self._log_weights)
        self._log_kept = 0.0
        self._beginnings = 0
        self._holds_back = holds_back

    def begin(self) -> None:
        """Place the next stake; before the factors of the look that it is to meet."""
        self._beginnings += 1
        count = self._beginnings
        if not self._holds_back:
            placed, self._log_kept = (0.0, _NOTHING) if count == 1 else (_NOTHING, _NOTHING)
        else:
            placed = -math.log(2 if count == 1 else 2 * count * (count - 1))
            self._log_kept = -math.log(2 * count)
        self._log_stakes = [
            log_sum((stake, placed + weight))
            for stake, weight in zip(self._log_stakes, self._log_weights, strict=True)
        ]

    def multiply(self, log_factors: Sequence[float]) -> None:
        """Let every placed stake meet its factor of one look. Minus infinity loses it for good."""
        self._log_stakes = [
            stake + factor for stake, factor in zip(self._log_stakes, log_factors, strict=True)
        ]

    @property
    def log_e(self) -> float:
        """The natural logarithm of the e-value so far."""
        return log_sum((self._log_kept, *self._log_stakes))

    def log_e_if(self, times: float) -> float:
        """What `log_e` becomes once everything seen so far has happened `times` times, in equal parts.

        A forecast, for a mixture that holds nothing back: each stake's gains grow in proportion.
        """
        return log_sum(
            [
                weight + (stake - weight) * times
                for stake, weight in zip(self._log_stakes, self._log_weights, strict=True)
            ]
        )


def log_average(*logs: float) -> float:
    """The mean of e-values, itself an e-value, however they depend on each other."""
    return log_sum(logs) - math.log(len(logs))
