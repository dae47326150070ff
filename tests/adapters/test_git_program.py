"""Git is asked safely: a hostile repository runs nothing, and what cannot be read is told in a sentence."""

import os
import time
from pathlib import Path

import pytest
from tests.adapters.git_scene import Scene

from strandline.adapters.git_program import git_of
from strandline.adapters.git_repository import git_repository
from strandline.vocabulary.errors import BadInputError, UnavailableError
from strandline.vocabulary.event import Event


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "shop")


def read(folder: Path) -> list[Event]:
    with git_repository(folder) as repository:
        return list(repository.events(repository.read()))


def told(scene: Scene) -> dict[str, object]:
    return {event.id: event.content for event in read(scene.folder)}


def with_a_copy(scene: Scene) -> None:
    """A history that has all parts of a reading asked."""
    scene.commit("Begin", **{"a.txt": "1\n2\n3\n", "b.bin": "\0"})
    original = scene.commit("Work", **{"a.txt": "1\n2\n4\n"})
    scene.git("checkout", "-q", "-b", "release", "HEAD~1")
    scene.commit("Release", version="1\n")
    scene.git("cherry-pick", original)
    scene.git("tag", "-a", "v1", "-m", "One")


def test_a_hostile_repository_runs_nothing(scene: Scene, tmp_path: Path) -> None:
    with_a_copy(scene)
    before = told(scene)
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (scene.folder / ".git" / "hooks" / hook).write_text(trap.read_text())
        (scene.folder / ".git" / "hooks" / hook).chmod(0o755)
    keys = (
        "core.fsmonitor core.pager core.sshCommand core.editor core.askPass core.alternateRefsCommand "
        "core.gitProxy credential.helper diff.external diff.evil.command diff.evil.textconv "
        "filter.evil.clean filter.evil.smudge filter.evil.process gpg.program gpg.ssh.program pager.log "
        "pager.config uploadpack.packObjectsHook merge.evil.driver interactive.diffFilter "
        "trailer.evil.command"
    )
    for key in keys.split():
        scene.git("config", key, str(trap))
    scene.git("config", "log.showSignature", "true")
    scene.git("config", "alias.log", f"!{trap}")
    scene.git("config", "alias.rev-list", f"!{trap}")
    for attributes in (".gitattributes", ".git/info/attributes"):
        (scene.folder / attributes).write_text("* diff=evil filter=evil merge=evil\n")
    scene.git("config", "diff.evil.cachetextconv", "true")
    assert told(scene) == before
    assert not (tmp_path / "sprung").exists()


def test_the_trap_is_one_that_springs(scene: Scene, tmp_path: Path) -> None:
    scene.commit("Begin", a="1\n")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    scene.git("config", "diff.external", str(trap))
    scene.git("log", "-p", "--ext-diff")
    assert (tmp_path / "sprung").exists()


def test_what_is_told_does_not_depend_on_configuration(scene: Scene) -> None:
    with_a_copy(scene)
    before = told(scene)
    settings = {
        "diff.algorithm": "patience",
        "diff.context": "0",
        "diff.ignoreSubmodules": "all",
        "diff.interHunkContext": "9",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.orderFile": "/nonexistent",
        "diff.relative": "true",
        "diff.renameLimit": "1",
        "diff.renames": "copies",
        "diff.submodule": "log",
        "diff.suppressBlankEmpty": "true",
        "core.abbrev": "4",
        "core.attributesFile": str(scene.folder / "all-binary"),
        "core.bigFileThreshold": "1",
        "core.quotePath": "false",
        "color.ui": "always",
        "format.pretty": "oneline",
        "i18n.logOutputEncoding": "UTF-16",
        "log.abbrevCommit": "true",
        "log.date": "relative",
        "log.decorate": "full",
        "log.diffMerges": "first-parent",
        "log.follow": "true",
        "log.mailmap": "true",
        "log.showRoot": "false",
        "notes.displayRef": "*",
        "core.worktree": "/nonexistent",
    }
    for key, value in settings.items():
        scene.git("config", key, value)
    (scene.folder / "all-binary").write_text("* binary\n")
    (scene.folder / ".gitattributes").write_text("* binary\n")
    (scene.folder / ".mailmap").write_text("Somebody Else <ada@example.org>\n")
    assert told(scene) == before


