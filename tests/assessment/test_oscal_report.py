"""An assessment as results of OSCAL."""

from uuid import UUID

from tests.assessment.assessed import reported

from strandline.assessment.oscal_report import oscal_report


def test_each_criterion_is_a_finding_with_its_observation_and_twice_it_is_the_same() -> None:
    told = reported()
    document = oscal_report(told)
    assert document == oscal_report(told)
    results = document["assessment-results"]
    assert results["metadata"]["oscal-version"] == "1.1.2"
    [result] = results["results"]
    observed = {each["uuid"] for each in result["observations"]}
    assert len(observed) == len(result["findings"]) == 110
    for each in result["findings"]:
        assert UUID(each["uuid"]).version == 5
        assert each["related-observations"][0]["observation-uuid"] in observed
        assert each["target"]["status"]["state"] in {"satisfied", "not-satisfied"}
    plan = results["import-ap"]["href"].removeprefix("#")
    assert plan in {each["uuid"] for each in results["back-matter"]["resources"]}


def test_what_nobody_can_see_is_not_satisfied() -> None:
    [result] = oscal_report(reported())["assessment-results"]["results"]
    unseen = [each for each in result["findings"] if "no-feed" in each["target"]["status"]["remarks"]]
    assert unseen
    assert {each["target"]["status"]["state"] for each in unseen} == {"not-satisfied"}
