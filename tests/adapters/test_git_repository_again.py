"""Reading again: only what is new; and what is not the whole history is told as such."""

import subprocess
from pathlib import Path

import msgspec
import pytest
from tests.adapters.git_scene import Scene

from strandline.adapters.git_repository import GitReading, GitState, git_repository
from strandline.ledger.codec import from_bytes, to_bytes
from strandline.vocabulary.change import TagCreated
from strandline.vocabulary.event import Event


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "shop")


def read(folder: Path, since: GitState | None = None) -> tuple[GitReading, list[Event]]:
    with git_repository(folder) as repository:
        reading = repository.read(since)
        return reading, [from_bytes(to_bytes(event)) for event in repository.events(reading)]


def ids(events: list[Event]) -> list[str]:
    return [event.id for event in events]


def test_a_second_reading_tells_only_what_is_new(scene: Scene) -> None:
    scene.commit("One", a="1")
    scene.git("tag", "v1")
    before, first = read(scene.folder)
    again, nothing = read(scene.folder, before.state)
    assert len(first) == 2
    assert (nothing, again.state) == ([], before.state)
    new = scene.commit("Two", a="2")
    scene.git("tag", "v2")
    after, second = read(scene.folder, before.state)
    assert ids(second) == [f"commit-{new}", f"tag-v2-{new}"]
    assert after.rewritten == ()


def test_the_state_is_kept_as_json(scene: Scene) -> None:
    scene.commit("One", a="1")
    state = read(scene.folder)[0].state
    assert msgspec.json.decode(msgspec.json.encode(state), type=GitState) == state


def test_all_at_once_and_bit_by_bit_tell_the_same(scene: Scene) -> None:
    told: dict[str, Event] = {}
    state = None
    scene.commit("Begin", a="1\n")
    for number in range(4):
        original = scene.commit(f"Work {number}", b=f"{number}\n")
        if number == 2:
            scene.git("branch", "release", "HEAD~2")
            scene.git("checkout", "-q", "release")
            scene.git("cherry-pick", "-Xtheirs", original)
            scene.git("checkout", "-q", "main")
        reading, events = read(scene.folder, state)
        assert not told.keys() & set(ids(events))
        told |= {event.id: event for event in events}
        state = reading.state
    assert told == {event.id: event for event in read(scene.folder)[1]}


def test_an_original_that_was_read_before_gets_its_patch_when_the_copy_comes(scene: Scene) -> None:
    base = scene.commit("Begin", a="1\n")
    original = scene.commit("Repair", b="1\n")
    before, _ = read(scene.folder)
    scene.git("checkout", "-q", "-b", "release", base)
    scene.commit("Release", version="1")
    scene.git("cherry-pick", original)
    patches = [each for each in ids(read(scene.folder, before.state)[1]) if "-patch-" in each]
    assert {each.split("-")[1] for each in patches} == {original, scene.head()}
    assert len({each.split("-")[3] for each in patches}) == 1


def test_a_forced_push_is_noticed(scene: Scene) -> None:
    scene.commit("Begin", a="1")
    old = scene.commit("Secret", a="2")
    before, _ = read(scene.folder)
    scene.git("reset", "-q", "--hard", "HEAD~1")
    new = scene.commit("Instead", a="3")
    after, events = read(scene.folder, before.state)
    assert ids(events) == [f"commit-{new}"]
    ((name, was, now),) = [(moved.name, moved.before, moved.after) for moved in after.rewritten]
    assert (name, was, now) == ("refs/heads/main", old, new)


def test_a_forced_push_is_noticed_though_the_old_commits_were_cleared_away(scene: Scene) -> None:
    scene.commit("Begin", a="1")
    scene.commit("Secret", a="2")
    before, _ = read(scene.folder)
    scene.git("reset", "-q", "--hard", "HEAD~1")
    new = scene.commit("Instead", a="3")
    scene.git("reflog", "expire", "--expire=all", "--all")
    scene.git("gc", "-q", "--prune=now")
    after, events = read(scene.folder, before.state)
    assert f"commit-{new}" in ids(events)
    assert [moved.name for moved in after.rewritten] == ["refs/heads/main"]