def test_replaced_and_grafted_commits_are_told_as_they_were_made(scene: Scene) -> None:
    one = scene.commit("One", a="1")
    two = scene.commit("Two", a="2")
    before = told(scene)
    other = scene.git("commit-tree", "-m", "Forged", f"{one}^{{tree}}")
    scene.git("replace", two, other)
    (scene.folder / ".git" / "info" / "grafts").write_text(f"{two}\n")
    assert told(scene) == before


def test_reading_leaves_the_repository_as_it_was(scene: Scene) -> None:
    with_a_copy(scene)
    files = sorted(scene.folder.rglob("*"))
    states = [(file, file.stat().st_mtime_ns) for file in files]
    read(scene.folder)
    assert sorted(scene.folder.rglob("*")) == files
    assert [(file, file.stat().st_mtime_ns) for file in files] == states


def test_nobodys_environment_or_home_has_a_say(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_copy(scene)
    before = told(scene)
    (tmp_path / ".gitconfig").write_text("[log]\n\tshowRoot = false\n[i18n]\n\tlogOutputEncoding = UTF-16\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'log.showroot=false'")
    assert told(scene) == before


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path, scene: Scene) -> None:
    with pytest.raises(BadInputError, match="This is not a Git repository") as error:
        read(tmp_path)
    assert error.value.where == str(tmp_path)
    (scene.folder / "part").mkdir()
    with pytest.raises(BadInputError, match="This is not a Git repository") as error:
        read(scene.folder / "part")
    assert "top folder" in error.value.remedy


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="does not exist"):
        read(tmp_path / "missing")


def test_a_machine_without_git_is_told_what_to_install(scene: Scene) -> None:
    with (
        pytest.raises(UnavailableError, match="no-such-git cannot be run") as error,
        git_of(scene.folder, program="no-such-git"),
    ):
        pass
    assert "Install Git" in error.value.remedy


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a folder to somebody else")
def test_a_repository_of_somebody_else_is_not_read(scene: Scene) -> None:
    scene.commit("Begin")
    for path in (scene.folder, *scene.folder.rglob("*")):
        os.chown(path, 12345, 12345)
    with pytest.raises(BadInputError, match="belongs to somebody else"):
        read(scene.folder)


def test_a_damaged_repository_is_told_in_the_words_of_git(scene: Scene) -> None:
    made = scene.commit("Begin", a="1")
    scene.commit("Go on", a="2")
    (scene.folder / ".git" / "objects" / made[:2] / made[2:]).unlink()
    with pytest.raises(UnavailableError, match=r"`git rev-list` failed: .+") as error:
        read(scene.folder)
    assert "git fsck" in error.value.remedy


def test_contents_that_are_missing_are_told_and_end_the_reading(scene: Scene) -> None:
    scene.commit("Begin", a="1\n")
    blob = scene.git("rev-parse", "HEAD:a")
    (scene.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnavailableError, match="`git log` failed"):
        read(scene.folder)


def test_a_git_that_hangs_is_ended_with_its_children(scene: Scene, tmp_path: Path) -> None:
    slow = tmp_path / "slow-git"
    slow.write_text("#!/bin/sh\nsleep 60 &\nsleep 60\n")
    slow.chmod(0o755)
    began = time.monotonic()
    with (
        pytest.raises(UnavailableError, match=r"more than 0\.3 s"),
        git_of(scene.folder, program=str(slow), time_limit_seconds=0.3),
    ):
        pass
    assert time.monotonic() - began < 10
