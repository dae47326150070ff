"""An assessment as findings."""

from tests.assessment.assessed import reported
from tests.assessment.test_repository_assessment import GUIDE, PIPELINE, Told, changed, report

from strandline.assessment.sarif_report import sarif_report


def test_what_is_refuted_fails_and_what_is_unknown_is_open() -> None:
    run = sarif_report(reported(), version="1.2.3")["runs"][0]
    rules = {each["id"] for each in run["tool"]["driver"]["rules"]}
    assert len(rules) == 111
    kinds = {(each["kind"], each["level"]) for each in run["results"]}
    assert kinds <= {("fail", "warning"), ("open", "none")}
    assert all(each["ruleId"] in rules and each["message"]["text"] for each in run["results"])


def test_what_a_repository_shows_has_its_file_and_line() -> None:
    told = report(
        Told(
            {".github/workflows/a.yml": PIPELINE, "RELEASING.md": f"{GUIDE}[x](gone.md)\n"},
            [changed("RELEASING.md", 3)],
        )
    )
    run = sarif_report(told, version="1.2.3")["runs"][0]
    places = {
        (
            each["ruleId"],
            one["physicalLocation"]["artifactLocation"]["uri"],
            one["physicalLocation"]["region"]["startLine"],
        )
        for each in run["results"]
        for one in each["locations"]
    }
    assert ("broken-reference", "RELEASING.md", 2) in places
    assert ("TO3.1", ".github/workflows/a.yml", 5) in places
