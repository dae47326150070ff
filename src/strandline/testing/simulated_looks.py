"""Simulated rollouts as arrays of counts: what error rates are measured on, in tests and in the benchmark."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_HIGHEST = 0.999


@dataclass(frozen=True, kw_only=True)
class World:
    """One kind of rollout, and everything random about it.

    Noise multiplies each arm's rate in each look by a factor of mean 1, independently for the two arms.
    """

    base: float
    """The control's share of events where nothing else happens."""
    ratio: float = 1.0
    """How many times the control's share the canary's is."""
    requests: float = 2000.0
    """Per look, both arms together, on average (Poisson)."""
    shares: tuple[float, ...] = (0.5,)
    """The canary's share of the requests in each stage; stages are equally long."""
    looks: int = 60
    onset: int = 0
    """The look, from 0, at which the ratio begins."""
    gamma_cv: float = 0.0
    """Coefficient of variation of gamma noise that is fresh in every look."""
    spread: float = 0.0
    """Standard deviation of log-normal noise …"""
    persistence: float = 0.0
    """… and how much of it is kept from look to look."""
    swing: float = 1.0
    """A shared daily swing: the rate goes up and down by this factor over the rollout."""
    incident: float = 1.0
    """A shared incident: for a sixth of the rollout the rate of both arms is this many times the usual."""
    load: float = 1.0
    """How many times as many requests there are at the end as at the beginning."""


@dataclass(frozen=True)
class Counts:
    """Events and requests of both arms; every array has the shape (runs, looks)."""

    canary_events: Floats
    canary: Floats
    control_events: Floats
    control: Floats


def simulate(world: World, *, runs: int, rng: np.random.Generator) -> Counts:
    """Draw so many rollouts."""
    part = np.arange(world.looks) / world.looks
    shares = np.array([world.shares[int(each * len(world.shares))] for each in part])
    requests = rng.poisson(world.requests * (1 + (world.load - 1) * part), (runs, world.looks))
    canary = rng.binomial(requests, shares)
    control = requests - canary
    rate = world.base * world.swing ** np.sin(2 * np.pi * part)
    rate = rate * np.where((part >= 1 / 3) & (part < 1 / 2), world.incident, 1.0)
    effect = np.where(np.arange(world.looks) >= world.onset, world.ratio, 1.0)
    mine = np.minimum(rate * effect * noise(world, runs=runs, rng=rng), _HIGHEST)
    other = np.minimum(rate * noise(world, runs=runs, rng=rng), _HIGHEST)
    return Counts(
        rng.binomial(canary, mine).astype(float),
        canary.astype(float),
        rng.binomial(control, other).astype(float),
        control.astype(float),
    )


def noise(world: World, *, runs: int, rng: np.random.Generator) -> Floats:
    """Draw one arm's factors, shape (runs, looks)."""
    factors = np.ones((runs, world.looks))
    if world.gamma_cv:
        shape = 1 / world.gamma_cv**2
        factors = factors * rng.gamma(shape, 1 / shape, factors.shape)
    if world.spread:
        logs = np.empty(factors.shape)
        fresh = rng.normal(0.0, world.spread, factors.shape)
        logs[:, 0] = fresh[:, 0]
        for look in range(1, world.looks):
            kept = world.persistence * logs[:, look - 1]
            logs[:, look] = kept + np.sqrt(1 - world.persistence**2) * fresh[:, look]
        factors = factors * np.exp(logs - world.spread**2 / 2)
    return factors
