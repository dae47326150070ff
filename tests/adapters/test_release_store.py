"""A release is its content: kept whole or not at all, the same everywhere, and never changed unseen."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strandline.adapters.release_store import FolderReleaseStore
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError, UnavailableError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    (made / "static").mkdir(parents=True)
    (made / "server.py").write_text("print(1)\n")
    (made / "run").write_text("#!/bin/sh\n")
    (made / "run").chmod(0o755)
    (made / "static" / "a.txt").write_text("a")
    (made / "latest").symlink_to("static/a.txt")
    return made


@pytest.fixture
def store(tmp_path: Path) -> FolderReleaseStore:
    return FolderReleaseStore(tmp_path / "store")


def test_a_kept_release_has_the_same_content(folder: Path, store: FolderReleaseStore) -> None:
    digest = store.keep(folder)
    kept = store.folder(digest)
    assert digest == store.digest(folder) == store.digest(kept)
    assert kept.is_absolute()
    assert (kept / "static" / "a.txt").read_text() == "a"
    assert (kept / "latest").readlink() == Path("static/a.txt")
    assert os.access(kept / "run", os.X_OK)


def test_a_kept_release_is_read_only(folder: Path, store: FolderReleaseStore) -> None:
    kept = store.folder(store.keep(folder))
    for path in (kept, *kept.rglob("*")):
        if not path.is_symlink():
            assert not path.stat().st_mode & 0o222


def test_keeping_twice_changes_nothing(folder: Path, store: FolderReleaseStore) -> None:
    kept = store.folder(store.keep(folder))
    before = kept.stat().st_ino
    store.keep(folder)
    assert kept.stat().st_ino == before
    assert store.keep(kept) == kept.name


def test_what_is_no_part_of_a_release_does_not_count(folder: Path, store: FolderReleaseStore) -> None:
    before = store.digest(folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / "static" / "__pycache__").mkdir()
    (folder / "static" / "__pycache__" / "x.pyc").write_text("x")
    (folder / "empty").mkdir()
    os.utime(folder / "server.py", (1, 1))
    (folder / "server.py").chmod(0o600)
    assert store.keep(folder) == before
    assert not list(store.folder(before).rglob("*.pyc"))


def test_whatever_counts_changes_the_digest(folder: Path, store: FolderReleaseStore) -> None:
    digests = [store.digest(folder)]
    (folder / "server.py").write_text("print(2)\n")
    digests.append(store.digest(folder))
    (folder / "server.py").chmod(0o755)
    digests.append(store.digest(folder))
    (folder / "latest").unlink()
    (folder / "latest").symlink_to("server.py")
    digests.append(store.digest(folder))
    (folder / "run").rename(folder / "runs")
    digests.append(store.digest(folder))
    (folder / "static" / "a.txt").rename(folder / "a.txt")
    (folder / "static").rmdir()
    digests.append(store.digest(folder))
    assert len(set(digests)) == len(digests)


def test_the_digest_is_what_the_documents_say(tmp_path: Path, store: FolderReleaseStore) -> None:
    # Worked out with coreutils and printf, not with the code: kind, path and content, with their lengths.
    made = tmp_path / "small"
    made.mkdir()
    (made / "a").write_bytes(b"hello")
    script = r"printf 'f\0\0\0\0\0\0\0\1a\0\0\0\0\0\0\0\5hello' | sha256sum"
    said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
    assert store.digest(made) == said.split()[0]


@pytest.mark.parametrize(
    "target",
    [
        "/etc/passwd",
        "../outside",
        "static/../../outside",
        "missing",
        "loop",
        "../release/server.py",
        ".git/x",
        "up/x",
    ],
)
def test_a_link_that_leads_out_or_nowhere_is_refused(
    folder: Path, store: FolderReleaseStore, target: str
) -> None:
    (folder.parent / "outside").write_text("secret")
    (folder / ".git").mkdir()
    (folder / ".git" / "x").write_text("x")
    (folder / "up").symlink_to("static")
    (folder / "loop").symlink_to(target)
    with pytest.raises(BadInputError) as caught:
        store.keep(folder)
    assert caught.value.where.endswith("loop")
    assert not (folder.parent / "store").exists()


def test_a_link_to_a_link_to_a_folder_is_kept(folder: Path, store: FolderReleaseStore) -> None:
    (folder / "current").symlink_to("static")
    (folder / "static" / "back").symlink_to("../current/a.txt")
    kept = store.folder(store.keep(folder))
    assert (kept / "static" / "back").read_text() == "a"


def test_a_socket_or_a_pipe_is_refused(
    folder: Path, store: FolderReleaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(BadInputError, match="socket, a pipe or a device"):
        store.keep(folder)
    (folder / "pipe").unlink()
    monkeypatch.chdir(folder)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(BadInputError, match="socket, a pipe or a device"):
            store.digest(folder)


@pytest.mark.parametrize("name", ["missing", "empty", "file"])
def test_what_is_no_folder_with_something_in_it_is_refused(
    tmp_path: Path, store: FolderReleaseStore, name: str
) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInputError) as caught:
        store.keep(tmp_path / name)
    assert caught.value.where.endswith(name)


def _tamper_content(kept: Path) -> None:
    (kept / "server.py").chmod(0o644)
    (kept / "server.py").write_text("print(3)\n")


def _tamper_mode(kept: Path) -> None:
    (kept / "server.py").chmod(0o755)


def _tamper_added(kept: Path) -> None:
    kept.chmod(0o755)
    (kept / "more.py").write_text("")


def _tamper_removed(kept: Path) -> None:
    kept.chmod(0o755)
    (kept / "server.py").unlink()


def _tamper_link(kept: Path) -> None:
    kept.chmod(0o755)
    (kept / "latest").unlink()
    (kept / "latest").symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    "tamper", [_tamper_content, _tamper_mode, _tamper_added, _tamper_removed, _tamper_link]
)
def test_a_release_that_was_tampered_with_is_refused(
    folder: Path, store: FolderReleaseStore, tamper: object
) -> None:
    digest = store.keep(folder)
    assert callable(tamper)
    tamper(store.folder(digest))
    with pytest.raises(RefusedError, match="not what was kept"):
        store.folder(digest)
    with pytest.raises(RefusedError, match="not what was kept"):
        store.keep(folder)


@pytest.mark.parametrize("digest", ["0" * 64, "", "..", "../release", "A" * 64, ".lock"])
def test_a_release_that_is_not_kept_is_not_found(
    folder: Path, store: FolderReleaseStore, digest: str
) -> None:
    known = store.keep(folder)
    with pytest.raises(NotFoundError) as caught:
        store.folder(digest)
    assert known[:12] in caught.value.remedy


def test_a_store_that_cannot_be_written_is_said_to_be_unavailable(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where the store's folder should be")
    with pytest.raises(UnavailableError):
        FolderReleaseStore(tmp_path / "blocked" / "store").keep(folder)


def test_a_folder_that_changes_while_it_is_copied_is_refused(
    folder: Path, store: FolderReleaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copyfileobj

    def copy_and_change(source: IO[bytes], target: IO[bytes], length: int = 0) -> None:
        copy(source, target, length)
        (folder / "static" / "a.txt").write_text("b")

    monkeypatch.setattr(shutil, "copyfileobj", copy_and_change)
    with pytest.raises(BadInputError, match="changed while it was copied"):
        store.keep(folder)
    assert [path.name for path in (tmp_path / "store").iterdir()] == [".lock"]


_KEEP = """
import sys
from pathlib import Path
from strandline.adapters.release_store import FolderReleaseStore
print("begins", flush=True)
print(FolderReleaseStore(Path(sys.argv[1])).keep(Path(sys.argv[2])), flush=True)
"""


def test_killed_at_any_instant_a_release_is_kept_whole_or_not_at_all(
    tmp_path: Path, store: FolderReleaseStore
) -> None:
    big = tmp_path / "big"
    for number in range(40):
        (big / f"{number % 5}").mkdir(parents=True, exist_ok=True)
        (big / f"{number % 5}" / f"{number}.bin").write_bytes(os.urandom(100_000))
    digest = store.digest(big)
    for tenths in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_KEEP), str(tmp_path / "store"), str(big)],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(tenths / 40)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if (tmp_path / "store" / digest).exists():
            assert store.folder(digest).name == digest
    assert store.keep(big) == digest
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [".lock", digest]


_ANY_CHARACTER = st.characters(exclude_characters="/\0", exclude_categories=["Cs"])
_NO_NAMES = {".", "..", ".git", "__pycache__"}
_names = st.text(alphabet=_ANY_CHARACTER, min_size=1, max_size=8).filter(lambda name: name not in _NO_NAMES)
_contents = st.tuples(st.binary(max_size=20), st.booleans())
_trees = st.dictionaries(st.tuples(_names, _names), _contents, min_size=1, max_size=5)


def _write(tree: dict[tuple[str, str], tuple[bytes, bool]], at: Path) -> None:
    for (folder, name), (content, is_executable) in tree.items():
        (at / folder).mkdir(parents=True, exist_ok=True)
        (at / folder / name).write_bytes(content)
        (at / folder / name).chmod(0o755 if is_executable else 0o644)


@settings(max_examples=60, deadline=None)
@given(_trees, _trees)
def test_two_folders_have_one_digest_exactly_if_they_have_one_content(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[tuple[str, str], tuple[bytes, bool]],
    second: dict[tuple[str, str], tuple[bytes, bool]],
) -> None:
    base = tmp_path_factory.mktemp("trees")
    store = FolderReleaseStore(base / "store")
    _write(first, base / "a")
    _write(dict(reversed(first.items())), base / "b")
    _write(second, base / "c")
    assert store.digest(base / "a") == store.digest(base / "b") == store.keep(base / "a")
    assert (store.digest(base / "a") == store.digest(base / "c")) == (first == second)
