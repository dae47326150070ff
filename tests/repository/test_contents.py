"""Tags of releases, and what the message of a commit names."""

import re
from datetime import UTC, datetime

import pytest

from strandline.repository.contents import FileChange, release_pattern


@pytest.mark.parametrize(
    ("tags", "fits"),
    [
        (["v1.0.0", "v1.1.0", "v1.1.0-rc1"], "v2.0.0"),
        (["sympy-1.2", "sympy-1.3", "sympy-1.4.rc1"], "sympy-1.5"),
        (["release/1.0", "release/1.1"], "release/1.2"),
        (["2026-01-02", "2026-02-03", "2026-03-04"], "2026-04-05"),
    ],
)
def test_the_tags_of_releases_are_guessed_from_most_of_them(tags: list[str], fits: str) -> None:
    pattern = release_pattern(tags, "sympy")
    assert re.fullmatch(pattern, fits)
    assert not re.fullmatch(pattern, "v1.1.0-rc1")


def test_nothing_is_guessed_from_tags_that_are_no_versions() -> None:
    assert release_pattern([], "shop") == ""
    assert release_pattern(["backup", "before-the-move", "v1.0"], "shop") == ""


def test_reviewers_and_causes_are_read_from_the_message() -> None:
    message = """Restart the canary after INC-42

    Follows post-mortem #7 and action SHOP-12; preview 3 of the interview 4.

Reviewed-by: Ada Lovelace <ada@example.org>
Acked-by: Grace
"""
    change = FileChange(
        commit="a", at=datetime(2026, 1, 1, tzinfo=UTC), author="x", message=message, paths=()
    )
    assert change.reviewers == ("Ada Lovelace", "Grace")
    assert change.causes == ("INC-42", "post-mortem #7", "action SHOP-12")
