"""The local target: processes of this machine from immutable release folders, behind an Envoy of their own.

What carries traffic (instances, Envoy) are processes that outlive this one; what is wanted of them lies in
a file (`local_state`). Each verb writes down what it wants, then makes it so, and a repeated verb finds it
done. Locks are held for moves only, never while instances start or drain: a restore must not wait for them.

No user's request may fail because of us. So: an instance is told to Envoy when it is ready, and gets
requests when Envoy, too, has found it healthy; routes change only between clusters that are there; an
instance that goes gets nothing new, finishes what it has, and only then is told to end; a request that
meets a dying instance is repeated at another one (`envoy_config`).
"""

import asyncio
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from strandline.adapters import envoy_config, listening, local_instances, processes
from strandline.adapters.envoy import Envoy, Wish
from strandline.adapters.local_instances import command_of, forget_ended
from strandline.adapters.local_observation import observed
from strandline.adapters.local_state import ALIVE, Counted, Memory, Phase, Wanted, WantedRelease
from strandline.adapters.local_upkeep import Upkeep
from strandline.rollout.ports import ReleaseStore
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError, UnavailableError
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Environment, LocalTargetPolicy, Service
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, Shifted, TrafficState

__all__ = ["LocalTarget", "command_of"]

_LINES_SHOWN = 12


