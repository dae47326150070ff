"""A target behind the user's own commands: any deployer with a command line.

The commands know one pair of releases at a time: `STRANDLINE_DIGEST`, the one last prepared, and
`STRANDLINE_PREVIOUS_DIGEST`, the one that has the rest of the traffic. Which of them is the stable one is
remembered here. No order is believed to be carried out because its command said so: after each,
`inspect` must say that traffic is where it was ordered to be.
"""

import asyncio
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from strandline.adapters.command_inspection import Inspection, read_inspection
from strandline.adapters.command_memory import Arms, CommandMemory
from strandline.adapters.command_runner import Command, Outcome, ask, forget_all, operation_in, run_once
from strandline.adapters.command_state import counted, idle_state, traffic_state, weights_of
from strandline.rollout.ports import ReleaseStore
from strandline.rollout.units import percent_text, share_text
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, RefusedError, StrandlineError, UnavailableError
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import CommandTargetPolicy, Environment, Service
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, Shifted, TrafficState

_CONFIRM_WITHIN = timedelta(seconds=10)
"""How long `inspect` may take to show what was ordered: many routers apply it a moment later."""
_CONFIRM_POLL_SECONDS = 0.25


class CommandTarget:
    """One service in one environment, moved by its own commands."""

    def __init__(
        self,
        service: Service,
        environment: Environment,
        *,
        releases: ReleaseStore,
        folder: Path,
        clock: Clock,
        confirm_within: timedelta = _CONFIRM_WITHIN,
    ) -> None:
        """Describe it; nothing is read or run.

        Raises:
            BadInputError: the environment's target is not of the kind `command`.
        """
        policy = environment.target
        self._where = f"{service.name} in {environment.name}"
        if not isinstance(policy, CommandTargetPolicy):
            what = "The target of this environment does not consist of commands."
            raise BadInputError(what, where=self._where, remedy="Set `kind: command` under its `target`.")
        self._policy = policy
        self._service = service
        self._environment = environment
        self._releases = releases
        self._clock = clock
        self._confirm_within = confirm_within
        self._folder = folder.absolute()
        self._kept: dict[str, str] = {}
        """Where releases lie that were looked at: looking reads all of a release, and `inspect` is often."""
        self._memory = CommandMemory(self._folder)

    def check(self, release: Release) -> None:
        """Look whether the release is kept, and whether the commands' programs are there; see the port."""
        self._releases.folder(release.digest)
        policy = self._policy
        for argv in (policy.prepare, policy.shift, policy.restore, policy.inspect, policy.retire):
            program = argv[0] if argv else ""
            found = Path(self._service.folder or ".") / program if "/" in program else program
            if program and shutil.which(str(found)) is None:
                what = f"There is no program {program!r}, or it may not be run."
                remedy = (
                    f"Put it there (`chmod +x`), seen from {self._service.folder or 'the current folder'}."
                )
                raise BadInputError(what, where=self._where, remedy=remedy)

    async def prepare(self, release: Release, *, instances: int | None, operation: str) -> None:
        """Make the release ready, without traffic; see the port. How many instances is for the deployer."""
        arms = self._memory.arms()
        if release.digest == arms.stable and release.digest in arms.prepared:
            return  # it has traffic, so it is ready; how many instances it has is its deployer's matter
        if arms.told_bp and arms.canary and not arms.is_subject(release.digest):
            what = f"Another release, {arms.canary[:12]}, has {share_text(arms.told_bp)} of the traffic."
            raise RefusedError(what, where=self._where, remedy="Promote it or restore the one before first.")
        self._kept[release.digest] = str(await asyncio.to_thread(self._releases.folder, release.digest))
        pair = self._paired(arms, release)
        count = {"STRANDLINE_INSTANCES": "" if instances is None else str(instances)}
        outcome = await self._run("prepare", operation, pair, share_bp=pair.told_bp, extra=count)
        if outcome.how:
            await self._clean_up(pair, operation)
            what = f"Release {release.version} did not become ready: `prepare` {outcome.how}."
            raise self._failure(RefusedError, what, outcome)
        # Somebody may have restored meanwhile, which does not wait for us.
        pair = self._paired(self._memory.arms(), release)
        prepared = {**pair.prepared, release.digest: instances or 0}
        self._memory.write_arms(replace(pair, prepared=prepared))
        await self._confirm("prepare", pair.told_bp)

    async def shift(self, canary: Release, weight_bp: int, *, operation: str) -> Shifted:
        """Give the canary this share; see the port."""
        began = self._clock.steady()
        arms = self._memory.arms()
        if not 0 <= weight_bp <= ALL_TRAFFIC_BP:
            what = f"{weight_bp} basis points are no share of the traffic."
            raise BadInputError(what, where=self._where, remedy="Give 0 to 10,000.")
        self._refuse_unprepared(arms, canary)
        if arms.stable == canary.digest:
            what = f"Release {canary.version} is the stable one: it has what the canary leaves."
            raise RefusedError(what, where=self._where, remedy="Shift to another release.")
        if not arms.stable and weight_bp not in {0, ALL_TRAFFIC_BP}:
            what = "There is no stable release that could take the rest of the traffic."
            raise RefusedError(what, where=self._where, remedy="Shift all or nothing to the first release.")
        pair = await self._introduced(arms, canary, operation)
        return await self._move("shift", operation, pair, weight_bp, began)

    async def promote(self, release: Release, *, operation: str) -> Shifted:
        """Give it all traffic, and call it the stable one; see the port.

        There is no command of this name: `shift` is run with 100 percent, and `STRANDLINE_STEP` says why.
        """
        began = self._clock.steady()
        arms = self._memory.arms()
        self._refuse_unprepared(arms, release)
        if arms.stable == release.digest:
            await self.restore(operation=operation)
            return self._shifted(await self._inspection(self._memory.arms()), ALL_TRAFFIC_BP, began)
        pair = await self._introduced(arms, release, operation)
        shifted = await self._move("promote", operation, pair, ALL_TRAFFIC_BP, began)
        self._memory.write_arms(replace(self._memory.arms(), stable=release.digest))
        return shifted

    async def restore(self, *, operation: str) -> Shifted:
        """Give all traffic to the stable release; where there is none, to nobody. See the port."""
        began = self._clock.steady()
        arms = self._memory.arms()
        if arms.subject is None:
            return Shifted(weight_bp=0, version="", took_ms=0)
        if arms.is_subject(arms.stable):
            # The stable release is the one last prepared: all of it belongs there.
            await self._move("restore", operation, arms, ALL_TRAFFIC_BP, began)
            return self._shifted(await self._inspection(arms), 0, began)
        return await self._move("restore", operation, arms, 0, began)

    async def replace(self, digest: str, instance: str, *, operation: str) -> None:
        """Refuse: commands of one's own know releases, and no single instances. See the port."""
        del digest, operation
        what = f"Instance {instance} cannot be replaced by the commands of this target."
        remedy = "Replace it by your own means, then resume the rollout."
        raise RefusedError(what, where=self._where, remedy=remedy)

    async def retire(self, digest: str, *, operation: str) -> None:
        """Stop a release that has no traffic; see the port."""
        arms = self._memory.arms()
        if digest not in arms.prepared:
            return
        weights = weights_of(arms, await self._inspection(arms))
        if digest == arms.stable or weights.get(digest):
            what = f"Release {digest[:12]} has traffic; it cannot be stopped."
            raise RefusedError(what, where=self._where, remedy="Promote or restore another one first.")
        await self._retire(digest, operation, arms)
        arms = self._memory.arms()
        left = {known: count for known, count in arms.prepared.items() if known != digest}
        self._memory.write_arms(replace(arms, prepared=left))

    async def observe(self) -> TrafficState:
        """Say where traffic is, and what was counted; see the port. The deployer looks after what runs."""
        return await self._look(remember=True)

    async def inspect(self) -> TrafficState:
        """Say where traffic is; see the port."""
        return await self._look(remember=False)

    async def _look(self, *, remember: bool) -> TrafficState:
        arms = self._memory.arms()
        if arms.subject is None:
            return idle_state(self._clock.now())
        inspection = await self._inspection(arms)
        before = self._memory.counters()
        counters, disturbances = counted(arms, inspection, before)
        if remember and counters != before:
            self._memory.write_counters(counters)
        return traffic_state(
            arms, inspection, counters, observed_at=self._clock.now(), disturbances=disturbances
        )

    async def stop(self) -> None:
        """Retire every release, with its traffic; see the port.

        Raises:
            RefusedError: there is no `retire` command, so what runs can only be stopped by its deployer.
        """
        arms = self._memory.arms()
        if not arms.prepared:
            return
        if not self._policy.retire:
            what = "There is no `retire` command: what runs can only be stopped by its own deployer."
            raise RefusedError(
                what, where=self._where, remedy="Stop it there, or add `retire` to the target."
            )
        for digest in arms.prepared:
            await self._retire(digest, "stop", arms)
        self._memory.forget()
        await asyncio.to_thread(forget_all, self._folder)

    # Moving

    async def _move(self, step: str, operation: str, pair: Arms, weight_bp: int, began: timedelta) -> Shifted:
        """Run the step's command, and believe it when `inspect` says the same."""
        self._memory.write_arms(replace(pair, told_bp=weight_bp))
        outcome = await self._run(step, operation, pair, share_bp=weight_bp)
        repeats = 0
        while outcome.was_done_before and (await self._inspection(pair)).share_bp != weight_bp:
            # It was done, and another move came after it: what is wanted is wanted again.
            repeats += 1
            outcome = await self._run(step, f"{operation}/again-{repeats}", pair, share_bp=weight_bp)
        if outcome.how:
            raise self._failure(UnavailableError, f"`{step}` {outcome.how}.", outcome)
        return self._shifted(await self._confirm(step, weight_bp), weight_bp, began)

    async def _confirm(self, step: str, weight_bp: int) -> Inspection:
        """Wait until `inspect` says that the release has this share.

        Raises:
            UnavailableError: it says something else for too long.
        """
        give_up_at = self._clock.steady() + self._confirm_within
        while True:
            inspection = await self._inspection(self._memory.arms())
            if inspection.share_bp == weight_bp:
                return inspection
            if self._clock.steady() >= give_up_at:
                break
            await asyncio.sleep(_CONFIRM_POLL_SECONDS)
        told = f"`{step}` was told {share_text(weight_bp)}"
        what = f"{told}, and `inspect` says {share_text(inspection.share_bp)}."
        remedy = (
            "See where traffic is. `inspect` must print the share of the release STRANDLINE_DIGEST, "
            "0 if it has none."
        )
        raise UnavailableError(what, where=self._where, remedy=remedy)

    def _shifted(self, inspection: Inspection, weight_bp: int, began: timedelta) -> Shifted:
        took_ms = round((self._clock.steady() - began) / timedelta(milliseconds=1))
        version = inspection.version or f"{share_text(inspection.share_bp)}@{inspection.epoch or 'inspect'}"
        return Shifted(weight_bp=weight_bp, version=version, took_ms=took_ms)

    def _paired(self, arms: Arms, release: Release) -> Arms:
        """Return the pair with this release as its subject, and with the stable one as the other."""
        if arms.is_subject(release.digest):
            return arms
        stable = next(
            (known for known in (arms.subject, arms.counterpart) if known and known.digest == arms.stable),
            None,
        )
        return replace(arms, subject=release, counterpart=stable, told_bp=0)

    async def _introduced(self, arms: Arms, release: Release, operation: str) -> Arms:
        """Return the pair of this release; only `prepare` tells the commands of another one than before."""
        if not arms.is_subject(release.digest):
            await self.prepare(release, instances=None, operation=operation)
        return self._paired(self._memory.arms(), release)

    def _refuse_unprepared(self, arms: Arms, release: Release) -> None:
        if release.digest not in arms.prepared:
            what = f"Release {release.version} is not ready."
            raise RefusedError(what, where=self._where, remedy="Prepare it first.")

    # Running commands

    async def _clean_up(self, pair: Arms, operation: str) -> None:
        """Stop what a failed `prepare` may have started, unless it was ready before and serves."""
        subject = pair.subject
        if subject is None or subject.digest in pair.prepared or not self._policy.retire:
            return
        # Its failure is not the news: the one of `prepare` is.
        await self._run("retire", f"{operation}/clean-up", pair, share_bp=0)

    async def _retire(self, digest: str, operation: str, arms: Arms) -> None:
        if not self._policy.retire:
            return
        known = (arms.subject, arms.counterpart)
        release = next((one for one in known if one is not None and one.digest == digest), None)
        release = release or Release(service=self._service.name, digest=digest, version="")
        pair = replace(arms, subject=release, counterpart=None)
        outcome = await self._run("retire", f"{operation}/{digest}", pair, share_bp=0)
        if outcome.how:
            raise self._failure(UnavailableError, f"`retire` {outcome.how}.", outcome)

    async def _inspection(self, arms: Arms) -> Inspection:
        outcome = await ask(self._command("inspect", "", arms, share_bp=None))
        if outcome.how:
            raise self._failure(UnavailableError, f"`inspect` {outcome.how}.", outcome)
        try:
            return read_inspection(outcome.answer)
        except BadInputError as error:
            raise UnavailableError(error.what, where=self._where, remedy=error.remedy) from error

    async def _run(
        self, step: str, operation: str, pair: Arms, *, share_bp: int, extra: Mapping[str, str] | None = None
    ) -> Outcome:
        command = self._command(step, operation, pair, share_bp=share_bp, extra=extra)
        moves = step in {"shift", "promote", "restore"}
        return await run_once(operation_in(self._folder, step=step, name=operation, alone=moves), command)

    def _command(
        self,
        step: str,
        operation: str,
        pair: Arms,
        *,
        share_bp: int | None,
        extra: Mapping[str, str] | None = None,
    ) -> Command:
        policy, subject = self._policy, pair.subject
        commands = {
            "prepare": policy.prepare,
            "shift": policy.shift,
            "promote": policy.shift,
            "restore": policy.shift if share_bp else policy.restore,
            "retire": policy.retire,
            "inspect": policy.inspect,
        }
        variables = {
            "STRANDLINE_STEP": step,
            "STRANDLINE_SERVICE": self._service.name,
            "STRANDLINE_ENVIRONMENT": self._environment.name,
            "STRANDLINE_RELEASE": self._folder_of(subject.digest) if subject else "",
            "STRANDLINE_DIGEST": subject.digest if subject else "",
            "STRANDLINE_VERSION": subject.version if subject else "",
            "STRANDLINE_PREVIOUS_DIGEST": pair.counterpart.digest if pair.counterpart else "",
            "STRANDLINE_SHARE_PERCENT": "" if share_bp is None else percent_text(share_bp),
            "STRANDLINE_INSTANCES": "",
            "STRANDLINE_OPERATION": operation,
            **(extra or {}),
        }
        folder = Path(self._service.folder or ".").absolute()
        return Command(argv=commands[step], folder=folder, variables=variables, time_limit=policy.time_limit)

    def _folder_of(self, digest: str) -> str:
        """Return where the release lies; nothing where it is lost, since a way back must not need it."""
        if digest not in self._kept:
            try:
                self._kept[digest] = str(self._releases.folder(digest))
            except StrandlineError:
                return ""
        return self._kept[digest]

    def _failure(self, kind: type[StrandlineError], what: str, outcome: Outcome) -> StrandlineError:
        said = f"{what} It wrote:\n{outcome.tail}\n" if outcome.tail else f"{what} It wrote nothing."
        remedy = "Repair the command, or the release."
        if outcome.output:
            remedy += f" All that it wrote is in {outcome.output}."
        return kind(said, where=self._where, remedy=remedy)
