import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.intake.git_messages import Said, is_bot, is_hotfix, read_message

ONE, TWO, THREE = "1" * 40, "2f" * 20, "3" * 40


def said(subject: str, body: str = "", *, is_merge: bool = False) -> Said:
    return read_message(subject, body, is_merge=is_merge)


def test_a_message_that_says_nothing_special_says_nothing() -> None:
    assert said("Make it faster", "It was slow, see #12.\n") == Said()


@pytest.mark.parametrize(
    ("body", "hashes"),
    [
        (f"This reverts commit {ONE}.", (ONE,)),
        (f"This reverts commit {ONE}, reversing\nchanges made to {TWO}.", (ONE,)),
        (f"This reverts commits {ONE}, {TWO} and {THREE}.", (ONE, TWO, THREE)),
        (f"Why.\n\nThis reverts commit {ONE}.\n\nThis reverts commit {TWO}.", (ONE, TWO)),
        ("This reverts commit abcDEF1.", ("abcdef1",)),
        (f"If that fails, revert {ONE}.", ()),
        (f"> This reverts commit {ONE}.", ()),
        ("This reverts commit r1234.", ()),
    ],
)
def test_a_revert_names_the_commits_that_it_takes_back(body: str, hashes: tuple[str, ...]) -> None:
    assert said('Revert "Work"', body).reverts == hashes


def test_the_revert_of_a_revert_takes_back_the_revert() -> None:
    assert said('Reapply "Work"', f"This reverts commit {TWO}.").reverts == (TWO,)


@pytest.mark.parametrize(
    "body",
    [
        "Reverts shop/api#12",
        "Reverts #12",
        "This reverts merge request !12",
        "This reverts merge request a/b!12",
    ],
)
def test_a_revert_names_the_pull_requests_that_it_takes_back(body: str) -> None:
    assert said('Revert "Work" (#13)', body).reverted_pull_requests == ("12",)


@pytest.mark.parametrize(
    "body",
    [
        f"(cherry picked from commit {ONE})",
        f"Text\n\n(cherry picked from commit {ONE})\n",
        f"commit {ONE} upstream.\r\n",
        f"[ Upstream commit {ONE} ]\n",
    ],
)
def test_a_copy_names_its_original(body: str) -> None:
    assert said("Work", body).picked_from == (ONE,)


def test_a_copy_of_a_copy_names_both() -> None:
    body = f"(cherry picked from commit {ONE})\n(cherry picked from commit {TWO})\n"
    assert said("Work", body).picked_from == (ONE, TWO)


@pytest.mark.parametrize("subject", ["Squashed commit of the following:", "Add a cart"])
def test_a_squash_names_the_commits_that_it_stands_for(subject: str) -> None:
    listing = (
        f"commit {ONE}\nAuthor: A <a@b>\n\n    Work\n\n    commit {THREE}\n\ncommit {TWO}\nAuthor: A <a@b>\n"
    )
    is_own = subject.startswith("Squashed")
    body = listing if is_own else f"Squashed commit of the following:\n\n{listing}"
    assert said(subject, body).squashes == (ONE, TWO)
    assert said("Add a cart", listing).squashes == ()


