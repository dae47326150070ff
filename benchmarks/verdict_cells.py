"""The kinds of rollouts that verdicts are measured on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from strandline.testing.simulated_looks import World

LOOK_SECONDS = 10
HOUR = 360
"""Looks of ten seconds."""
USUAL = World(base=0.005)
"""0.5 % of 200 requests a second, half of them the canary's, ten minutes."""


@dataclass(frozen=True)
class Cell:
    """One kind of rollout."""

    number: int
    name: str
    world: World

    @property
    def is_null(self) -> bool:
        """Whether the release is harmless."""
        return self.world.ratio == 1


def hour_before(world: World) -> World:
    """An hour of two groups that run the same release, under the same noise."""
    return replace(world, ratio=1.0, looks=HOUR, shares=(0.5,), onset=0, swing=1.0, incident=1.0, load=1.0)


NULLS = {
    "0.5 %": USUAL,
    "0.5 %, 40 requests a second": replace(USUAL, requests=400.0),
    "0.001 %": World(base=1e-5, requests=200_000),
    "0.1 %": World(base=1e-3),
    "5 %": World(base=0.05),
    "50 %": World(base=0.5),
    "share 5 %": World(base=0.005, shares=(0.05,)),
    "20 requests a look": World(base=0.02, requests=20),
    "overdispersion 1.5 (cv 0.32)": World(base=0.005, gamma_cv=0.32),
    "overdispersion 2.25 (cv 0.5)": World(base=0.005, gamma_cv=0.5),
    "overdispersion 3.5 (cv 0.71)": World(base=0.005, gamma_cv=0.71),
    "log-normal noise 0.65": World(base=0.005, spread=0.65),
    "lasting noise, 0.5": World(base=0.005, spread=0.3, persistence=0.5),
    "lasting noise, 0.8": World(base=0.005, spread=0.3, persistence=0.8),
    "lasting noise, 0.95": World(base=0.005, spread=0.3, persistence=0.95),
    "5 %, overdispersion (cv 0.32)": World(base=0.05, gamma_cv=0.32),
    "5 %, lasting noise, 0.8": World(base=0.05, spread=0.3, persistence=0.8),
    "shared daily swing": World(base=0.005, swing=2.0),
    "shared incident, six times": World(base=0.005, incident=6.0),
    "stages 1/5/25/50 %, load x4": World(base=0.005, shares=(0.01, 0.05, 0.25, 0.5), load=4.0),
}
HARMS = {
    "0.5 % x1.5": replace(USUAL, ratio=1.5),
    "0.5 % x2": replace(USUAL, ratio=2.0),
    "0.5 % x3": replace(USUAL, requests=400.0, ratio=3.0),
    "0.5 % x5": replace(USUAL, requests=200.0, ratio=5.0),
    "0.1 % x2": World(base=1e-3, ratio=2.0),
    "0.1 % x3": World(base=1e-3, ratio=3.0),
    "0.1 % x5": World(base=1e-3, requests=800.0, ratio=5.0),
    "0.001 % x5": World(base=1e-5, requests=200_000, ratio=5.0),
    "5 % x2": World(base=0.05, ratio=2.0, requests=200.0),
    "50 % x1.5": World(base=0.5, ratio=1.5, requests=40.0),
    "share 5 %, x3": World(base=0.005, shares=(0.05,), ratio=3.0),
    "20 requests a look, x5": World(base=0.02, requests=20, ratio=5.0),
    "from the 31st look on, x2": replace(USUAL, ratio=2.0, onset=30),
    "from the 31st look on, x3": replace(USUAL, ratio=3.0, onset=30),
    "from the 31st look on, x5": replace(USUAL, ratio=5.0, onset=30),
    "overdispersion 1.5, x3": World(base=0.005, gamma_cv=0.32, ratio=3.0),
    "overdispersion 3.5, x3": World(base=0.005, gamma_cv=0.71, ratio=3.0),
    "lasting noise 0.8, x3": World(base=0.005, spread=0.3, persistence=0.8, ratio=3.0),
    "shared incident, x3": World(base=0.005, incident=6.0, ratio=3.0),
    "stages 1/5/25/50 %, load x4, x3": World(base=0.005, shares=(0.01, 0.05, 0.25, 0.5), load=4.0, ratio=3.0),
}


def cells() -> Iterator[Cell]:
    """Yield every cell, nulls first."""
    for number, (name, world) in enumerate((*NULLS.items(), *HARMS.items())):
        yield Cell(number, name, world)
