"""A target behind commands tells them what they need, and believes nothing that `inspect` does not say."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import msgspec
import pytest

from strandline.adapters.command_target import CommandTarget
from strandline.adapters.release_store import FolderReleaseStore
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError, UnavailableError
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import CommandTargetPolicy, Environment, LocalTargetPolicy, Service

DEPLOYER = """\
#!/bin/sh
# Does as it is told, and writes down what it was told. `fail-STEP`, where it is there, is run first.
previous=${STRANDLINE_PREVIOUS_DIGEST:-none} share=${STRANDLINE_SHARE_PERCENT:-none}
echo "$1 $STRANDLINE_STEP $STRANDLINE_VERSION $previous $share $STRANDLINE_OPERATION" >> log-$1
if test -e fail-$1; then . ./fail-$1; fi
case $1 in
  prepare) if ! grep -qs "^$STRANDLINE_DIGEST " pair; then echo "$STRANDLINE_DIGEST 0" > pair; fi ;;
  shift) echo "$STRANDLINE_DIGEST $STRANDLINE_SHARE_PERCENT" > pair ;;
  restore) echo "$STRANDLINE_DIGEST 0" > pair ;;
  inspect)
    if grep -q "^$STRANDLINE_DIGEST " pair; then share=$(cut -d' ' -f2 pair); else share=0; fi
    echo "{\\"share_percent\\": $share $(cat counts 2>/dev/null)}" ;;
