"""A real local target of the greeter, for tests: its own folder, a free port, and nothing left behind."""

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from strandline.adapters import listening
from strandline.adapters.local_target import LocalTarget
from strandline.adapters.release_store import FolderReleaseStore
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Environment, LocalTargetPolicy, ReadinessPolicy, Service

COMMAND = ("python3", "{release}/greeter.py", "--port", "{port}")
RELEASES = Path(__file__).parents[2] / "examples" / "01-greeter" / "releases"


class MachineClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> timedelta:
        return timedelta(seconds=time.monotonic())


@dataclass(frozen=True, kw_only=True)
class Greeter:
    """A target, and all that it was made of."""

    target: LocalTarget
    store: FolderReleaseStore
    policy: LocalTargetPolicy
    folder: Path
    url: str

    def release(self, version: str) -> Release:
        return self.release_from(RELEASES / version, version)

    def release_from(self, folder: Path, version: str) -> Release:
        return Release(service="greeter", digest=self.store.keep(folder), version=version, command=COMMAND)

    def again(self) -> LocalTarget:
        """The target as a new control plane would find it."""
        return target_of(self.policy, self.store, self.folder)


def target_of(policy: LocalTargetPolicy, store: FolderReleaseStore, folder: Path) -> LocalTarget:
    environment = Environment(name="production", target=policy)
    service = Service(name="greeter", owner="tests", environments={"production": environment})
    return LocalTarget(service, environment, releases=store, folder=folder, clock=MachineClock())


def policy_at(listen: str, *, instances: int = 1, drain: float = 2, within: float = 20) -> LocalTargetPolicy:
    return LocalTargetPolicy(
        listen=listen,
        command=(),
        instances=instances,
        ready=ReadinessPolicy(path="/ready", within=timedelta(seconds=within)),
        drain=timedelta(seconds=drain),
    )


@contextlib.asynccontextmanager
async def greeter(
    home: Path, *, instances: int = 1, drain: float = 2, within: float = 20
) -> AsyncIterator[Greeter]:
    port = listening.free_port(())
    policy = policy_at(f"127.0.0.1:{port}", instances=instances, drain=drain, within=within)
    store = FolderReleaseStore(home / "releases")
    folder = home / "targets" / "greeter" / "production"
    target = target_of(policy, store, folder)
    try:
        yield Greeter(
            target=target,
            store=store,
            policy=policy,
            folder=folder,
            url=f"http://127.0.0.1:{port}/hello?name=Ada",
        )
    finally:
        await target.stop()
