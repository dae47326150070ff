"""A release says its own version, else version control does, else its folder; and it is kept or refused."""

from pathlib import Path

import pytest

from strandline.adapters.release_store import FolderReleaseStore
from strandline.rollout.catalogue_finding import CatalogueError
from strandline.rollout.release import describe_release, read_release
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.release import Commit, Release


class _History:
    def __init__(self, commit: str = "", version: str = "") -> None:
        self._commit = commit
        self._version = version

    def commit_of(self, folder: Path) -> str:
        return self._commit if folder.is_dir() else ""

    def version_of(self, folder: Path) -> str:
        return self._version if folder.is_dir() else ""

    def changes(self, folder: Path, *, since: str, until: str) -> tuple[Commit, ...] | None:
        raise NotImplementedError(folder, since, until)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release 7"
    made.mkdir()
    (made / "server.py").write_text("print(1)\n")
    return made


def _describe(folder: Path, history: _History | None = None) -> Release:
    store = FolderReleaseStore(folder.parent / "store")
    return describe_release(folder, service="greeter", store=store, history=history or _History())


def test_a_release_says_its_own_version_and_command(folder: Path) -> None:
    (folder / "release.yaml").write_text("version: 1.10\ncommand: [./serve, --port, '{port}', 3, true]\n")
    release = _describe(folder, _History(commit="ab" * 20, version="v1.9"))
    assert release.version == "1.10"
    assert release.command == ("./serve", "--port", "{port}", "3", "true")
    assert (release.service, release.commit) == ("greeter", "ab" * 20)
    assert len(release.digest) == 64


def test_a_whole_number_is_a_version(folder: Path) -> None:
    (folder / "release.yaml").write_text("version: 20261123\n")
    assert _describe(folder).version == "20261123"


def test_without_a_word_of_its_own_version_control_names_it(folder: Path) -> None:
    assert _describe(folder, _History(version="v1.9-2-gab12cd3")).version == "v1.9-2-gab12cd3"


def test_without_version_control_the_folder_names_it(folder: Path) -> None:
    assert _describe(folder).version == "release-7"


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_says_nothing(folder: Path, text: str) -> None:
    (folder / "release.yaml").write_text(text)
    assert _describe(folder).version == "release-7"


@pytest.mark.parametrize(
    ("content", "place", "word"),
    [
        (b"version: 1 2\n", "1:10", "version"),
        (b"versoin: 1\n", "1:1", 'Did you mean "version"'),
        (b"version: 1\ncommand: ./serve\n", "2:10", "list"),
        (b"version: 1\ncommand: []\n", "2:10", "empty"),
        (b"version: 1\ncommand: [[a]]\n", "2:11", "text"),
        (b"version: 1\nx: \xff\n", "2:4", "UTF-8"),
        (b"- a\n", "1:1", "group of keys"),
        (b"version: 'a\n", "2:1", "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_nothing_is_kept(
    folder: Path, content: bytes, place: str, word: str
) -> None:
    (folder / "release.yaml").write_bytes(content)
    with pytest.raises(CatalogueError) as caught:
        _describe(folder)
    assert caught.value.where == f"{folder / 'release.yaml'}:{place}"
    assert word in str(caught.value)
    assert not (folder.parent / "store").exists()


def test_a_release_file_that_is_no_file_is_refused(folder: Path) -> None:
    (folder / "release.yaml").mkdir()
    with pytest.raises(BadInputError) as caught:
        _describe(folder)
    assert caught.value.where.endswith("release.yaml")


def test_no_folder_is_refused_as_such(tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as caught:
        _describe(tmp_path / "missing")
    assert "no such folder" in caught.value.what


def test_what_a_release_states_is_read_alone() -> None:
    assert read_release("version: v1\n", file="release.yaml") == {"version": "v1"}
