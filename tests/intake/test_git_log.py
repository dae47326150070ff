from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.intake.git_log import FORMAT, ReadCommit, read_commits
from strandline.vocabulary.errors import BadInputError

ID = "a" * 40
OTHER = "b" * 40


def written(
    *files: bytes,
    commit: str = ID,
    parents: str = OTHER,
    authored: str = "1767225600",
    committed: str = "1767225660",
    author: bytes = b"Ada L",
    subject: bytes = b"Work",
    body: bytes = b"",
) -> bytes:
    """One commit as Git writes it: the first file stands on a line of its own."""
    head = [f">{commit}".encode(), parents.encode(), authored.encode(), committed.encode()]
    head += [author, b"ada@example.org", subject, body]
    return b"\0".join(head) + b"\0" + (b"\n" if files else b"") + b"".join(files)


def only(stream: bytes) -> ReadCommit:
    (commit,) = read_commits([stream])
    return commit


def test_a_commit_is_read_with_its_times_and_numbers() -> None:
    commit = only(written(b"3\t1\tsrc/shop/cart.py\0", b"2\t0\tREADME.md\0", body=b"Why\n"))
    assert commit == ReadCommit(
        id=ID,
        parents=(OTHER,),
        authored_at=datetime(2026, 1, 1, tzinfo=UTC),
        committed_at=datetime(2026, 1, 1, 0, 1, tzinfo=UTC),
        author="Ada L",
        author_email="ada@example.org",
        subject="Work",
        body="Why\n",
        files=2,
        insertions=5,
        deletions=1,
        areas=("src/shop",),
    )


def test_a_merge_is_not_counted_and_an_empty_commit_alters_no_file() -> None:
    merge, empty = read_commits([written(parents=f"{ID} {OTHER}") + written()])
    assert merge.is_merge
    assert (merge.files, merge.insertions, merge.deletions) == (None, None, None)
    assert not empty.is_merge
    assert (empty.files, empty.insertions, empty.deletions) == (0, 0, 0)


def test_where_lines_are_not_counted_nothing_is_said_of_them() -> None:
    (commit,) = read_commits([written()], is_counted=False)
    assert (commit.files, commit.insertions, commit.deletions) == (None, None, None)


def test_the_first_commit_of_all_has_no_parents() -> None:
    assert only(written(parents="")).parents == ()


def test_a_binary_file_counts_as_a_file_without_lines() -> None:
    commit = only(written(b"-\t-\tlogo.png\0", b"4\t0\ta\0", b"-\t-\ticon.png\0"))
    assert (commit.files, commit.insertions, commit.deletions) == (3, 4, 0)


def test_a_renamed_file_is_one_file_in_two_folders() -> None:
    commit = only(written(b"1\t1\t\0old/place/a\0>new\nplace/b\0", b"5\t0\tc\0"))
    assert (commit.files, commit.insertions, commit.deletions) == (2, 6, 1)
    assert commit.areas == (">new\nplace", "old/place")


def test_names_of_files_may_hold_tabs_line_feeds_and_what_looks_like_numbers() -> None:
    commit = only(written(b"1\t0\ta\tb/9\t9\tc\n1\t1\td\0", b"1\t0\t\n>f\0"))
    assert (commit.files, commit.insertions, commit.deletions) == (2, 2, 0)
    assert commit.areas == ("a\tb",)


def test_areas_are_two_levels_deep_at_most() -> None:
    files = [f"1\t0\t{path}\0".encode() for path in ("a/b/c/d.py", "a/b/e.py", "a/f.py", "g.py")]
    assert only(written(*files)).areas == ("a", "a/b")


def test_a_sweep_through_very_many_folders_is_told_by_its_top_folders() -> None:
    files = [f"1\t0\tpart{number % 3}/{number}/a\0".encode() for number in range(101)]
    assert only(written(*files)).areas == ("part0", "part1", "part2")


def test_a_message_that_is_not_utf8_is_shown_as_such() -> None:
    commit = only(written(subject=b"Caf\xe9", author="Zoë".encode()))
    assert (commit.subject, commit.author) == ("Caf\N{REPLACEMENT CHARACTER}", "Zoë")


@pytest.mark.parametrize("seconds", ["", "99999999999999999999", "300000000000"])
def test_a_time_that_is_none_is_not_told(seconds: str) -> None:
    commit = only(written(authored=seconds))
    assert commit.authored_at is None
    assert commit.committed_at is not None


@pytest.mark.parametrize(
    "stream",
    [
        written()[:-1],
        written()[:30],
        written(b"1\t0\ta\0")[:-1],
        written(b"1\t0\t\0old\0"),
        written(b"1\tx\ta\0"),
        written(b"1 0 a\0"),
        b"commit " + written(),
        b"\0",
    ],
    ids=[
        "no end",
        "half a head",
        "half a file",
        "half a rename",
        "no number",
        "no tabs",
        "no mark",
        "nothing",
    ],
)
def test_what_git_would_not_write_is_refused_with_the_place(stream: bytes) -> None:
    with pytest.raises(BadInputError, match="cannot be read at") as error:
        list(read_commits([stream]))
    assert "git fsck" in error.value.remedy


def test_commits_come_before_the_stream_has_ended() -> None:
    def stream() -> Iterator[bytes]:
        yield written() + written()[:50]
        msg = "read too far"
        raise AssertionError(msg)

    assert next(read_commits(stream())).id == ID


def test_the_format_holds_no_field_that_could_break_it() -> None:
    assert FORMAT.count("%x00") == 7
    assert "%N" not in FORMAT
    assert "%G" not in FORMAT, "signatures run a program of the repository's choice"


words = st.binary(max_size=12).map(lambda raw: raw.replace(b"\0", b""))
numbers = st.integers(0, 10**6).map(lambda number: str(number).encode())
counts = st.tuples(numbers, numbers) | st.just((b"-", b"-"))
paths = words.filter(bool)
files = st.builds(lambda count, path: b"\t".join((*count, path)) + b"\0", counts, paths) | st.builds(
    lambda count, old, new: b"\t".join((*count, b"")) + b"\0" + old + b"\0" + new + b"\0",
    counts,
    paths,
    paths,
)
streams = st.lists(
    st.builds(
        lambda altered, subject, body, author: written(*altered, subject=subject, body=body, author=author),
        st.lists(files, max_size=4),
        words,
        words,
        words,
    ),
    max_size=5,
).map(b"".join)


@given(streams, st.lists(st.integers(0, 2000), max_size=20))
def test_the_same_commits_are_read_wherever_the_stream_is_cut(stream: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    chunks = [stream[first:last] for first, last in pairwise(places)]
    assert b"".join(chunks) == stream
    whole = list(read_commits([stream]))
    assert list(read_commits(chunks)) == whole
    assert list(read_commits(bytes([byte]) for byte in stream)) == whole
    assert len(whole) == stream.count(b">" + b"a" * 40)


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused_and_break_nothing(stream: bytes) -> None:
    with suppress(BadInputError):
        list(read_commits([stream]))
