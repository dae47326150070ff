"""Importing a repository: everything once, then what is new, and nothing noted before it is recorded."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.kpi.told import at, committed, scope, sha

from strandline.collection.repository_import import ReadHistory, import_repository
from strandline.intake.git_events import ReadTag, tag_event
from strandline.intake.git_releases import TaggedReleases
from strandline.kpi.all_figures import FIGURES
from strandline.kpi.history import history_from
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import BadInputError, UnavailableError
from strandline.vocabulary.event import Event, JsonValue


class FakeRepository:
    """A repository of so many commits; its state is how many were read."""

    address = "https://git.example/shop"

    def __init__(self, *commits: Event) -> None:
        self.commits = commits
        self.asked: list[dict[str, JsonValue] | None] = []
        self.breaks = False

    def history(self, since: dict[str, JsonValue] | None) -> ReadHistory:
        """Return the commits after those that were read."""
        self.asked.append(since)
        read = int(str((since or {}).get("read", 0)))
        return ReadHistory(
            state={"read": len(self.commits)},
            partial="",
            rewritten=(),
            events=self._events(read),
        )

    def _events(self, read: int) -> Iterator[Event]:
        yield from self.commits[read:]
        if self.breaks:
            what = "Git went away."
            raise UnavailableError(what)


CLOCK = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
COMMITS = tuple(committed(f"c{number}", at(number)) for number in range(5))


def test_the_first_time_everything_then_only_what_is_new() -> None:
    ledger = MemoryLedger(clock=CLOCK)
    repository = FakeRepository(*COMMITS[:3])
    assert import_repository(ledger, repository, clock=CLOCK, actor="ada").new == 3
    repository.commits = COMMITS
    assert import_repository(ledger, repository, clock=CLOCK, actor="ada").new == 2
    assert repository.asked == [None, {"read": 3}]


def tagged(name: str, commit: str, days: float) -> Event:
    tag = ReadTag(name=name, object=sha(commit), commit=sha(commit), created_at=at(days), is_annotated=True)
    return tag_event(tag, FakeRepository.address)


RELEASES = TaggedReleases(like=r"v\d+(\.\d+)*", service="shop", environment="production")


def test_tags_are_deployments_only_where_somebody_says_so() -> None:
    ledger = MemoryLedger(clock=CLOCK)
    tags = tagged("v1", "c1", 1), tagged("v2rc1", "c2", 2), tagged("v2.0", "c3", 3)
    repository = FakeRepository(*COMMITS, *tags)
    assert import_repository(ledger, repository, clock=CLOCK, actor="ada").releases == 0
    done = import_repository(ledger, repository, clock=CLOCK, actor="ada", releases=RELEASES)
    assert (done.new, done.releases) == (0, 2)
    again = import_repository(ledger, repository, clock=CLOCK, actor="ada", releases=RELEASES)
    assert again.releases == 0
    history = history_from(record.event for record in ledger.read())
    deployments = history.deployments["shop", "production"]
    assert [(each.version, each.commit) for each in deployments] == [("v1", sha("c1")), ("v2.0", sha("c3"))]
    [frequency] = [FIGURES["deployment-frequency"](history, scope())]
    assert frequency.explicit.n == 2


def test_a_tag_that_is_moved_is_another_deployment() -> None:
    ledger = MemoryLedger(clock=CLOCK)
    repository = FakeRepository(*COMMITS, tagged("v1", "c1", 1), tagged("v1", "c3", 3))
    done = import_repository(ledger, repository, clock=CLOCK, actor="ada", releases=RELEASES)
    assert done.releases == 2


def test_a_pattern_that_is_none_is_refused_before_anything_is_read() -> None:
    ledger = MemoryLedger(clock=CLOCK)
    wrong = TaggedReleases(like="v(", service="shop", environment="production")
    with pytest.raises(BadInputError, match="no regular expression"):
        import_repository(ledger, FakeRepository(*COMMITS), clock=CLOCK, actor="ada", releases=wrong)
    assert ledger.head().seq == 0


def test_an_import_that_broke_off_is_done_again_from_the_start() -> None:
    ledger = MemoryLedger(clock=CLOCK)
    repository = FakeRepository(*COMMITS)
    repository.breaks = True
    with pytest.raises(UnavailableError):
        import_repository(ledger, repository, clock=CLOCK, actor="ada")
    repository.breaks = False
    done = import_repository(ledger, repository, clock=CLOCK, actor="ada")
    assert repository.asked == [None, None]
    assert done.new + done.known == 5


def test_what_a_newer_reader_makes_of_an_old_commit_does_not_stop_it() -> None:
    from msgspec.structs import replace  # noqa: PLC0415 - only here

    ledger = MemoryLedger(clock=CLOCK)
    ledger.append([COMMITS[0]])
    altered = replace(COMMITS[0], content={**COMMITS[0].content, "files": 9})
    done = import_repository(ledger, FakeRepository(altered, COMMITS[1]), clock=CLOCK, actor="ada")
    assert (done.new, done.known) == (1, 1)
