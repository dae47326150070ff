"""What control-against-control looks say about the noise between two groups that run the same release.

Whatever differs between two halves of the control is noise and nothing else. Its looks multiply the
likelihood of each noise, before the first look at a canary; then noises that the history speaks against have
to be made up for by the rollout's own looks before they can explain anything away. This costs no part of
alpha: history and rollout together are one record, whose likelihood under a noise is the product of both, and
the e-process of `noisy_ratio` is one over the whole record.

A guard without any history begins with `rarity`. History is worth what it resembles: looks of about the same
length, groups of about the same number of instances.
"""

from collections.abc import Sequence

import numpy as np

from strandline.analysis.logarithms import Floats
from strandline.analysis.measurement import Look
from strandline.analysis.noise import NOISES, rarity
from strandline.analysis.noisy_ratio import AT_ONCE, NoisyRatio

_PARTS = 1000
_TWO = 2


class NoiseHistory:
    """Learns the noise of several series (or simulated services) side by side.

    Args:
        known: what was kept of an earlier history (`kept`); empty if nothing was.
        runs: how many.
    """

    def __init__(self, known: Sequence[int] = (), *, runs: int = 1) -> None:
        begin = [each / _PARTS for each in known] or [rarity(noise) for noise in NOISES]
        prior = np.tile(np.array(begin), (runs, 1))
        self._filter = NoisyRatio(1.0, (2.0,), (1.0,), noises=NOISES, onset=AT_ONCE, history=prior, runs=runs)
        self.looks = 0
        """How many looks were taken in."""

    def look(self, first_events: Floats, first: Floats, second_events: Floats, second: Floats) -> None:
        """Take in one look at two groups that run the same release: events and requests of each."""
        self.looks += 1
        self._filter.look(first_events, first, second_events, second)

    def halves(self, look: Look) -> None:
        """Take in a look's control, cut into two halves by instance; nothing where it has only one.

        The noise between two halves is that between two groups of half the size: no less than that between
        the whole control and a canary of half the control's size or more.
        """
        if look.disturbance or len(look.control_instances) < _TWO:
            return
        ordered = sorted(look.control_instances, key=lambda each: each.instance)
        first, second = ordered[0::2], ordered[1::2]
        self.look(
            np.array([float(sum(min(each.errors, each.requests) for each in first))]),
            np.array([float(sum(each.requests for each in first))]),
            np.array([float(sum(min(each.errors, each.requests) for each in second))]),
            np.array([float(sum(each.requests for each in second))]),
        )

    @property
    def kept(self) -> tuple[int, ...]:
        """What to keep of a history, in thousandths, of the first run."""
        return tuple(round(float(each) * _PARTS) for each in self.log_likelihoods[0])

    @property
    def log_likelihoods(self) -> Floats:
        """What the noises' log likelihoods are by now, the largest of each run 0; shape (runs, noises)."""
        logs = self._filter.log_nulls
        result: Floats = logs - logs.max(axis=1, keepdims=True)
        return result


def without_history(*, runs: int = 1) -> Floats:
    """Return what the noises begin with where nothing is known."""
    return NoiseHistory(runs=runs).log_likelihoods