esac
"""


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> timedelta:
        return timedelta(seconds=monotonic())


class Deployer:
    def __init__(self, tmp_path: Path) -> None:
        self.home = tmp_path / "home"
        self.home.mkdir()
        script = self.home / "deploy"
        script.write_text(DEPLOYER)
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self.store = FolderReleaseStore(tmp_path / "releases")
        self.policy = CommandTargetPolicy(
            prepare=("./deploy", "prepare"),
            shift=("./deploy", "shift"),
            restore=("./deploy", "restore"),
            inspect=("./deploy", "inspect"),
            retire=("./deploy", "retire"),
            time_limit=timedelta(seconds=20),
        )
        self.folder = tmp_path / "target"
        self._source = tmp_path / "source"

    def target(self, **changes: object) -> CommandTarget:
        environment = Environment(name="production", target=msgspec.structs.replace(self.policy, **changes))
        service = Service(
            name="greeter", owner="tests", environments={"production": environment}, folder=str(self.home)
        )
        return CommandTarget(
            service,
            environment,
            releases=self.store,
            folder=self.folder,
            clock=MachineClock(),
            confirm_within=timedelta(milliseconds=400),
        )

    def release(self, version: str) -> Release:
        made = self._source / version
        made.mkdir(parents=True, exist_ok=True)
        (made / "page.txt").write_text(version)
        return Release(service="greeter", digest=self.store.keep(made), version=version)

    def write(self, name: str, text: str) -> None:
        (self.home / name).write_text(text)

    def log(self, command: str) -> list[str]:
        file = self.home / f"log-{command}"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def deployer(tmp_path: Path) -> Deployer:
    return Deployer(tmp_path)


async def _serving(deployer: Deployer) -> tuple[CommandTarget, Release]:
    target, first = deployer.target(), deployer.release("1")
    await target.prepare(first, instances=None, operation="1/prepare")
    await target.promote(first, operation="1/promote")
    return target, first


async def test_each_command_is_told_what_it_needs(deployer: Deployer) -> None:
    target, first = await _serving(deployer)
    second = deployer.release("2")
    await target.prepare(second, instances=None, operation="2/prepare")
    await target.shift(second, 550, operation="2/shift")
    await target.restore(operation="2/restore")
    await target.retire(second.digest, operation="2/retire")
    assert deployer.log("prepare") == [
        "prepare prepare 1 none 0 1/prepare",
        f"prepare prepare 2 {first.digest} 0 2/prepare",
    ]
    assert deployer.log("shift") == [
        "shift promote 1 none 100 1/promote",
        f"shift shift 2 {first.digest} 5.5 2/shift",
    ]
    assert deployer.log("restore") == [f"restore restore 2 {first.digest} 0 2/restore"]
    assert deployer.log("retire") == [f"retire retire 2 none 0 2/retire/{second.digest}"]
    assert deployer.log("inspect")[0] == "inspect inspect 1 none none "


async def test_a_command_gets_the_releases_folder(deployer: Deployer) -> None:
    deployer.write("fail-prepare", 'cat "$STRANDLINE_RELEASE/page.txt" > seen')
    await deployer.target().prepare(deployer.release("1"), instances=3, operation="1")
    assert (deployer.home / "seen").read_text() == "1"


async def test_a_move_that_inspect_does_not_show_is_not_believed(deployer: Deployer) -> None:
    target, _ = await _serving(deployer)
    second = deployer.release("2")
    await target.prepare(second, instances=None, operation="2")
    deployer.write("fail-shift", "exit 0")
    with pytest.raises(UnavailableError) as caught:
        await target.shift(second, 500, operation="3")
    assert caught.value.what == "`shift` was told 5%, and `inspect` says 0%."
    (deployer.home / "fail-shift").unlink()
    assert (await target.shift(second, 500, operation="3")).weight_bp == 500


async def test_a_prepare_that_moves_traffic_is_not_believed(deployer: Deployer) -> None:
    target, _ = await _serving(deployer)
    deployer.write("fail-prepare", 'echo "$STRANDLINE_DIGEST 100" > pair')
    with pytest.raises(UnavailableError, match="told 0%, and `inspect` says 100%"):
        await target.prepare(deployer.release("2"), instances=None, operation="2")


async def test_a_move_that_fails_says_what_the_command_wrote_and_may_be_tried_again(
    deployer: Deployer,
) -> None:
    target, first = await _serving(deployer)
    second = deployer.release("2")
    await target.prepare(second, instances=None, operation="2")
    deployer.write("fail-shift", "echo the load balancer is away >&2; exit 3")
    with pytest.raises(UnavailableError) as caught:
        await target.shift(second, 500, operation="3")
    assert "`shift` ended with code 3. It wrote:\nthe load balancer is away" in caught.value.what
    output = caught.value.remedy.split()[-1].rstrip(".")
    assert output in [str(file) for file in deployer.folder.glob("operations/*/output")]
    assert caught.value.where == "greeter in production"
    (deployer.home / "fail-shift").unlink()
    await target.shift(second, 500, operation="3")
    assert [line.split()[-1] for line in deployer.log("shift")] == ["1/promote", "3", "3"]
    state = await target.inspect()
    assert state.stable is not None
    assert (state.stable.digest, state.stable.weight_bp) == (first.digest, 9_500)


async def test_a_repeated_move_is_not_run_again_unless_another_came_after_it(deployer: Deployer) -> None:
    target, _ = await _serving(deployer)
    second = deployer.release("2")
    await target.prepare(second, instances=None, operation="2")
    for share, operation in (
        (500, "a"),
        (500, "a"),
        (2_500, "b"),
        (500, "a"),
        (500, "a"),
        (2_500, "b"),
        (500, "a"),
    ):
        assert (await target.shift(second, share, operation=operation)).weight_bp == share
    assert [line.split()[-1] for line in deployer.log("shift")[1:]] == [
        "a",
        "b",
        "a/again-1",
        "b/again-1",
        "a/again-2",
    ]


async def test_a_release_that_does_not_get_ready_is_cleaned_up(deployer: Deployer) -> None:
    target, first = await _serving(deployer)
    second = deployer.release("2")
    deployer.write("fail-prepare", "echo no such image; exit 1")
    with pytest.raises(RefusedError, match="Release 2 did not become ready: `prepare` ended with code 1"):
        await target.prepare(second, instances=None, operation="2")
    assert deployer.log("retire") == [f"retire retire 2 {first.digest} 0 2/clean-up"]
    with pytest.raises(RefusedError, match="not ready"):
        await target.shift(second, 500, operation="3")


async def test_a_release_that_takes_too_long_to_get_ready_is_refused(deployer: Deployer) -> None:
    deployer.write("fail-prepare", "sleep 60")
    target = deployer.target(time_limit=timedelta(milliseconds=300))
    with pytest.raises(RefusedError, match="took longer than its time limit"):
        await target.prepare(deployer.release("1"), instances=None, operation="1")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo all is well; exit 0", "did not print the JSON object"),
        ("echo broken pipe >&2; exit 9", "`inspect` ended with code 9. It wrote:\nbroken pipe"),
    ],
)
async def test_an_inspection_that_says_nothing_is_no_inspection(
    deployer: Deployer, script: str, said: str
) -> None:
    target, _ = await _serving(deployer)
    deployer.write("fail-inspect", script)
    for look in (target.inspect, target.observe):
        with pytest.raises(UnavailableError) as caught:
            await look()
        assert said in caught.value.what


async def test_without_counts_nothing_is_measured(deployer: Deployer) -> None:
    target, _ = await _serving(deployer)
    state = await target.observe()
    assert not state.is_measured
    assert state.stable is not None
    assert (state.stable.requests, state.stable.errors) == (None, None)


async def test_with_the_counts_of_one_arm_only_nothing_is_measured(deployer: Deployer) -> None:
    target, _ = await _serving(deployer)
    await target.prepare(deployer.release("2"), instances=None, operation="2")
    deployer.write("counts", ', "canary": {"requests": 5, "errors": 1}')
    state = await target.observe()
    assert not state.is_measured
    assert state.canary is not None
    assert state.canary.requests is None


async def test_counts_belong_to_their_releases_after_promotion_too(deployer: Deployer) -> None:
    target, first = await _serving(deployer)
    second = deployer.release("2")
    await target.prepare(second, instances=None, operation="2")
    deployer.write(
        "counts", ', "canary": {"requests": 5, "errors": 1}, "control": {"requests": 90, "errors": 0}'
    )
    state = await target.observe()
    assert state.is_measured
    assert state.stable is not None
    assert state.canary is not None
    assert (state.stable.digest, state.stable.requests) == (first.digest, 90)
    assert (state.canary.digest, state.canary.requests, state.canary.errors) == (second.digest, 5, 1)
    await target.promote(second, operation="3")
    state = await target.observe()
    assert state.stable is not None
    assert (state.stable.digest, state.stable.requests) == (second.digest, 5)
    assert state.canary is None


async def test_counters_that_go_back_begin_another_epoch(deployer: Deployer) -> None:
    target, _ = await _serving(deployer)
    deployer.write("counts", ', "canary": {"requests": 50, "errors": 1}')
    before = await target.observe()
    deployer.write("counts", ', "canary": {"requests": 49, "errors": 1}')
    seen = await deployer.target().inspect()
    after = await deployer.target().observe()
    assert before.disturbances == ()
    assert len(after.disturbances) == 1
    assert before.epoch != after.epoch == seen.epoch
    assert (await target.observe()).epoch == after.epoch
    deployer.write("counts", ', "canary": {"requests": 3, "errors": 0}, "epoch": "new"')
    named = await target.observe()
    assert named.epoch not in {before.epoch, after.epoch}
    assert named.disturbances == ()


async def test_a_way_back_needs_no_release_store(deployer: Deployer) -> None:
    target, first = await _serving(deployer)
    second = deployer.release("2")
    await target.prepare(second, instances=None, operation="2")
    await target.shift(second, 5_000, operation="3")
    kept = deployer.store.folder(second.digest)
    kept.chmod(0o755)
    (kept / "page.txt").unlink()
    assert (await deployer.target().restore(operation="4")).weight_bp == 0
    state = await target.inspect()
    assert state.stable is not None
    assert (state.stable.digest, state.stable.weight_bp) == (first.digest, 10_000)


async def test_a_release_that_was_tampered_with_is_not_prepared(deployer: Deployer) -> None:
    release = deployer.release("1")
    kept = deployer.store.folder(release.digest)
    kept.chmod(0o755)
    (kept / "page.txt").unlink()
    with pytest.raises(RefusedError, match="not what was kept"):
        await deployer.target().prepare(release, instances=None, operation="1")
    assert deployer.log("prepare") == []


async def test_a_stable_release_that_lost_traffic_gets_it_back(deployer: Deployer) -> None:
    target, first = await _serving(deployer)
    deployer.write("pair", f"{first.digest} 40")
    assert (await target.restore(operation="2")).weight_bp == 0
    assert (deployer.home / "pair").read_text() == f"{first.digest} 100\n"


async def test_a_release_is_looked_at_before_anything_runs(deployer: Deployer) -> None:
    release = deployer.release("1")
    deployer.target().check(release)
    with pytest.raises(NotFoundError):
        deployer.target().check(Release(service="greeter", digest="0" * 64, version="0"))
    for program in ("./missing", "no-such-program", "/bin/missing"):
        with pytest.raises(BadInputError, match="no program"):
            deployer.target(shift=(program, "x")).check(release)
    deployer.write("plain", "not executable")
    with pytest.raises(BadInputError, match="may not be run"):
        deployer.target(restore=("./plain",)).check(release)


async def test_without_a_retire_command_nothing_is_run_and_nothing_can_be_stopped(deployer: Deployer) -> None:
    await _serving(deployer)
    target, second = deployer.target(retire=()), deployer.release("2")
    await target.prepare(second, instances=None, operation="2")
    await target.retire(second.digest, operation="3")
    with pytest.raises(RefusedError, match="own deployer"):
        await target.stop()
    assert deployer.log("retire") == []


async def test_another_kind_of_target_is_refused(deployer: Deployer) -> None:
    environment = Environment(name="e", target=LocalTargetPolicy(listen="127.0.0.1:1", command=()))
    service = Service(name="s", owner="o", environments={"e": environment})
    with pytest.raises(BadInputError):
        CommandTarget(
            service, environment, releases=deployer.store, folder=deployer.folder, clock=MachineClock()
        )


async def test_a_memory_that_cannot_be_read_is_not_taken_for_an_empty_one(deployer: Deployer) -> None:
    target, _ = await _serving(deployer)
    (deployer.folder / "arms.json").write_text("{")
    with pytest.raises(UnavailableError):
        await target.inspect()


async def test_what_was_done_lies_in_the_targets_folder(deployer: Deployer) -> None:
    await _serving(deployer)
    orders = [json.loads(file.read_text()) for file in deployer.folder.glob("operations/*/order.json")]
    assert {order["operation"] for order in orders} == {"1/prepare", "1/promote"}