def test_a_branch_that_is_gone_matters_only_if_its_work_is_gone(scene: Scene) -> None:
    scene.commit("Begin", a="1")
    for branch in ("merged", "lost"):
        scene.git("branch", branch)
    scene.git("checkout", "-q", "lost")
    lost = scene.commit("Lost", b="1")
    scene.git("checkout", "-q", "main")
    before, _ = read(scene.folder)
    scene.git("branch", "-q", "-D", "merged", "lost")
    moved = read(scene.folder, before.state)[0].rewritten
    assert [(each.name, each.before, each.after) for each in moved] == [("refs/heads/lost", lost, "")]


def test_a_tag_that_is_moved_or_gone_is_noticed_and_told_anew(scene: Scene) -> None:
    scene.commit("Begin", a="1")
    scene.git("tag", "v1")
    scene.git("tag", "v2")
    before, first = read(scene.folder)
    scene.commit("Go on", a="2")
    scene.git("tag", "-f", "v1")
    scene.git("tag", "-d", "v2")
    after, second = read(scene.folder, before.state)
    assert [moved.name for moved in after.rewritten] == ["refs/tags/v1", "refs/tags/v2"]
    (tag,) = [event for event in second if event.type == TagCreated.TYPE]
    assert tag.subject_id == "v1"
    assert tag.id not in ids(first)


def shallow(scene: Scene, folder: Path) -> None:
    scene.git("clone", "-q", "--depth", "2", scene.folder.as_uri(), str(folder))


def test_a_shallow_clone_is_told_as_partial_and_its_edge_is_left_out(scene: Scene, tmp_path: Path) -> None:
    made = [scene.commit(f"Work {number}", a=f"{number}\n", b="1\n") for number in range(4)]
    shallow(scene, tmp_path / "shallow")
    reading, events = read(tmp_path / "shallow")
    assert "the history is partial" in reading.partial
    assert "git fetch --unshallow" in reading.partial
    assert ids(events) == [f"commit-{made[3]}"]
    assert events[0].content["parents"] == [made[2]]
    assert events[0].content["files"] == 1


def test_a_shallow_clone_of_one_commit_has_nothing_that_can_be_told(scene: Scene, tmp_path: Path) -> None:
    scene.commit("Work", a="1")
    scene.commit("Work", a="2")
    scene.git("clone", "-q", "--depth", "1", scene.folder.as_uri(), str(tmp_path / "shallow"))
    reading, events = read(tmp_path / "shallow")
    assert events == []
    assert reading.partial


def test_a_clone_that_was_deepened_tells_what_was_missing(scene: Scene, tmp_path: Path) -> None:
    made = [scene.commit(f"Work {number}", a=f"{number}\n") for number in range(4)]
    folder = tmp_path / "shallow"
    shallow(scene, folder)
    before, _ = read(folder)
    scene.git("-C", str(folder), "fetch", "-q", "--unshallow")
    after, events = read(folder, before.state)
    assert [event.subject_id for event in events] == made
    assert (after.partial, after.state.boundary, after.rewritten) == ("", (), ())


def test_a_clone_without_contents_is_read_without_counting(scene: Scene, tmp_path: Path) -> None:
    made = scene.commit("Work", a="1\n")
    scene.git("config", "uploadpack.allowFilter", "true")
    folder = tmp_path / "partial"
    scene.git("clone", "-q", "--bare", "--filter=blob:none", scene.folder.as_uri(), str(folder))
    reading, events = read(folder)
    assert "without contents" in reading.partial
    assert ids(events) == [f"commit-{made}-uncounted"]
    assert "files" not in events[0].content
    objects = subprocess.run(
        ["git", "-C", str(folder), "rev-list", "--objects", "--missing=print", "--all"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "GIT_NO_LAZY_FETCH": "1"},
    )
    assert "?" in objects.stdout, "reading must not have fetched anything"


def test_reading_may_stop_halfway(scene: Scene) -> None:
    for number in range(3):
        scene.commit(f"Work {number}", a=str(number))
    with git_repository(scene.folder, workers=2) as repository:
        events = repository.events(repository.read())
        assert isinstance(next(events), Event)
        events.close()  # type: ignore[attr-defined] # a generator behind the iterator
