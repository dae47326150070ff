"""Noise between two arms that is nobody's fault: their rates differ a little, from look to look.

Two groups of instances are never quite alike: caches, neighbours, hosts, users. The model: in each look the
logarithm of the ratio of the arms' rates is moved by a normal number of standard deviation `spread`; from
one look to the next it keeps `persistence` of itself (an autoregression of order one). No noise at all is
`NONE`. Which noise a service has, nobody knows beforehand: a test names the noises that it stands up to, and
is valid under every one of them (`noisy_ratio`). Which of them can be left out, control-against-control
history says (`noise_history`).

Source: random effects on a log rate, as in generalised linear mixed models (Breslow & Clayton 1993); the set
below is our own, and its figures are in benchmarks/results/verdicts.md.
"""

import msgspec


class Noise(msgspec.Struct, frozen=True, order=True):
    """One kind of noise between two arms."""

    spread: float = 0.0
    """Standard deviation of the logarithm of the ratio of rates, within one look."""
    persistence: float = 0.0
    """Correlation from one look to the next, from 0 (fresh in every look) to below 1."""


NONE = Noise()
NOISES = (
    NONE,
    *(Noise(spread, 0.0) for spread in (0.1, 0.2, 0.35, 0.6, 1.0, 1.4)),
    *(Noise(spread, 0.8) for spread in (0.25, 0.45)),
    *(Noise(spread, 0.95) for spread in (0.25, 0.45)),
)
"""Every noise that a verdict stands up to."""


def rarity(noise: Noise) -> float:
    """Log likelihood that a noise begins with, before any history: noise that lasts is rarer than other.

    Under a noise that begins with `-a`, the chance of a false alarm is at most `e^a` times alpha until
    history speaks; how often it really comes to that is measured (benchmarks/results/verdicts.md).
    """
    return {0.0: 0.0, 0.8: -1.0}.get(noise.persistence, -2.3)
