"""A target in memory, with as much traffic and as many troubles as a test asks for.

The `SimulatedWorld` is what outlives a control plane: hand the same world to new `SimulatedTargets` to
pretend a restart. Requests arrive as its clock passes, in numbers drawn from a generator that each place
(service and environment) has for itself; so a seed gives the same counts whatever else runs.
"""

import threading
import zlib
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError, UnavailableError
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Environment, LocalTargetPolicy, Service
from strandline.vocabulary.traffic import (
    ALL_TRAFFIC_BP,
    ArmState,
    InstanceCounts,
    InstanceLoss,
    Shifted,
    TrafficState,
)

_DEFAULT_INSTANCES = 1
_FAST_MS, _SLOW_MS = 20, 500


@dataclass(frozen=True, kw_only=True)
class Move:
    """Something that a target was told to do, in the order in which it was told."""

    verb: str
    """`prepare`, `shift`, `promote`, `restore`, `replace`, `retire` or `stop`."""
    place: str
    """`service/environment`."""
    digest: str = ""
    weight_bp: int = 0
    operation: str = ""


@dataclass
class _Arm:
    release: Release
    instances: int
    requests: int = 0
    errors: int = 0
    lost: int = 0
    started: int = 0
    """Instances that were ever started."""
    served: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Requests and errors by instance, of those that run."""
    slow: int = 0
    """Requests that took long."""

    def resize(self, instances: int) -> None:
        """Start or stop instances."""
        self.instances = instances
        while len(self.served) < instances:
            self.started += 1
            self.served[f"{self.release.short_digest}-{self.started}"] = (0, 0)
        for name in list(self.served)[instances:]:
            del self.served[name]

    def replace(self, instance: str) -> None:
        """Stop one instance and start another, unless it is gone already."""
        if self.served.pop(instance, None) is not None:
            self.resize(self.instances)


@dataclass
class _Place:
    """One service in one environment, as it really is."""

    name: str
    draw: np.random.Generator
    detail: np.random.Generator
    """For what happens within an arm, so that it does not change how many requests there are."""
    counted_at: timedelta
    arms: dict[str, _Arm] = field(default_factory=dict)
    stable: str = ""
    canary: str = ""
    weight_bp: int = 0
    version: int = 0
    epoch: int = 1
    losses: list[InstanceLoss] = field(default_factory=list)
    disturbances: list[str] = field(default_factory=list)


class SimulatedWorld:
    """Everything outside: what runs, where traffic goes, and how releases behave.

    Attributes:
        error_rate: share of requests that fail, 0 to 1, by digest or version; 0 where none is given.
        requests_per_second: how many arrive at each place that serves; drawn as a Poisson number.
        slow_share: share of requests that take long, by digest or version; 0 where none is given.
        bad_instance: share of requests that fail at the first instance of a release (digest or version),
            until it is replaced or lost; on top of `error_rate`.
        never_ready: digests or versions whose instances do not become ready.
        unusable: digests or versions that `check` finds unfit to run.
        unavailable: places (`service/environment`) whose target does not answer.
        moves: all that targets were told to do.
    """

    def __init__(self, seed: int, clock: Clock) -> None:
        self.error_rate: dict[str, float] = {}
        self.slow_share: dict[str, float] = {}
        self.bad_instance: dict[str, float] = {}
        self.requests_per_second = 100.0
        self.never_ready: set[str] = set()
        self.unusable: set[str] = set()
        self.unavailable: set[str] = set()
        self.moves: list[Move] = []
        self.lock = threading.RLock()
        self.clock = clock
        self._seed = seed
        self._places: dict[str, _Place] = {}

    def lose_instance(self, place: str, release: str, *, how: str = "killed by signal 9") -> None:
        """Let an instance of a release (digest or version) end; the next observation names it.

        Another one runs in its place at once, under a new name.
        """
        with self.lock:
            there = self.place(place)
            arm = next(arm for arm in there.arms.values() if release in _names(arm.release))
            arm.lost += 1
            instance = next(iter(arm.served))
            arm.replace(instance)
            loss = InstanceLoss(digest=arm.release.digest, instance=instance, how=how, count=arm.lost)
            there.losses.append(loss)

    def restart_router(self, place: str) -> None:
        """Let the traffic router end and come back: counts begin anew, in another epoch."""
        with self.lock:
            there = self.place(place)
            self.arrive(there)
            there.epoch += 1
            there.disturbances.append("the traffic router was killed by signal 9 and was started again")
            for arm in there.arms.values():
                arm.requests = arm.errors = arm.slow = 0
                arm.served = dict.fromkeys(arm.served, (0, 0))

    def disturb(self, place: str, what: str) -> None:
        """Let the next observation report a disturbance."""
        with self.lock:
            self.place(place).disturbances.append(what)

    def place(self, name: str) -> _Place:
        """Return what there is of a service in an environment (`service/environment`)."""
        with self.lock:
            if name not in self._places:
                # A generator of its own, so that what happens elsewhere does not change its numbers.
                draw = np.random.default_rng([self._seed, zlib.crc32(name.encode())])
                detail = np.random.default_rng([self._seed, zlib.crc32(name.encode()), 1])
                self._places[name] = _Place(
                    name=name, draw=draw, detail=detail, counted_at=self.clock.steady()
                )
            return self._places[name]

    def arrive(self, there: _Place) -> None:
        """Let the requests arrive that came since the last count, by the split that was in force."""
        now = self.clock.steady()
        elapsed, there.counted_at = max(now - there.counted_at, timedelta()), now
        arms = [(digest, share) for digest, share in _shares(there) if share]
        if not arms:
            return
        left = int(there.draw.poisson(self.requests_per_second * elapsed.total_seconds()))
        left_bp = sum(share for _, share in arms)
        for digest, share in arms:
            arm = there.arms[digest]
            requests = int(there.draw.binomial(left, share / left_bp))
            left, left_bp = left - requests, left_bp - share
            arm.requests += requests
            errors = int(there.draw.binomial(requests, self.error_rate_of(arm.release)))
            arm.errors += errors + self._serve(there.detail, arm, requests, errors)
            arm.slow += int(there.detail.binomial(requests, _of(self.slow_share, arm.release)))

    def _serve(self, draw: np.random.Generator, arm: _Arm, requests: int, errors: int) -> int:
        """Share requests and errors out among an arm's instances; return how many more a bad one fails."""
        names = list(arm.served)
        if not names:
            return 0
        each = draw.multinomial(requests, [1 / len(names)] * len(names))
        failing = draw.multivariate_hypergeometric(each, errors) if errors else [0] * len(names)
        more = 0
        for name, asked, failed in zip(names, each, failing, strict=True):
            is_bad = name == f"{arm.release.short_digest}-1"
            chance = _of(self.bad_instance, arm.release) if is_bad else 0.0
            extra = int(draw.binomial(asked - failed, chance))
            before = arm.served[name]
            arm.served[name] = (before[0] + int(asked), before[1] + int(failed) + extra)
            more += extra
        return more

    def error_rate_of(self, release: Release) -> float:
        """Return the share of this release's requests that fail."""
        return _of(self.error_rate, release)


