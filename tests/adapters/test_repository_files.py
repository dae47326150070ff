"""A repository's files as of its newest commit, from the store alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.adapters.git_scene import Scene

from strandline.adapters.repository_files import repository_files
from strandline.vocabulary.change import CommitMade, TagCreated
from strandline.vocabulary.errors import BadInputError

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_files_are_read_from_the_newest_commit_and_not_from_the_folder(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "shop")
    (scene.folder / "docs").mkdir()
    scene.commit("First", **{"docs/deploy.md": "# Deploy\n", "main.py": "print()\n"})
    scene.git("tag", "v1.0.0")
    scene.write(**{"docs/deploy.md": "altered", "new.md": "not committed"})
    with repository_files(scene.folder) as reader:
        found = reader.contents()
        assert {each.path: each.text for each in found.files} == {"docs/deploy.md": "# Deploy\n"}
        assert set(found.paths) == {"docs/deploy.md", "main.py"}
        assert found.tags == ("v1.0.0",)
        assert found.commit == scene.head()
        partial, history = reader.commits(since=LONG_AGO)
    assert partial == ""
    assert [each.type for each in history] == [CommitMade.TYPE, TagCreated.TYPE]


def test_the_commits_that_altered_a_file_are_told_with_message_and_author(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "shop")
    scene.commit("First", **{"RELEASING.md": "one"})
    scene.commit("Other", **{"main.py": "x"})
    last = scene.commit(
        "Mend the guide\n\nReviewed-by: Eve <e@x>\n", **{"RELEASING.md": "two", "> odd\n.md": "x"}
    )
    with repository_files(scene.folder) as reader:
        changes = reader.changes(last, ["RELEASING.md", "> odd\n.md"])
        assert [each.message.strip().splitlines()[0] for each in changes] == ["First", "Mend the guide"]
        assert changes[1].paths == ("> odd\n.md", "RELEASING.md")
        assert changes[1].reviewers == ("Eve",)
        assert changes[1].author == "Ada L"
        assert reader.changes(last, []) == ()


def test_binary_large_and_linked_files_are_not_read(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "shop")
    (scene.folder / "link.md").symlink_to("/etc/passwd")
    scene.commit("First", **{"a.md": "a\0b", "big.md": "x" * 600_000, "b.md": "fine"})
    with repository_files(scene.folder) as reader:
        found = reader.contents()
    assert [each.path for each in found.files] == ["b.md"]
    assert "link.md" in found.paths


def test_a_repository_without_a_commit_is_refused_with_what_to_do(tmp_path: Path) -> None:
    Scene(tmp_path / "empty")
    with repository_files(tmp_path / "empty") as reader, pytest.raises(BadInputError, match="no commit"):
        reader.contents()


def test_commits_that_are_older_are_left_out(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "shop")
    scene.seconds -= 10 * 365 * 86_400
    scene.commit("Old")
    scene.seconds += 10 * 365 * 86_400
    scene.commit("New")
    with repository_files(scene.folder) as reader:
        _, history = reader.commits(since=LONG_AGO)
    assert [each.content["subject"] for each in history] == ["New"]
