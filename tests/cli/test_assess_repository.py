"""`strandline assess PATH`: the door that needs nothing."""

from pathlib import Path

import pytest
from tests.adapters.git_scene import Scene
from tests.cli.workplace import Workplace


@pytest.fixture(autouse=True)
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path / "shop")
    (made.folder / ".github" / "workflows").mkdir(parents=True)
    made.seconds += 280 * 86_400
    pipeline = "jobs:\n  ship:\n    steps:\n      - run: make test\n      - run: helm upgrade shop .\n"
    made.commit(
        "First", **{".github/workflows/ship.yml": pipeline, "RELEASING.md": "# Releasing\n[x](gone.md)\n"}
    )
    made.git("tag", "v1.0.0")
    made.commit("Second", **{"main.py": "x"})
    made.git("tag", "v1.1.0")
    return made


def test_a_repository_is_told_with_file_and_line_and_nothing_is_set_up(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    done = place.run("assess", "./shop")
    assert done.returncode == 0, done.stderr
    for words in (
        "2 tags like",
        "That is a guess",
        ".github/workflows/ship.yml:5",
        "RELEASING.md:2",
        "gone.md: there is no such file",
        "connect this to find out",
    ):
        assert words in done.stdout
    found = place.json("assess", "shop")
    assert [each["measure"] for each in found["measures"]] == ["TA", "PM", "SC", "CI", "DO", "TO", "PI"]
    assert found["releases"] == 2
    assert {"path", "line", "show", "words"} <= found["sightings"][0].keys()


def test_what_it_proves_can_be_kept_and_twice_changes_nothing(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    first = place.run("assess", "./shop", "--record")
    assert first.returncode == 0, first.stderr
    assert "events are new" in first.stderr
    again = place.run("assess", "./shop", "--record")
    assert again.stderr.strip().startswith("0 events are new")
    kept = place.json("assess", "DO")
    criteria = {each["id"]: each for measure in kept["measures"] for each in measure["criteria"]}
    assert criteria["DO4.3"]["verdict"] == "not-met"


def test_what_is_no_repository_is_refused_with_what_to_do(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    (tmp_path / "plain").mkdir()
    for name in ("./plain", "./nothing"):
        refused = place.run("assess", name)
        assert refused.returncode == 2, refused.stderr
        assert "repository" in refused.stderr
    Scene(tmp_path / "empty")
    assert "no commit" in place.run("assess", "./empty").stderr
