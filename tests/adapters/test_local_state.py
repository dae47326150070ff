"""What a local target remembers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.adapters.envoy_cut_offs import CutOffs
from strandline.adapters.local_state import Counted, Memory, Phase, Wanted, WantedRelease
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.release import Release

NOW = datetime(2026, 11, 23, tzinfo=UTC)
RELEASE = Release(service="greeter", digest="a" * 64, version="1.0.0")


@given(steps=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=30))
def test_no_look_has_more_errors_than_requests_and_none_is_lost(steps: list[tuple[int, int]]) -> None:
    told = Counted(epoch="", requests=0, errors=0)
    requests = errors = 0
    for more_requests, more_errors in steps:
        requests, errors = requests + more_requests, errors + more_errors
        now = told.limit("run-1", requests, errors)
        if told.epoch:
            assert 0 <= now - told.errors <= requests - told.requests
        assert 0 <= now <= requests
        told = Counted(epoch="run-1", requests=requests, errors=now)
    assert told.limit("run-1", requests + errors, errors) == errors


@given(counted=st.builds(Counted, epoch=st.just("run-1"), requests=st.integers(0), errors=st.integers(0)))
def test_counts_of_another_run_begin_anew(counted: Counted) -> None:
    assert counted.limit("run-2", 10, 4) == 4


def test_lost_instances_are_made_good_after_ever_longer_times() -> None:
    known = WantedRelease(release=RELEASE, instances=1)
    waits = []
    for _ in range(12):
        known = known.after_loss(NOW, timedelta(seconds=1))
        assert known.restart_at is not None
        waits.append((known.restart_at - NOW).total_seconds())
    assert waits == [0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]
    assert known.lost == 12


def test_a_long_life_ends_the_suspicion() -> None:
    known = WantedRelease(release=RELEASE, instances=1, lost=5, lost_in_a_row=5)
    known = known.after_loss(NOW, timedelta(minutes=5))
    assert known.restart_at == NOW
    assert known.lost == 6


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    wanted = Wanted(stable=RELEASE.digest).with_release(WantedRelease(release=RELEASE, instances=2))
    wanted = wanted.with_instances(RELEASE.digest, (1, 2), Phase.STARTING, NOW)
    Memory(tmp_path).write(wanted)
    assert Memory(tmp_path).read() == wanted


def test_a_name_is_never_given_twice() -> None:
    wanted = Wanted().with_instances(RELEASE.digest, (1, 2), Phase.SERVING, NOW)
    first = {instance.name for instance in wanted.instances}
    wanted = wanted.without(frozenset(first)).with_instances(RELEASE.digest, (1, 2), Phase.SERVING, NOW)
    assert first.isdisjoint({instance.name for instance in wanted.instances})


def test_a_state_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "wanted.json").write_text("{")
    with pytest.raises(UnavailableError, match="cannot be read"):
        Memory(tmp_path).read()


def test_cut_off_answers_are_counted_across_a_fold(tmp_path: Path) -> None:
    cut_offs = CutOffs(tmp_path)
    assert cut_offs.counts() == {}
    cut_offs.log.write_text("release-a\nrelease-b\nrelease-a\nrelea")
    assert cut_offs.counts() == {"release-a": 2, "release-b": 1}
    cut_offs.log.write_text("release-a\n" * 200_000)
    cut_offs.fold()
    assert cut_offs.log.stat().st_size == 0
    with cut_offs.log.open("a") as log:
        log.write("release-b\n")
    assert cut_offs.counts() == {"release-a": 200_000, "release-b": 1}
    cut_offs.begin()
    assert cut_offs.counts() == {}