class SimulatedTarget:
    """One service in one environment of a simulated world."""

    def __init__(self, world: SimulatedWorld, service: Service, environment: Environment) -> None:
        self._world = world
        self._name = f"{service.name}/{environment.name}"
        policy = environment.target
        self._instances = policy.instances if isinstance(policy, LocalTargetPolicy) else _DEFAULT_INSTANCES

    def check(self, release: Release) -> None:
        """See the port."""
        if self._world.unusable & _names(release):
            what = f"Release {release.version} lacks the command that starts it."
            raise BadInputError(what, where=self._name, remedy="Correct the release.")

    async def prepare(self, release: Release, *, instances: int | None, operation: str) -> None:
        """See the port; who is never ready is refused at once, without waiting."""
        with self._world.lock:
            there = self._there(
                Move(verb="prepare", place=self._name, digest=release.digest, operation=operation)
            )
            if self._world.never_ready & _names(release):
                what = f"Release {release.version} did not become ready. It wrote nothing."
                raise RefusedError(what, where=self._name, remedy="Repair the release.")
            arm = there.arms.setdefault(release.digest, _Arm(release=release, instances=0))
            arm.resize(self._instances if instances is None else instances)
            if release.digest != there.stable and not there.weight_bp:
                there.canary = release.digest

    async def shift(self, canary: Release, weight_bp: int, *, operation: str) -> Shifted:
        """See the port."""
        with self._world.lock:
            move = Move(
                verb="shift", place=self._name, digest=canary.digest, weight_bp=weight_bp, operation=operation
            )
            there = self._there(move)
            self._refuse_unprepared(there, canary)
            if not 0 <= weight_bp <= ALL_TRAFFIC_BP:
                what = f"{weight_bp} basis points are no share of the traffic."
                raise BadInputError(what, where=self._name, remedy="Give 0 to 10,000.")
            if canary.digest == there.stable:
                what = f"Release {canary.version} is the stable one."
                raise RefusedError(what, where=self._name, remedy="Shift to another release.")
            if not there.stable and weight_bp not in {0, ALL_TRAFFIC_BP}:
                what = "There is no stable release that could take the rest of the traffic."
                raise RefusedError(what, where=self._name, remedy="Shift all or nothing.")
            return self._moved(there, there.stable, canary.digest, weight_bp)

    async def promote(self, release: Release, *, operation: str) -> Shifted:
        """See the port."""
        with self._world.lock:
            there = self._there(
                Move(verb="promote", place=self._name, digest=release.digest, operation=operation)
            )
            self._refuse_unprepared(there, release)
            canary = "" if there.canary == release.digest else there.canary
            moved = self._moved(there, release.digest, canary, 0)
            return Shifted(weight_bp=ALL_TRAFFIC_BP, version=moved.version, took_ms=moved.took_ms)

    async def restore(self, *, operation: str) -> Shifted:
        """See the port."""
        with self._world.lock:
            there = self._there(Move(verb="restore", place=self._name, operation=operation))
            return self._moved(there, there.stable, there.canary, 0)

    async def replace(self, digest: str, instance: str, *, operation: str) -> None:
        """See the port."""
        with self._world.lock:
            there = self._there(Move(verb="replace", place=self._name, digest=digest, operation=operation))
            if digest not in there.arms:
                what = f"Release {digest[:12]} does not run here."
                raise NotFoundError(what, where=self._name, remedy="Prepare it first.")
            there.arms[digest].replace(instance)

    async def retire(self, digest: str, *, operation: str) -> None:
        """See the port."""
        with self._world.lock:
            there = self._there(Move(verb="retire", place=self._name, digest=digest, operation=operation))
            if digest not in there.arms:
                return
            if digest == there.stable or (digest == there.canary and there.weight_bp):
                what = f"Release {there.arms[digest].release.version} has traffic; it cannot be stopped."
                raise RefusedError(what, where=self._name, remedy="Promote or restore another one first.")
            there.canary = "" if there.canary == digest else there.canary
            del there.arms[digest]

    async def observe(self) -> TrafficState:
        """See the port."""
        with self._world.lock:
            there = self._there()
            state = self._state(there)
            there.losses.clear()
            there.disturbances.clear()
            return state

    async def inspect(self) -> TrafficState:
        """See the port."""
        with self._world.lock:
            return self._state(self._there())

    async def stop(self) -> None:
        """See the port."""
        with self._world.lock:
            there = self._there(Move(verb="stop", place=self._name))
            there.arms.clear()
            there.losses.clear()
            there.disturbances.clear()
            there.stable = there.canary = ""
            there.weight_bp = 0
            there.epoch += 1

    def _there(self, move: Move | None = None) -> _Place:
        if self._name in self._world.unavailable:
            what = "The target does not answer."
            raise UnavailableError(what, where=self._name, remedy="Try again later.")
        if move is not None:
            self._world.moves.append(move)
        there = self._world.place(self._name)
        self._world.arrive(there)
        return there

    def _refuse_unprepared(self, there: _Place, release: Release) -> None:
        arm = there.arms.get(release.digest)
        if arm is None or arm.instances < 1:
            what = f"Release {release.version} has no ready instance."
            raise RefusedError(what, where=self._name, remedy="Prepare it first.")

    def _moved(self, there: _Place, stable: str, canary: str, weight_bp: int) -> Shifted:
        if (there.stable, there.canary, there.weight_bp) != (stable, canary, weight_bp):
            there.stable, there.canary, there.weight_bp = stable, canary, weight_bp
            there.version += 1
        return Shifted(weight_bp=weight_bp, version=str(there.version), took_ms=0)

    def _state(self, there: _Place) -> TrafficState:
        return TrafficState(
            observed_at=self._world.clock.now(),
            epoch=str(there.epoch) if there.arms else "",
            stable=_arm_state(there, there.stable),
            canary=_arm_state(there, there.canary),
            disturbances=tuple(there.disturbances),
            losses=tuple(there.losses),
            is_measured=bool(there.arms),
        )


