"""What keeps the instances of a local target running: starting what is missing, replacing what was lost."""

import asyncio
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from strandline.adapters import listening, processes
from strandline.adapters.local_instances import command_of, order_for
from strandline.adapters.local_state import ALIVE, Memory, Phase, Wanted, WantedInstance
from strandline.rollout.ports import ReleaseStore
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import StrandlineError
from strandline.vocabulary.service import LocalTargetPolicy
from strandline.vocabulary.traffic import InstanceLoss


class Upkeep:
    """Starts, replaces and finds the instances of one target; its callers hold the target's lock."""

    def __init__(
        self, folder: Path, policy: LocalTargetPolicy, *, memory: Memory, releases: ReleaseStore, clock: Clock
    ) -> None:
        self._folder = folder
        self._policy = policy
        self._memory = memory
        self._releases = releases
        self._clock = clock

    def with_missing(self, wanted: Wanted, digest: str, phase: Phase) -> Wanted:
        """Add the instances that a release lacks."""
        missing = wanted.releases[digest].instances - len(wanted.of(digest, *ALIVE))
        taken = {instance.port for instance in wanted.instances}
        ports: list[int] = []
        for _ in range(missing):
            ports.append(listening.free_port(taken | set(ports)))
        return wanted.with_instances(digest, tuple(ports), phase, self._clock.now())

    async def start_all(self, wanted: Wanted, digest: str) -> None:
        """Start those that were never started; the others are left as they are."""
        release = wanted.releases[digest].release
        for instance in wanted.of(digest, *ALIVE):
            process = self.process(instance)
            if isinstance(await asyncio.to_thread(processes.status, process), processes.NotStarted):
                folder = await asyncio.to_thread(self._releases.folder, digest)
                command = command_of(release, self._policy, folder)
                order = order_for(instance, command, self._policy, folder)
                await asyncio.to_thread(processes.start, process, order)

    async def look_after(self, wanted: Wanted) -> Wanted:
        """Name the lost instances, start others in their place, and finish what was left half done."""
        now = self._clock.now()
        for instance in wanted.instances:
            status = await asyncio.to_thread(processes.status, self.process(instance))
            if instance.phase is Phase.SERVING and isinstance(status, processes.Ended):
                wanted = await self._without_lost(wanted, instance, status.how, now)
            elif instance.phase is Phase.DRAINING and not isinstance(status, processes.Running):
                wanted = wanted.without(frozenset({instance.name}))
            elif instance.phase is Phase.DRAINING and now - instance.since > 2 * self._policy.drain:
                # Whoever drained it is gone: it is told to end here, and found ended at the next look.
                processes.tell_to_stop(self.process(instance))
        for digest, known in wanted.releases.items():
            is_due = known.restart_at is None or now >= known.restart_at
            # While one is being prepared, whoever prepares it adds what is missing.
            if is_due and not known.is_retiring and not wanted.of(digest, Phase.STARTING):
                wanted = self.with_missing(wanted, digest, Phase.SERVING)
        self._memory.write(wanted)
        for digest, known in wanted.releases.items():
            try:
                await self.start_all(wanted, digest)
            except StrandlineError as problem:
                # The other release must be looked after all the same.
                said = f"{known.release.version} could not be started again: {problem}"
                wanted = replace(wanted, disturbances=(*wanted.disturbances, said))
        return wanted

    async def _without_lost(self, wanted: Wanted, lost: WantedInstance, how: str, now: datetime) -> Wanted:
        await asyncio.to_thread(processes.kill_strays, self.process(lost))
        known = wanted.releases[lost.digest].after_loss(now, now - lost.since)
        loss = InstanceLoss(digest=lost.digest, instance=lost.name, how=how, count=known.lost)
        wanted = replace(wanted.with_release(known), losses=(*wanted.losses, loss))
        return wanted.without(frozenset({lost.name}))

    def process(self, instance: WantedInstance) -> Path:
        """Return the folder of an instance's process."""
        return self._folder / instance.name
