"""A target behind commands keeps every promise of the port; its deployer is the one of the example."""

import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import httpx
import pytest

from strandline.adapters.command_target import CommandTarget
from strandline.adapters.release_store import FolderReleaseStore
from strandline.rollout.catalogue import read_service
from strandline.rollout.ports import Target
from strandline.testing.target_conformance import TargetConformance, TargetTrial
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Service

EXAMPLE = Path(__file__).parents[2] / "examples" / "02-own-commands"


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> timedelta:
        return timedelta(seconds=monotonic())


@dataclass(frozen=True, kw_only=True)
class CommandTrial(TargetTrial):
    service: Service
    releases: FolderReleaseStore
    folder: Path
    url: str

    def again(self) -> Target:
        environment = self.service.environments["production"]
        return CommandTarget(
            self.service, environment, releases=self.releases, folder=self.folder, clock=MachineClock()
        )

    async def let_requests_end(self) -> None:
        async with httpx.AsyncClient() as users:
            for _ in range(200):
                (await users.get(self.url)).raise_for_status()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestCommandTarget(TargetConformance):
    @pytest.fixture
    async def trial(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TargetTrial]:
        home = tmp_path / "service"
        shutil.copytree(EXAMPLE, home, ignore=shutil.ignore_patterns("state"))
        port = free_port()
        monkeypatch.setenv("GREETER_PORT", str(port))
        file = home / "strandline.yaml"
        service = read_service(file.read_text(), file=str(file))
        store = FolderReleaseStore(tmp_path / "releases")
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken" / "readme.txt").write_text("no page\n")
        folders = {
            "1": home / "releases" / "1.0.0",
            "2": home / "releases" / "1.1.0",
            "3": tmp_path / "broken",
        }
        first, second, never_ready = (
            Release(service="greeter", digest=store.keep(folder), version=version)
            for version, folder in folders.items()
        )
        made = CommandTrial(
            target=CommandTarget(
                service,
                service.environments["production"],
                releases=store,
                folder=tmp_path / "target",
                clock=MachineClock(),
            ),
            first=first,
            second=second,
            never_ready=never_ready,
            unusable=Release(service="greeter", digest="4" * 64, version="4"),
            numbers_instances=False,
            service=service,
            releases=store,
            folder=tmp_path / "target",
            url=f"http://127.0.0.1:{port}/",
        )
        yield made
        await replace(made).again().stop()
