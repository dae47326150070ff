"""What real small repositories become."""

import os
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import msgspec
import pytest
from tests.adapters.git_scene import FIRST, Scene

from strandline.adapters.git_repository import GitReading, git_repository
from strandline.ledger.codec import from_bytes, to_bytes
from strandline.vocabulary.change import CommitMade, TagCreated
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event, says

PAYLOADS = Path(os.environ.get("STRANDLINE_PAYLOADS", Path(__file__).parents[3] / "shared" / "payloads"))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "shop")


def read(folder: Path) -> tuple[GitReading, list[Event]]:
    with git_repository(folder) as repository:
        reading = repository.read()
        return reading, [from_bytes(to_bytes(event)) for event in repository.events(reading)]


def commits(folder: Path) -> dict[str, CommitMade]:
    """What is told of each commit; patches are in statements of their own."""
    told = [(event, says(event, CommitMade)) for event in read(folder)[1]]
    return {event.subject_id: made for event, made in told if made is not None and not made.patch_id}


def patches(folder: Path) -> dict[str, str]:
    told = [(event.subject_id, says(event, CommitMade)) for event in read(folder)[1]]
    return {commit: made.patch_id for commit, made in told if made is not None and made.patch_id}


def test_a_commit_is_told_with_its_times_author_and_size(scene: Scene) -> None:
    (scene.folder / "api").mkdir()
    first = scene.commit("Begin", **{"api/cart.py": "1\n2\n3\n"})
    second = scene.commit("Go on\n\nFor SHOP-7.\n", **{"api/cart.py": "1\n4\n"})
    reading, (begun, event) = read(scene.folder)
    address = scene.folder.as_uri()
    assert event == Event(
        id=f"commit-{second}",
        source=address,
        type=CommitMade.TYPE,
        occurred_at=datetime.fromtimestamp(FIRST + 120, UTC),
        subject_id=second,
        content={
            "repository": address,
            "author": "Ada L",
            "authoredAt": "2026-01-01T00:02:00Z",
            "subject": "Go on",
            "parents": [first],
            "files": 1,
            "insertions": 1,
            "deletions": 2,
            "areas": ["api"],
        },
        actor="Ada L",
        custom_data={"commit": second, "repository": address, "tickets": ["SHOP-7"], "by": "intake/git 1"},
    )
    assert begun.content["insertions"] == 3
    assert (reading.repository, reading.partial, reading.rewritten) == (address, "", ())


def test_commits_come_before_those_that_build_on_them(scene: Scene) -> None:
    made = [scene.commit(f"Work {number}") for number in range(5)]
    assert [event.subject_id for event in read(scene.folder)[1]] == made


