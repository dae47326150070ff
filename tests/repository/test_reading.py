"""Which files are read, and that no text of anybody makes a reader stumble."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.repository.shown import of
from tests.repository.test_github_actions import RELEASE
from tests.repository.test_gitlab_ci import TEXT as GITLAB

from strandline.assessment.assessor import shipped_model
from strandline.repository.reading import is_practice, wanted
from strandline.repository.sighting import Show

PATHS = (
    ".github/workflows/a.yml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "azure-pipelines.yml",
    "Jenkinsfile",
    "deploy/a.yaml",
    "charts/a/templates/a.yaml",
    "charts/a/Chart.yaml",
    "main.tf",
    "compose.yaml",
    "README.md",
    "docs/a.rst",
    "CODEOWNERS",
    "Makefile",
    "grafana/a.json",
)
SNIPPETS = (
    RELEASE,
    GITLAB,
    "a: &a [*a]",
    "a: &a {b: *a}",
    "x: &x\n  <<: *x\n",
    "- " * 500,
    "[" * 3000,
    "{a: " * 2000,
    "services:\n  <<: 3\n",
    "\0",
    "\ufeff---\n",
    "kind: Deployment\napiVersion: [1]\n",
    "!!python/object/apply:os.system ['true']",
)


@given(
    path=st.sampled_from(PATHS),
    text=st.one_of(
        st.text(max_size=300),
        st.sampled_from(SNIPPETS),
        st.builds(
            lambda text, at, what: text[: at % (len(text) + 1)] + what + text[at % (len(text) + 1) :],
            st.sampled_from(SNIPPETS[:2]),
            st.integers(0, 2000),
            st.sampled_from((":", "[", "\n", "- ", "*a", "&a ", "|", "\t", "'", "{}", "null")),
        ),
    ),
)
def test_any_text_under_any_name_is_read_without_an_error(path: str, text: str) -> None:
    found = of({path: text})
    lines = text.count("\n") + len(text.splitlines()) + 2
    assert all(1 <= each.line <= lines and each.path == path for each in found.sightings)
    assert all("\n" not in each.words for each in found.sightings)


@pytest.mark.parametrize("text", SNIPPETS)
@pytest.mark.parametrize("path", PATHS)
def test_what_is_strange_is_read_without_an_error(path: str, text: str) -> None:
    of({path: text})


def test_other_peoples_files_and_programs_are_not_read() -> None:
    assert wanted("Jenkinsfile")
    assert wanted("docs/a.md")
    assert wanted("deploy/a.yaml")
    for path in (
        "vendor/x/README.md",
        "node_modules/a/package.yaml",
        "src/main.py",
        "tests/data/a.yaml",
        "a.png",
    ):
        assert not wanted(path), path


def test_a_change_of_a_pipeline_or_a_runbook_is_one_of_the_practice() -> None:
    assert is_practice(".github/workflows/a.yml") == "pipeline"
    assert is_practice("runbooks/a.md") == "runbook"
    assert is_practice("docs/release-checklist.md") == "policy"
    assert is_practice("src/main.py") == ""


def test_whatever_the_model_says_is_seen_in_files_can_be_seen() -> None:
    named = {name for _, _, criterion in shipped_model().criteria() for name in criterion.seen_in}
    assert named <= set(Show.__members__)