class LocalTarget:
    """One service in one environment on this machine."""

    def __init__(
        self,
        service: Service,
        environment: Environment,
        *,
        releases: ReleaseStore,
        folder: Path,
        clock: Clock,
    ) -> None:
        """Describe it; nothing is read or started.

        Raises:
            BadInputError: the environment's target is not a local one, or its address is none.
        """
        policy = environment.target
        self._where = f"{service.name} in {environment.name}"
        if not isinstance(policy, LocalTargetPolicy):
            what = "The target of this environment is not a local one."
            raise BadInputError(what, where=self._where, remedy="Set `kind: local` under its `target`.")
        self._policy = policy
        self._releases = releases
        self._clock = clock
        self._host, self._port = listening.parse_address(policy.listen, where=self._where)
        self._folder = folder.absolute()
        self._memory = Memory(self._folder)
        self._upkeep = Upkeep(
            self._folder / "instances", policy, memory=self._memory, releases=releases, clock=clock
        )
        self._envoy = Envoy(self._folder / "router", node=f"{service.name}.{environment.name}")

    def check(self, release: Release) -> None:
        """Look whether the release is kept, and has the command that starts it; see the port."""
        command_of(release, self._policy, self._releases.folder(release.digest))

    async def prepare(self, release: Release, *, instances: int | None, operation: str) -> None:
        """Have so many ready instances; see the port.

        Unless it is the stable one, and while no other release has a part of the traffic, it becomes the
        canary, with no weight: so testers reach it by the header before anybody else does.
        """
        del operation  # what is wanted is the same for the same arguments
        digest = release.digest
        count = self._policy.instances if instances is None else instances
        await asyncio.to_thread(self.check, release)
        async with self._memory.locked() as read:
            wanted = await self._with_router(read())
            before = wanted.releases.get(digest)
            if count < 1 and wanted.weight_of(digest):
                what = f"Release {release.version} has traffic; it cannot be left without instances."
                raise RefusedError(what, where=self._where, remedy="Move its traffic away first.")
            wanted = wanted.with_release(
                replace(before, instances=count, is_retiring=False)
                if before
                else WantedRelease(release=release, instances=count)
            )
            alive = wanted.of(digest, *ALIVE)
            surplus = frozenset(instance.name for instance in alive[count:])
            wanted = wanted.in_phase(surplus, Phase.DRAINING, self._clock.now())
            wanted = self._memory.write(self._upkeep.with_missing(wanted, digest, Phase.STARTING))
            await self._upkeep.start_all(wanted, digest)
            await self._publish(wanted)
        await self._make_ready(release, before)
        await self._finish_draining(digest)

    async def shift(self, canary: Release, weight_bp: int, *, operation: str) -> Shifted:
        """Give the canary this share; see the port."""
        del operation
        began = self._clock.steady()
        if weight_bp:
            await self._await_one_healthy(canary)
        async with self._memory.locked() as read:
            wanted = await self._with_router(read())
            self._refuse_unprepared(wanted, canary)
            if not 0 <= weight_bp <= ALL_TRAFFIC_BP:
                what = f"{weight_bp} basis points are no share of the traffic."
                raise BadInputError(what, where=self._where, remedy="Give 0 to 10,000.")
            if wanted.stable == canary.digest:
                what = f"Release {canary.version} is the stable one: it has what the canary leaves."
                raise RefusedError(what, where=self._where, remedy="Shift to another release.")
            if not wanted.stable and weight_bp not in {0, ALL_TRAFFIC_BP}:
                what = "There is no stable release that could take the rest of the traffic."
                raise RefusedError(
                    what, where=self._where, remedy="Shift all or nothing to the first release."
                )
            wanted = replace(wanted, canary=canary.digest, canary_weight_bp=weight_bp)
            return await self._move(wanted, began, weight_bp)

    async def promote(self, release: Release, *, operation: str) -> Shifted:
        """Make it the stable one, with all traffic; see the port."""
        del operation
        began = self._clock.steady()
        await self._await_one_healthy(release)
        async with self._memory.locked() as read:
            wanted = await self._with_router(read())
            self._refuse_unprepared(wanted, release)
            canary = "" if wanted.canary == release.digest else wanted.canary
            wanted = replace(wanted, stable=release.digest, canary=canary, canary_weight_bp=0)
            return await self._move(wanted, began, ALL_TRAFFIC_BP)

    async def restore(self, *, operation: str) -> Shifted:
        """Give all traffic to the stable release; the canary stays for testers. See the port.

        It asks for nothing but the router: no release store, no readiness, nobody's permission.
        """
        del operation
        began = self._clock.steady()
        async with self._memory.locked() as read:
            wanted = await self._with_router(read())
            return await self._move(replace(wanted, canary_weight_bp=0), began, 0)

    async def replace(self, digest: str, instance: str, *, operation: str) -> None:
        """Stop one instance and start another in its place; see the port."""
        del operation  # an instance's name is never used again: once it is gone, it was replaced
        async with self._memory.locked() as read:
            wanted = read()
            if digest not in wanted.releases or wanted.releases[digest].is_retiring:
                what = f"Release {digest[:12]} does not run here."
                raise NotFoundError(what, where=self._where, remedy="Prepare it first.")
            before = wanted.releases[digest]
            wanted = await self._with_router(wanted)
            if instance in {it.name for it in wanted.of(digest, *ALIVE)}:
                wanted = wanted.in_phase(frozenset({instance}), Phase.DRAINING, self._clock.now())
                wanted = self._memory.write(self._upkeep.with_missing(wanted, digest, Phase.STARTING))
            # Also where it is gone: whoever drained it may have been killed before the new one was started.
            await self._upkeep.start_all(wanted, digest)
            await self._publish(wanted)
        await self._make_ready(before.release, before)
        await self._finish_draining(digest)

    async def retire(self, digest: str, *, operation: str) -> None:
        """Stop a release that has no traffic; see the port."""
        del operation
        async with self._memory.locked() as read:
            wanted = read()
            found = wanted.releases.get(digest)
            if found is None:
                return
            if wanted.stable == digest or wanted.weight_of(digest):
                what = f"Release {found.release.version} has traffic; it cannot be stopped."
                raise RefusedError(what, where=self._where, remedy="Promote or restore another one first.")
            wanted = await self._with_router(wanted)
            # The routes lose it first, and its instances get nothing new.
            wanted = replace(wanted, canary="" if wanted.canary == digest else wanted.canary)
            wanted = wanted.with_release(replace(found, is_retiring=True, instances=0))
            names = frozenset(instance.name for instance in wanted.of(digest, *ALIVE))
            wanted = self._memory.write(wanted.in_phase(names, Phase.DRAINING, self._clock.now()))
            await self._publish(wanted)
        await self._finish_draining(digest)
        async with self._memory.locked() as read:
            wanted = read()
            left = wanted.releases.get(digest)
            if left is not None and left.is_retiring and not wanted.of(digest, *Phase):
                await self._publish(self._memory.write(wanted.without_release(digest)))

    async def observe(self) -> TrafficState:
        """Count, and look after what runs; see the port."""
        async with self._memory.locked() as read:
            wanted = read()
            if not wanted.releases:
                return self._idle()
            wanted = await self._upkeep.look_after(wanted)
            wanted = await self._with_router(wanted)
            await self._publish(wanted)
            state = await self._state(wanted)
            self._envoy.cut_offs.fold()
            counted = {
                arm.digest: Counted(epoch=state.epoch, requests=arm.requests or 0, errors=arm.errors or 0)
                for arm in (state.stable, state.canary)
                if arm is not None
            }
            told = {key: value for key, value in wanted.counted.items() if key in wanted.releases}
            self._memory.write(replace(wanted, counted={**told, **counted}, losses=(), disturbances=()))
        forget_ended(self._folder / "instances", [instance.name for instance in wanted.instances])
        return state

    async def inspect(self) -> TrafficState:
        """Say where traffic is now; see the port."""
        wanted = self._memory.read()
        return await self._state(wanted) if wanted.releases else self._idle()

    async def stop(self) -> None:
        """Stop everything; see the port."""
        async with self._memory.locked() as read:
            wanted = read()
            await self._envoy.stop()
            limit = self._policy.drain.total_seconds() + 1
            await asyncio.gather(
                *(processes.stop(self._upkeep.process(it), within_seconds=limit) for it in wanted.instances)
            )
            # The numbers go on: a name that was used once is never given to another process.
            self._memory.write(Wanted(next_number=wanted.next_number))

    # Making ready

    async def _make_ready(self, release: Release, before: WantedRelease | None) -> None:
        """Wait for the instances that start, then let Envoy know of them; or stop them and say why."""
        digest = release.digest
        starting = self._memory.read().of(digest, Phase.STARTING)
        failure = await local_instances.failure_of(
            [(it, self._upkeep.process(it)) for it in starting], self._policy
        )
        names = frozenset(instance.name for instance in starting)
        if not failure:
            async with self._memory.locked() as read:
                wanted = read()
                if digest not in wanted.releases or wanted.releases[digest].is_retiring:
                    what = f"Release {release.version} was stopped while it was being prepared."
                    raise RefusedError(what, where=self._where, remedy="Prepare it again if it is wanted.")
                wanted = self._memory.write(wanted.in_phase(names, Phase.SERVING, self._clock.now()))
                # Its clusters must be there before a route may name them.
                await self._publish(wanted)
            unhealthy = await self._envoy.admin.unhealthy([it.port for it in starting], at_most=0)
            if unhealthy:
                culprits = ", ".join(it.name for it in starting if it.port in unhealthy)
                failure = f"the router does not find instance {culprits} healthy"
        if failure:
            culprit = next((it for it in starting if it.name in failure.split()), None)
            lines = processes.last_lines(self._upkeep.process(culprit), _LINES_SHOWN) if culprit else ()
            await self._take_back(digest, names, before)
            what = f"Release {release.version} did not become ready: {failure}."
            what += " Its last output:\n" + "\n".join(lines) + "\n" if lines else " It wrote nothing."
            remedy = "Repair the release, or its `ready` policy; what was started of it is stopped."
            raise RefusedError(what, where=self._where, remedy=remedy)
        async with self._memory.locked() as read:
            wanted = read()
            is_free = digest != wanted.stable and not wanted.canary_weight_bp
            if is_free and wanted.of(digest, Phase.SERVING) and wanted.canary != digest:
                await self._publish(self._memory.write(replace(wanted, canary=digest)))

    async def _take_back(self, digest: str, names: frozenset[str], before: WantedRelease | None) -> None:
        """Stop instances that never got traffic, and want of the release what was wanted before."""
        async with self._memory.locked() as read:
            wanted = self._memory.write(read().in_phase(names, Phase.DRAINING, self._clock.now()))
            await self._publish(wanted)
        limit = self._policy.drain.total_seconds() + 1
        leaving = [it for it in wanted.instances if it.name in names]
        await asyncio.gather(
            *(processes.stop(self._upkeep.process(it), within_seconds=limit) for it in leaving)
        )
        async with self._memory.locked() as read:
            wanted = read().without(names)
            others = len(wanted.of(digest, *Phase))
            if digest in wanted.releases and others:
                count = min(before.instances if before else others, others)
                wanted = wanted.with_release(replace(wanted.releases[digest], instances=count))
            elif not wanted.weight_of(digest) and wanted.stable != digest:
                wanted = replace(wanted, canary="" if wanted.canary == digest else wanted.canary)
                # The routes lose it first, then it goes.
                await self._publish(wanted)
                wanted = wanted.without_release(digest)
            await self._publish(self._memory.write(wanted))

    async def _await_one_healthy(self, release: Release) -> None:
        """Wait, without the lock, until the release can take requests: one instance is enough to begin."""
        async with self._memory.locked() as read:
            self._refuse_unprepared(await self._with_router(read()), release)
        ports = [it.port for it in self._memory.read().of(release.digest, Phase.SERVING)]
        if len(await self._envoy.admin.unhealthy(ports, at_most=max(len(ports) - 1, 0))) < len(ports):
            return
        what = f"No instance of release {release.version} is healthy."
        raise RefusedError(what, where=self._where, remedy="See its output, and prepare it again.")

    def _refuse_unprepared(self, wanted: Wanted, release: Release) -> None:
        known = wanted.releases.get(release.digest)
        if known is None or known.is_retiring or not wanted.of(release.digest, Phase.SERVING):
            what = f"Release {release.version} has no ready instance."
            raise RefusedError(what, where=self._where, remedy="Prepare it first.")

    # Going

    async def _finish_draining(self, digest: str) -> None:
        """Wait until the release's leaving instances have finished what they had, then stop them."""
        leaving = self._memory.read().of(digest, Phase.DRAINING)
        if not leaving:
            return
        drain = self._policy.drain.total_seconds()
        await self._envoy.admin.await_idle({instance.port for instance in leaving}, at_most_seconds=drain)
        await asyncio.gather(
            *(processes.stop(self._upkeep.process(it), within_seconds=drain + 1) for it in leaving)
        )
        async with self._memory.locked() as read:
            wanted = read().without(frozenset(instance.name for instance in leaving))
            await self._publish(self._memory.write(wanted))

    # Telling Envoy, and asking it

    async def _with_router(self, wanted: Wanted) -> Wanted:
        """Have Envoy run; if it had ended, keep in mind to say so."""
        how = await self._envoy.ensure_running(self._wish(wanted))
        if not how:
            return wanted
        said = f"the traffic router {how} and was started again; users were not served meanwhile"
        return self._memory.write(replace(wanted, disturbances=(*wanted.disturbances, said)))

    async def _move(self, wanted: Wanted, began: timedelta, weight_bp: int) -> Shifted:
        await self._publish(self._memory.write(wanted))
        applied = await self._envoy.admin.applied()
        expected = {
            envoy_config.split_cluster(digest): weight
            for digest, weight in envoy_config.weights_of(self._split(wanted))
        }
        if dict(applied.weights_bp) != expected:
            what = f"The router applies other weights than it confirmed: {dict(applied.weights_bp)}."
            raise UnavailableError(
                what, where=self._where, remedy="Look again; see who else writes its files."
            )
        took_ms = round((self._clock.steady() - began) / timedelta(milliseconds=1))
        return Shifted(weight_bp=weight_bp, version=applied.version, took_ms=took_ms)

    async def _publish(self, wanted: Wanted) -> None:
        await self._envoy.apply(self._wish(wanted))

    def _split(self, wanted: Wanted) -> envoy_config.Split:
        return envoy_config.Split(
            stable=wanted.stable,
            canary=wanted.canary,
            canary_weight_bp=wanted.canary_weight_bp,
            tester_header=self._policy.tester_header,
        )

    def _wish(self, wanted: Wanted) -> Wish:
        known_to_envoy = (Phase.SERVING, Phase.DRAINING)
        return Wish(
            host=self._host,
            port=self._port,
            ready_path=self._policy.ready.path,
            split=self._split(wanted),
            instances={
                digest: tuple(
                    envoy_config.Endpoint(port=it.port, is_draining=it.phase is Phase.DRAINING)
                    for it in wanted.of(digest, *known_to_envoy)
                )
                for digest in wanted.releases
            },
        )

    async def _state(self, wanted: Wanted) -> TrafficState:
        return await observed(self._envoy, wanted, at=self._clock.now())

    def _idle(self) -> TrafficState:
        return TrafficState(
            observed_at=self._clock.now(), epoch="", stable=None, canary=None, is_measured=False
        )