class SimulatedTargets:
    """The targets of a simulated world."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._targets: dict[tuple[str, str], SimulatedTarget] = {}

    def of(self, service: Service, environment: Environment) -> SimulatedTarget:
        """Return the target, the same one for the same service and environment."""
        key = (service.name, environment.name)
        return self._targets.setdefault(key, SimulatedTarget(self._world, service, environment))


def _of(shares: dict[str, float], release: Release) -> float:
    return next((shares[name] for name in _names(release) if name in shares), 0.0)


def _names(release: Release) -> set[str]:
    return {release.digest, release.version}


def _shares(there: _Place) -> tuple[tuple[str, int], ...]:
    """Return the canary first: what it draws, the stable release does not get."""
    shares = ((there.canary, there.weight_bp), (there.stable, ALL_TRAFFIC_BP - there.weight_bp))
    return tuple((digest, share) for digest, share in shares if digest)


def _arm_state(there: _Place, digest: str) -> ArmState | None:
    if not digest:
        return None
    arm = there.arms[digest]
    return ArmState(
        digest=digest,
        weight_bp=dict(_shares(there))[digest],
        instances_wanted=arm.instances,
        instances_ready=arm.instances,
        requests=arm.requests,
        errors=arm.errors,
        latency_buckets=((_FAST_MS, arm.requests - arm.slow), (_SLOW_MS, arm.slow)),
        instances=tuple(
            InstanceCounts(instance=name, requests=requests, errors=errors)
            for name, (requests, errors) in arm.served.items()
        ),
    )