@pytest.mark.parametrize(
    ("subject", "body", "number", "branch"),
    [
        ("Merge pull request #12 from ada/hotfix/cart", "Title", "12", "hotfix/cart"),
        ("Merge pull request #12 from ada/cart", "", "12", "cart"),
        ("Merge pull request #12 in SHOP/api from hotfix/cart to main", "", "12", "hotfix/cart"),
        ("Pull request #12: Title", "Merge in SHOP/api from hotfix/cart to main\n", "12", "hotfix/cart"),
        ("Pull request #12: Title", "", "12", ""),
        ("Merged in hotfix/cart (pull request #12)", "Title", "12", "hotfix/cart"),
        ("Merged PR 12: Title", "", "12", ""),
        ("Merge pull request 12 from hotfix/cart into main", "", "12", "hotfix/cart"),
        ("Merge pull request 'Title (x)' (#12) from ada:cart into main", "", "12", "cart"),
        ("Merge #12", "", "12", ""),
        ("Auto merge of #12 - ada:cart, r=ben", "", "12", "cart"),
        (
            "Merge branch 'hotfix/cart' into 'main'",
            "T\n\nSee merge request shop/sub/api!12\r\n",
            "12",
            "hotfix/cart",
        ),
        ("Merge branch 'cart'", "See merge request !12", "12", "cart"),
        ("Merge branch 'cart' of https://example.org/shop", "", "", "cart"),
        ("Merge remote-tracking branch 'origin/cart' into x", "", "", "cart"),
        ("Merge branch 'main' into hotfix/cart", "", "", "main"),
        ("Merge tag 'v1.2'", "", "", ""),
        ("Merge the two halves (#12)", "", "", ""),
        ("Merge #12 #13", "", "", ""),
    ],
)
def test_a_merge_names_its_pull_request_and_branch(subject: str, body: str, number: str, branch: str) -> None:
    found = said(subject, body, is_merge=True)
    assert (found.pull_request, found.merged_branch) == (number, branch)
    assert found.is_gitlab == ("!12" in body)


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Add a cart (#12)", "12"),
        ("Backport: add a cart (#12) (#34)", "34"),
        ('Revert "Add a cart (#12)" (#13)', "13"),
        ('Revert "Add a cart (#12)"', ""),
        ("Add a cart (see #12)", ""),
        ("Add a cart #12", ""),
        ("Add a cart(#12)", ""),
        ("(#12)", ""),
    ],
)
def test_a_squashed_pull_request_has_its_number_at_the_end(subject: str, number: str) -> None:
    assert said(subject).pull_request == number


def test_a_squash_at_gitlab_names_its_merge_request() -> None:
    found = said("Add a cart", "See merge request shop/api!12")
    assert (found.pull_request, found.is_gitlab) == ("12", True)


@pytest.mark.parametrize(
    "branch",
    ["hotfix/cart", "hotfix-cart", "Hotfix/1.2.1", "hot-fix/cart", "hotfixes/cart", "ada/hotfix/cart"],
)
def test_a_branch_called_hotfix_is_one(branch: str) -> None:
    assert is_hotfix(branch)
    assert said(f"Merge branch '{branch}'", is_merge=True).is_hotfix


@pytest.mark.parametrize("branch", ["", "main", "hotfix", "feature/hotfixer", "not-a-hotfix/x", "fix/cart"])
def test_any_other_branch_is_no_hotfix(branch: str) -> None:
    assert not is_hotfix(branch)


def test_a_hotfix_branch_that_takes_in_the_main_one_is_no_hotfix() -> None:
    assert not said("Merge branch 'main' into hotfix/cart", is_merge=True).is_hotfix


def test_co_authors_are_named_once_by_name_or_else_by_address() -> None:
    body = (
        "Text\n\nCo-authored-by: Ben C <ben@example.org>\r\nco-authored-by: <cem@example.org>\n"
        "Co-Authored-By: Ben C <other@example.org>\nReviewed-by: Dan <dan@example.org>\n"
    )
    assert said("Work", body).co_authors == ("Ben C", "cem@example.org")


def test_tickets_are_found_in_subject_and_body() -> None:
    assert said("SHOP-1: Read UTF-8", "Fixes WEB-2").tickets == ("SHOP-1", "WEB-2")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
        ("dependabot-preview[bot]", "x@example.org"),
        ("Renovate Bot", "bot@renovateapp.com"),
        ("renovate", "x@example.org"),
        ("pyup-bot", "github-bot@pyup.io"),
        ("k8s-ci-robot", "x@example.org"),
        ("GitHub Actions", "actions@github.com"),
        ("Release", "release-bot@example.org"),
        ("Any Name", "41898282+github-actions[bot]@users.noreply.github.com"),
        ("bors", "x@example.org"),
    ],
)
def test_a_program_is_known_by_its_name_or_address(name: str, address: str) -> None:
    assert is_bot(name, address)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Ada L", "ada@example.org"),
        ("Jan Bot", "jan.bot.nl@example.org"),
        ("Abbot", "abbot@example.org"),
        ("Talbot-Smith", "robotics@example.org"),
        ("Borso", "robot.fan@example.org"),
        ("Renovated", "x@example.org"),
        ("", ""),
    ],
)
def test_a_person_is_not_taken_for_a_program(name: str, address: str) -> None:
    assert not is_bot(name, address)


@given(st.text(max_size=200), st.text(max_size=400), st.booleans())
def test_any_message_is_read(subject: str, body: str, is_merge: bool) -> None:  # noqa: FBT001 - drawn
    assert isinstance(read_message(subject, body, is_merge=is_merge), Said)
