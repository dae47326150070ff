"""The local target, with real processes that are really killed."""

import asyncio
import os
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from tests.adapters.greeter import RELEASES, Greeter, MachineClock, greeter, target_of

from strandline.adapters import listening, processes
from strandline.adapters.local_target import LocalTarget, command_of
from strandline.testing.load import Load
from strandline.vocabulary.errors import BadInputError, RefusedError, UnavailableError
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import CommandTargetPolicy, Environment, LocalTargetPolicy, Service
from strandline.vocabulary.traffic import ArmState, TrafficState

TESTER = {"x-strandline-canary": "yes"}


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Greeter]:
    async with greeter(tmp_path, instances=2) as one:
        yield one


async def serving(made: Greeter, version: str = "1.0.0") -> Release:
    release = made.release(version)
    await made.target.prepare(release, instances=None, operation="prepare")
    await made.target.promote(release, operation="promote")
    return release


async def get(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient() as user:
        return await user.get(url, headers=headers)


async def until(
    look: Callable[[], Awaitable[TrafficState]],
    holds: Callable[[TrafficState], object],
    within_seconds: float = 20,
) -> TrafficState:
    give_up_at = time.monotonic() + within_seconds
    while not holds(state := await look()):
        assert time.monotonic() < give_up_at, f"waited in vain; last seen: {state}"
        await asyncio.sleep(0.1)
    return state


def arm(found: ArmState | None) -> ArmState:
    assert found is not None
    return found


def instance_folders(made: Greeter) -> list[Path]:
    return sorted((made.folder / "instances").iterdir())


def pid_of(folder: Path) -> int:
    found = processes.status(folder)
    assert isinstance(found, processes.Running)
    return found.pid


def envoy_run(made: Greeter) -> Path:
    return max((made.folder / "router").glob("run-*"), key=lambda path: int(path.name[4:]))


class TestCounting:
    async def test_counts_are_the_users_own(self, made: Greeter) -> None:
        stable = await serving(made)
        bad = made.release("1.2.0")
        await made.target.prepare(bad, instances=1, operation="2")
        load = Load(made.url, rate=200)
        load.start()
        for weight in (5_000, 500, 9_000, 2_000):
            await made.target.shift(bad, weight, operation=str(weight))
            await asyncio.sleep(0.7)
        report = load.stop()
        state = await made.target.observe()
        assert arm(state.stable).digest == stable.digest
        assert arm(state.stable).requests == report.by_version["1.0.0"]
        assert arm(state.canary).requests == report.by_version["1.2.0"]
        assert arm(state.stable).errors == 0
        assert arm(state.canary).errors == report.failures["500"] == report.failed

    async def test_an_answer_that_breaks_off_is_an_error(self, made: Greeter, tmp_path: Path) -> None:
        broken = tmp_path / "broken"
        shutil.copytree(RELEASES / "1.0.0", broken)
        code = (broken / "greeter.py").read_text()
        half = 'self.wfile.write(body if self.path == "/ready" else body[:5]); self.close_connection = True'
        (broken / "greeter.py").write_text(code.replace("self.wfile.write(body)", half))
        await serving(made)
        canary = made.release_from(broken, "broken")
        await made.target.prepare(canary, instances=1, operation="2")
        await made.target.shift(canary, 5_000, operation="3")
        load = Load(made.url, rate=200)
        load.start()
        seen = (0, 0)
        for _ in range(10):
            found = arm((await made.target.observe()).canary)
            requests, errors = found.requests or 0, found.errors or 0
            assert 0 <= errors - seen[1] <= requests - seen[0]
            seen = (requests, errors)
            await asyncio.sleep(0.1)
        report = load.stop()
        state = await made.target.observe()
        assert arm(state.canary).requests == report.failed > 0
        # The last of them are told when more requests have ended: never more errors than requests in a look.
        assert report.failed / 2 < (arm(state.canary).errors or 0) <= report.failed
        assert arm(state.stable).errors == 0

    async def test_a_request_that_nobody_could_answer_is_an_error(self, made: Greeter) -> None:
        await serving(made)
        for folder in instance_folders(made):
            os.kill(pid_of(folder), signal.SIGKILL)
        assert (await get(made.url)).status_code == 503
        state = await made.target.inspect()
        assert (arm(state.stable).requests, arm(state.stable).errors) == (1, 1)

    async def test_testers_are_not_counted_with_the_split(self, made: Greeter) -> None:
        await serving(made)
        canary = made.release("1.1.0")
        await made.target.prepare(canary, instances=1, operation="2")
        for _ in range(20):
            assert (await get(made.url, TESTER)).headers["x-greeter-version"] == "1.1.0"
            assert (await get(made.url)).headers["x-greeter-version"] == "1.0.0"
        state = await made.target.observe()
        assert arm(state.canary).requests == 0
        assert arm(state.stable).requests == 20

    async def test_latencies_are_counted_in_classes(self, made: Greeter) -> None:
        await serving(made)
        for _ in range(50):
            await get(made.url)

        def all_there(state: TrafficState) -> bool:
            return sum(count for _, count in arm(state.stable).latency_buckets) == 50

        state = await until(made.target.inspect, all_there)
        bounds = [bound for bound, _ in arm(state.stable).latency_buckets if bound is not None]
        assert bounds == sorted(bounds)


class TestLosses:
    async def test_users_do_not_feel_a_killed_instance(self, made: Greeter) -> None:
        stable = await serving(made)
        load = Load(made.url, rate=200)
        load.start()
        lost: set[str] = set()
        for _ in range(4):
            await asyncio.sleep(0.5)
            victim = pid_of(next(f for f in instance_folders(made) if f.name not in lost))
            os.kill(victim, signal.SIGKILL)
            state = await until(made.target.observe, lambda state: state.losses)
            (loss,) = state.losses
            assert (loss.digest, loss.how, loss.count) == (stable.digest, "killed by signal 9", len(lost) + 1)
            lost.add(loss.instance)
            await until(made.target.observe, lambda state: arm(state.stable).instances_ready == 2)
        report = load.stop()
        state = await made.target.observe()
        # A request that an instance had begun to answer dies with it; no other may.
        assert report.failed <= report.requests // 200, report.failures
        seen = arm(state.stable)
        assert seen.requests == report.requests
        assert seen.errors is not None
        assert seen.errors <= report.failed
        assert state.losses == ()

    async def test_a_crash_loop_does_not_spin(self, made: Greeter) -> None:
        await serving(made)
        began = time.monotonic()
        count = 0
        while time.monotonic() - began < 4:
            state = await made.target.observe()
            count = max([count, *(loss.count for loss in state.losses)])
            for folder in instance_folders(made):
                if isinstance(found := processes.status(folder), processes.Running):
                    os.kill(found.pid, signal.SIGKILL)
            await asyncio.sleep(0.05)
        # At once twice (both instances), then after 0.5 s, 1 s and 2 s at the earliest, two at a time.
        assert 4 <= count <= 10

    async def test_a_killed_router_is_started_again_and_named(self, made: Greeter) -> None:
        stable = await serving(made)
        canary = made.release("1.1.0")
        await made.target.prepare(canary, instances=1, operation="2")
        await made.target.shift(canary, 2_500, operation="3")
        before = await made.target.observe()
        os.kill(pid_of(envoy_run(made)), signal.SIGKILL)
        with pytest.raises(UnavailableError, match="router"):
            await until(made.target.inspect, lambda _: False)
        state = await made.target.observe()
        assert state.epoch not in {before.epoch, ""}
        (said,) = state.disturbances
        assert "killed by signal 9" in said
        assert (arm(state.stable).digest, arm(state.stable).weight_bp) == (stable.digest, 7_500)
        assert arm(state.canary).weight_bp == 2_500
        assert (await get(made.url)).status_code == 200
        after = await made.target.observe()
        assert after.disturbances == ()
        assert after.epoch == state.epoch

    async def test_a_restore_starts_the_router_that_it_needs(self, made: Greeter) -> None:
        await serving(made)
        canary = made.release("1.1.0")
        await made.target.prepare(canary, instances=1, operation="2")
        await made.target.shift(canary, 5_000, operation="3")
        os.kill(pid_of(envoy_run(made)), signal.SIGKILL)
        while isinstance(processes.status(envoy_run(made)), processes.Running):  # noqa: ASYNC110 - a file says so
            await asyncio.sleep(0.01)
        await made.target.restore(operation="4")
        assert {(await get(made.url)).headers["x-greeter-version"] for _ in range(20)} == {"1.0.0"}
        assert (await made.target.observe()).disturbances


class TestRefusals:
    async def test_a_taken_address_is_named_with_its_holder(self, made: Greeter) -> None:
        host, port = made.policy.listen.split(":")
        with socket.create_server((host, int(port))), pytest.raises(UnavailableError) as refused:
            await made.target.prepare(made.release("1.0.0"), instances=None, operation="1")
        assert made.policy.listen in refused.value.what
        assert f"process {os.getpid()}" in refused.value.what
        assert refused.value.remedy
        await serving(made)

    async def test_a_release_that_does_not_get_ready_says_why_and_is_gone(self, made: Greeter) -> None:
        await serving(made)
        policy = msgspec.structs.replace(
            made.policy, ready=msgspec.structs.replace(made.policy.ready, within=timedelta(seconds=1))
        )
        target = target_of(policy, made.store, made.folder)
        load = Load(made.url, rate=50)
        load.start()
        with pytest.raises(RefusedError) as refused:
            await target.prepare(made.release("1.3.0"), instances=None, operation="2")
        report = load.stop()
        assert "the phrase service at 127.0.0.1:9 does not answer" in refused.value.what
        assert "/ready answered 503" in refused.value.what
        assert report.by_version == {"1.0.0": report.requests}
        state = await target.inspect()
        assert state.canary is None
        alive = [f for f in instance_folders(made) if isinstance(processes.status(f), processes.Running)]
        assert len(alive) == 2

    async def test_a_release_that_ends_is_not_waited_for(self, made: Greeter) -> None:
        release = msgspec.structs.replace(
            made.release("1.0.0"), command=("sh", "-c", "echo no such table: users >&2; exit 3")
        )
        began = time.monotonic()
        with pytest.raises(RefusedError, match=r"(?s)ended with code 3 .*no such table: users"):
            await made.target.prepare(release, instances=None, operation="1")
        assert time.monotonic() - began < 10

    async def test_somebody_else_on_the_port_is_not_taken_for_the_release(
        self, made: Greeter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await serving(made)
        taken = made.target._memory.read().instances[0].port
        # As if somebody had taken the port between our look and the start.
        monkeypatch.setattr(listening, "free_port", lambda _: taken)
        release = msgspec.structs.replace(made.release("1.1.0"), command=("sleep", "1000"))
        policy = msgspec.structs.replace(
            made.policy, ready=msgspec.structs.replace(made.policy.ready, within=timedelta(seconds=1))
        )
        with pytest.raises(RefusedError, match=f"port {taken} is held by process"):
            await target_of(policy, made.store, made.folder).prepare(release, instances=1, operation="2")

    @pytest.mark.parametrize(
        ("command", "what"),
        [
            pytest.param((), "how an instance is started", id="none"),
            pytest.param(("python3", "{release}/serve.py"), "serve.py", id="missing in the release"),
            pytest.param(("python3", "--config={release}/a.toml"), "a.toml", id="within an argument"),
            pytest.param(("./serve", "{port}"), "./serve", id="relative program"),
            pytest.param(("./greeter.py",), "executed", id="not executable"),
            pytest.param(("no-such-program",), "PATH", id="not on the path"),
            pytest.param(("python3", "{release}/../1.1.0/greeter.py"), "does not exist", id="outside"),
        ],
    )
    def test_a_command_that_cannot_run_is_refused(
        self, tmp_path: Path, command: tuple[str, ...], what: str
    ) -> None:
        folder = tmp_path / "1.0.0"
        shutil.copytree(RELEASES / "1.0.0", folder)
        shutil.copytree(RELEASES / "1.1.0", tmp_path / "1.1.0")
        release = Release(service="greeter", digest="d" * 64, version="1.0.0", command=command)
        policy = LocalTargetPolicy(listen="127.0.0.1:1", command=())
        with pytest.raises(BadInputError) as refused:
            command_of(release, policy, folder)
        assert what in f"{refused.value.what} {refused.value.remedy}"
        assert refused.value.remedy

    def test_a_command_names_the_release_folder(self, tmp_path: Path) -> None:
        shutil.copy(RELEASES / "1.0.0" / "greeter.py", tmp_path / "greeter.py")
        (tmp_path / "greeter.py").chmod(0o755)
        release = Release(service="greeter", digest="d" * 64, version="1.0.0")
        policy = LocalTargetPolicy(
            listen="127.0.0.1:1", command=("python3", "{release}/greeter.py", "{port}")
        )
        assert command_of(release, policy, tmp_path) == ("python3", f"{tmp_path}/greeter.py", "{port}")
        policy = msgspec.structs.replace(policy, command=("./greeter.py", "{port}"))
        assert command_of(release, policy, tmp_path) == ("./greeter.py", "{port}")

    @pytest.mark.parametrize("listen", ["8080", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:web", ":80"])
    def test_an_address_that_is_none_is_refused(self, made: Greeter, listen: str) -> None:
        policy = msgspec.structs.replace(made.policy, listen=listen)
        with pytest.raises(BadInputError, match="address"):
            target_of(policy, made.store, made.folder)

    def test_another_kind_of_target_is_refused(self, made: Greeter) -> None:
        policy = CommandTargetPolicy(prepare=(), shift=(), restore=(), inspect=())
        environment = Environment(name="production", target=policy)
        service = Service(name="greeter", owner="tests", environments={"production": environment})
        with pytest.raises(BadInputError, match="not a local one"):
            LocalTarget(service, environment, releases=made.store, folder=made.folder, clock=MachineClock())


class TestGoing:
    async def test_what_was_begun_is_finished_before_an_instance_ends(self, tmp_path: Path) -> None:
        slow = tmp_path / "slow"
        shutil.copytree(RELEASES / "1.0.0", slow)
        code = (slow / "greeter.py").read_text()
        (slow / "greeter.py").write_text(
            code.replace(
                'if path == "/hello":', 'if path == "/hello":\n            __import__("time").sleep(1)'
            )
        )
        async with greeter(tmp_path, drain=5) as made:
            release = made.release_from(slow, "slow")
            await made.target.prepare(release, instances=2, operation="1")
            await made.target.promote(release, operation="2")
            asked = [asyncio.create_task(get(made.url)) for _ in range(8)]
            await asyncio.sleep(0.3)
            await made.target.prepare(release, instances=1, operation="3")
            assert [(await answer).status_code for answer in asked] == [200] * 8

    async def test_an_abandoned_drain_is_finished_by_the_next_look(self, made: Greeter) -> None:
        release = await serving(made)
        task = asyncio.create_task(made.target.prepare(release, instances=1, operation="2"))
        memory = made.target._memory

        async def drains() -> bool:
            return any(it.phase.value == "draining" for it in memory.read().instances)

        while not await drains():  # noqa: ASYNC110 - the file is what is waited for
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        target = made.again()
        await until(target.observe, lambda _: len(memory.read().instances) == 1)
        assert sum(isinstance(processes.status(f), processes.Running) for f in instance_folders(made)) == 1

    async def test_a_retired_release_leaves_no_process_and_no_cluster(self, made: Greeter) -> None:
        await serving(made)
        canary = made.release("1.1.0")
        await made.target.prepare(canary, instances=2, operation="2")
        await made.target.retire(canary.digest, operation="3")
        alive = [f.name for f in instance_folders(made) if isinstance(processes.status(f), processes.Running)]
        assert not any(name.startswith(canary.digest[:12]) for name in alive)
        assert canary.digest[:12] not in (made.folder / "router" / "clusters.json").read_text()
        assert (await get(made.url, TESTER)).headers["x-greeter-version"] == "1.0.0"