def test_commits_of_many_batches_come_in_the_same_order(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [scene.commit(f"Work {number}", file=str(number)) for number in range(11)]
    monkeypatch.setattr("strandline.adapters.git_repository._FEWEST", 2)
    monkeypatch.setattr("strandline.adapters.git_repository._MOST_COUNTED", 2)
    assert list(commits(scene.folder)) == made


def test_every_event_is_one_that_the_ledger_and_others_take(scene: Scene) -> None:
    scene.commit(b"Caf\xe9\0".rstrip(b"\0"), a="1")
    scene.git("tag", "-a", "v1", "-m", "One")
    _, events = read(scene.folder)
    schema = PAYLOADS / "cdevents" / "custom" / "schema.json"
    if not schema.exists():
        pytest.skip(f"The schemas of CDEvents are not at {PAYLOADS}")
    validator = jsonschema.Draft202012Validator(msgspec.json.decode(schema.read_bytes()))
    for event in events:
        validator.validate(msgspec.json.decode(to_bytes(event))["data"])


def test_a_merge_tells_its_branch_and_pull_request_and_is_not_counted(scene: Scene) -> None:
    scene.commit("Begin", a="1")
    scene.git("checkout", "-q", "-b", "hotfix/cart")
    side = scene.commit("Repair", b="1")
    scene.git("checkout", "-q", "main")
    main = scene.commit("Go on", c="1")
    scene.git("merge", "-q", "--no-ff", "-m", "Merge pull request #12 from ada/hotfix/cart", "hotfix/cart")
    scene.git("remote", "add", "origin", "git@github.com:shop/api.git")
    merge = scene.head()
    told = {event.subject_id: event for event in read(scene.folder)[1]}
    made = says(told[merge], CommitMade)
    assert made is not None
    assert made.parents == (main, side)
    assert (made.files, made.insertions, made.pull_request, made.merged_branch) == (
        None,
        None,
        "12",
        "hotfix/cart",
    )
    details = details_of(told[merge])
    assert details.pull_request == "https://github.com/shop/api/pull/12"
    assert details.is_unplanned
    assert told[merge].source == "https://github.com/shop/api"
    assert details_of(told[side]).is_unplanned is None


def test_an_empty_commit_alters_no_file(scene: Scene) -> None:
    empty = scene.commit("Empty")
    made = commits(scene.folder)[empty]
    assert (made.files, made.insertions, made.deletions) == (0, 0, 0)


def test_a_revert_names_what_it_takes_back(scene: Scene) -> None:
    scene.commit("Begin", a="1\n")
    bad = scene.commit("Break", a="2\n")
    scene.git("revert", "--no-edit", bad)
    assert commits(scene.folder)[scene.head()].reverts == (bad,)


def test_a_squash_names_what_it_stands_for_and_its_pull_request(scene: Scene) -> None:
    scene.commit("Begin", a="1")
    scene.git("checkout", "-q", "-b", "cart")
    parts = [scene.commit(f"Part {number}", b=str(number)) for number in range(2)]
    scene.git("checkout", "-q", "main")
    scene.git("merge", "-q", "--squash", "cart")
    listing = (scene.folder / ".git" / "SQUASH_MSG").read_text()
    squash = scene.commit(f"Add a cart (#12)\n\n{listing}")
    made = commits(scene.folder)[squash]
    assert set(made.squashes) == set(parts)
    assert (made.pull_request, len(made.parents)) == ("12", 1)


def test_a_copy_without_a_word_of_it_is_found_by_its_patch(scene: Scene) -> None:
    scene.commit("Begin", a="1\n")
    scene.git("checkout", "-q", "-b", "release")
    scene.commit("Release", version="1\n")
    scene.git("checkout", "-q", "main")
    original = scene.commit("Repair", b="1\n2\n")
    other = scene.commit("Something else", c="1\n")
    scene.git("checkout", "-q", "release")
    scene.seconds += 3600
    scene.git("cherry-pick", original)
    scene.git("commit", "-q", "--amend", "-m", "Repair, for the release")
    copy = scene.head()
    found = patches(scene.folder)
    assert set(found) == {original, copy}
    assert found[original] == found[copy] != ""
    assert other not in found


def test_a_copy_that_says_so_names_its_original(scene: Scene) -> None:
    scene.commit("Begin", a="1\n")
    original = scene.commit("Repair", b="1\n")
    scene.git("checkout", "-q", "-b", "release", "HEAD~1")
    scene.commit("Release", version="1\n")
    scene.git("cherry-pick", "-x", original)
    assert commits(scene.folder)[scene.head()].picked_from == (original,)


def test_two_works_of_one_second_have_different_patches(scene: Scene) -> None:
    scene.commit("Begin", a="1\n")
    one = scene.commit("One", b="1\n")
    scene.seconds -= 60
    two = scene.commit("Two", c="2\n")
    found = patches(scene.folder)
    assert set(found) == {one, two}
    assert found[one] != found[two]


def test_names_of_files_may_hold_anything(scene: Scene) -> None:
    name = "line\nfeed\ttab"
    made = scene.commit("Odd", **{name: "1\n2\n", "ümlaut": "1\n", "-": "1\n", ">x": "1\n"})
    told = commits(scene.folder)[made]
    assert (told.files, told.insertions) == (4, 5)


def test_a_renamed_file_is_one_file(scene: Scene) -> None:
    scene.commit("Begin", a="".join(f"{number}\n" for number in range(20)))
    (scene.folder / "a").rename(scene.folder / "b\nc")
    made = scene.commit("Rename")
    told = commits(scene.folder)[made]
    assert (told.files, told.insertions, told.deletions) == (1, 0, 0)


def test_a_message_in_another_encoding_is_read_if_it_says_which(scene: Scene) -> None:
    scene.git("config", "i18n.commitEncoding", "ISO-8859-1")
    stated = scene.commit(b"Caf\xe9")
    person = f"Ada <a@x> {FIRST} +0000"
    head = (
        f"tree {scene.git('rev-parse', 'HEAD^{tree}')}\nparent {stated}\nauthor {person}\ncommitter {person}"
    )
    silent = scene.raw_commit(f"{head}\n\nCaf".encode() + b"\xe9")
    told = commits(scene.folder)
    assert told[stated].subject == "Café"
    assert told[silent].subject == "Caf\N{REPLACEMENT CHARACTER}"


def test_a_commit_without_author_is_told_without_one(scene: Scene) -> None:
    tree = scene.git("mktree", told=b"")
    made = scene.raw_commit(f"tree {tree}\ncommitter Ben C <b@x> {FIRST} +0000\n\nNobody's\n".encode())
    reading, (event,) = read(scene.folder)
    told = says(event, CommitMade)
    assert reading.commits == (made,)
    assert told is not None
    assert (told.author, told.authored_at, event.actor, told.subject) == ("", None, "", "Nobody's")


def test_a_commit_without_any_time_is_passed_over(scene: Scene) -> None:
    tree = scene.git("mktree", told=b"")
    scene.raw_commit(f"tree {tree}\nauthor A <a@x>\ncommitter B <b@x>\n\nNever\n".encode())
    assert read(scene.folder)[1] == []


def test_a_signed_commit_is_read_without_its_signature(scene: Scene) -> None:
    tree = scene.git("mktree", told=b"")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n SHOP-1\n -----END PGP SIGNATURE-----\n"
    person = f"Ada <a@x> {FIRST} +0000"
    made = scene.raw_commit(
        f"tree {tree}\nauthor {person}\ncommitter {person}\n{signature}\nSigned\n".encode()
    )
    assert commits(scene.folder)[made].subject == "Signed"


def test_tags_are_told_with_their_own_time_and_who_made_them(scene: Scene) -> None:
    commit = scene.commit("Begin", a="1")
    scene.git("tag", "light")
    scene.seconds += 3600
    scene.git("tag", "-a", "v1.0/ü", "-m", "One")
    scene.git("tag", "-a", "again", "-m", "A tag of a tag", "v1.0/ü")
    scene.git("tag", "-a", "thrice", "-m", "And of that", "again")
    blob = scene.git("hash-object", "-w", "--stdin", told=b"a key")
    scene.git("tag", "key", blob)
    scene.git("tag", "-a", "key2", "-m", "No commit", blob)
    scene.git("tag", "-a", "key3", "-m", "No commit either", "key2")
    told = {event.subject_id: event for event in read(scene.folder)[1] if event.type == TagCreated.TYPE}
    assert set(told) == {"light", "v1.0/ü", "again", "thrice"}
    light, real = says(told["light"], TagCreated), says(told["v1.0/ü"], TagCreated)
    assert light is not None
    assert real is not None
    assert (light.commit, light.is_annotated, told["light"].actor) == (commit, False, "")
    assert told["light"].occurred_at.timestamp() == FIRST + 60
    assert (real.commit, real.is_annotated, told["v1.0/ü"].actor) == (commit, True, "Ben C")
    assert told["v1.0/ü"].occurred_at.timestamp() == FIRST + 3660
    assert told["thrice"].content["commit"] == commit
    assert details_of(told["light"]).version == "light"


def test_a_tag_without_tagger_has_the_time_of_its_commit(scene: Scene) -> None:
    commit = scene.commit("Begin", a="1")
    tag = scene.git("mktag", "--no-strict", told=f"object {commit}\ntype commit\ntag old\n\nOld\n".encode())
    scene.git("update-ref", "refs/tags/old", tag)
    (event,) = [event for event in read(scene.folder)[1] if event.type == TagCreated.TYPE]
    assert event.occurred_at.timestamp() == FIRST + 60


def test_an_empty_repository_has_nothing_to_tell(scene: Scene) -> None:
    reading, events = read(scene.folder)
    assert events == []
    assert (reading.commits, reading.tags, reading.state.heads, reading.partial) == ((), (), {}, "")


def test_stashes_notes_and_heads_of_pull_requests_are_no_history(scene: Scene) -> None:
    made = scene.commit("Begin", a="1")
    scene.git("notes", "add", "-m", "A note")
    scene.write(a="2")
    scene.git("stash")
    other = scene.git("commit-tree", "-m", "Proposed", "HEAD^{tree}")
    scene.git("update-ref", "refs/pull/1/head", other)
    assert list(commits(scene.folder)) == [made]


def test_remote_branches_and_a_detached_head_are_history(scene: Scene) -> None:
    scene.commit("Begin", a="1")
    remote = scene.git("commit-tree", "-m", "Remote", "-p", "HEAD", "HEAD^{tree}")
    scene.git("update-ref", "refs/remotes/origin/main", remote)
    scene.git("checkout", "-q", "--detach")
    detached = scene.commit("Detached", b="1")
    assert {remote, detached} < set(commits(scene.folder))


@pytest.mark.parametrize("kind", ["bare", "worktree", "sha256"])
def test_other_kinds_of_repositories_are_read_alike(scene: Scene, kind: str, tmp_path: Path) -> None:
    other = tmp_path / kind
    if kind == "sha256":
        scene = Scene(other, "--object-format=sha256")
    made = scene.commit("Begin", a="1\n")
    if kind == "bare":
        scene.git("clone", "-q", "--bare", ".", str(other))
    elif kind == "worktree":
        scene.git("worktree", "add", "-q", str(other))
    assert commits(other)[made].insertions == 1


def test_the_address_is_that_of_origin_without_credentials(scene: Scene) -> None:
    scene.commit("Begin")
    scene.git("remote", "add", "another", "https://example.org/other/api")
    assert read(scene.folder)[0].repository == "https://example.org/other/api"
    scene.git("remote", "add", "origin", "https://ada:s3cret@github.com/shop/api.git")
    reading, (event,) = read(scene.folder)
    assert reading.repository == event.source == "https://github.com/shop/api"
    assert b"s3cret" not in to_bytes(event)
    scene.git("remote", "set-url", "origin", "/srv/git/api")
    assert read(scene.folder)[0].repository == "https://example.org/other/api"
