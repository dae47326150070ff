"""What Git knows is asked safely: no answer is an answer, and a hostile repository runs nothing."""

import subprocess
import time
from pathlib import Path

import pytest

from strandline.adapters.git_history import GitHistory


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Ada L", "-c", "user.email=ada@example.org", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    made = tmp_path / "repository"
    made.mkdir()
    _git(made, "init", "-q", "-b", "main")
    for number, subject in enumerate(["First", "Second: ü\twith a tab", "Third"]):
        (made / "server.py").write_text(f"print({number})\n")
        _git(made, "add", "server.py")
        _git(made, "commit", "-q", "-m", f"{subject}\n\nBody {number}\nof two lines")
    return made


def test_a_folder_is_at_its_commit(repository: Path) -> None:
    assert GitHistory().commit_of(repository) == _git(repository, "rev-parse", "HEAD")
    (repository / "part").mkdir()
    assert GitHistory().commit_of(repository / "part") == _git(repository, "rev-parse", "HEAD")


def test_a_version_is_the_nearest_tag(repository: Path) -> None:
    assert GitHistory().version_of(repository) == ""
    _git(repository, "tag", "v1.0", "HEAD~1")
    assert GitHistory().version_of(repository).startswith("v1.0-1-g")
    _git(repository, "tag", "-a", "v1.1", "-m", "x")
    assert GitHistory().version_of(repository) == "v1.1"


def test_a_part_of_a_repository_has_no_version_of_its_own(repository: Path) -> None:
    _git(repository, "tag", "v1.0")
    (repository / "part").mkdir()
    assert GitHistory().version_of(repository / "part") == ""


def test_changes_are_the_commits_between_newest_first(repository: Path) -> None:
    history = GitHistory()
    first, last = _git(repository, "rev-parse", "HEAD~2"), _git(repository, "rev-parse", "HEAD")
    changes = history.changes(repository, since=first, until=last)
    assert changes is not None
    assert [commit.subject for commit in changes] == ["Third", "Second: ü\twith a tab"]
    assert changes[0].id == last
    assert changes[0].author == "Ada L"
    assert history.changes(repository, since=last, until=last) == ()
    assert history.changes(repository, since=last, until=first) == ()


@pytest.mark.parametrize("since", ["", "0" * 40, "--output=x", "HEAD", "abc"])
def test_changes_since_what_is_no_known_commit_cannot_be_known(repository: Path, since: str) -> None:
    last = _git(repository, "rev-parse", "HEAD")
    assert GitHistory().changes(repository, since=since, until=last) is None
    assert not (repository / "x").exists()


def test_without_a_repository_nothing_is_known(tmp_path: Path) -> None:
    history = GitHistory()
    for folder in (tmp_path, tmp_path / "missing"):
        assert history.commit_of(folder) == ""
        assert history.version_of(folder) == ""
        assert history.changes(folder, since="a" * 40, until="b" * 40) is None


def test_a_repository_without_commits_has_none(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    assert GitHistory().commit_of(tmp_path) == ""


def test_without_the_program_nothing_is_known(repository: Path) -> None:
    history = GitHistory(program="no-such-git")
    assert history.commit_of(repository) == ""
    assert history.version_of(repository) == ""


def test_a_program_that_hangs_is_ended_with_its_children(repository: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow-git"
    slow.write_text("#!/bin/sh\nsleep 60 &\nsleep 60\n")
    slow.chmod(0o755)
    began = time.monotonic()
    assert GitHistory(program=str(slow), time_limit_seconds=0.3).commit_of(repository) == ""
    assert time.monotonic() - began < 10


def test_a_hostile_repository_runs_nothing(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    hooks = repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "core.askPass",
        "core.alternateRefsCommand",
        "gpg.program",
        "gpg.ssh.program",
        "diff.external",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "credential.helper",
        "pager.log",
        "pager.describe",
        "uploadpack.packObjectsHook",
    ):
        _git(repository, "config", key, str(trap))
    _git(repository, "config", "log.showSignature", "true")
    _git(repository, "config", "core.hooksPath", str(hooks))
    _git(repository, "config", "alias.log", f"!{trap}")
    _git(repository, "config", "remote.origin.url", f"ext::{trap}")
    _git(repository, "config", "remote.origin.promisor", "true")
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    (repository / "server.py").write_text("dirty\n")
    last = (repository / ".git" / "refs" / "heads" / "main").read_text().strip()
    (tmp_path / "sprung").unlink(missing_ok=True)
    history = GitHistory()
    assert history.commit_of(repository) == last
    assert history.version_of(repository) == ""
    history.changes(repository, since="a" * 40, until=last)
    assert len(history.changes(repository, since=last, until=last) or ()) == 0
    assert not (tmp_path / "sprung").exists()


def test_a_bare_repository_in_a_release_folder_is_not_believed(tmp_path: Path) -> None:
    release = tmp_path / "release"
    release.mkdir()
    _git(tmp_path, "init", "-q", "--bare", str(release))
    _git(release, "symbolic-ref", "HEAD", "refs/heads/main")
    tree = subprocess.run(
        ["git", "mktree"], cwd=release, input="", capture_output=True, text=True, check=True
    ).stdout.strip()
    commit = _git(release, "commit-tree", "-m", "x", tree)
    _git(release, "update-ref", "refs/heads/main", commit)
    assert _git(release, "rev-parse", "HEAD") == commit
    assert GitHistory().commit_of(release) == ""
