from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.arbitrary import json_values, with_one_value_replaced
from tests.intake.payloads import every_real, real, said

from strandline.intake.jenkins import translate
from strandline.intake.sources import translated
from strandline.intake.translation import Payload
from strandline.vocabulary.delivery import ServiceDeployed
from strandline.vocabulary.details import details_of
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import (
    PipelineRunFinished,
    PipelineRunStarted,
    TaskRunFinished,
    TaskRunStarted,
)

INSTANCE = "https://ci.harbour.example/jenkins"
SHA, LIBRARY = "5e" * 20, "6f" * 20
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENDED = datetime(2026, 3, 2, 9, 2, tzinfo=UTC)
BY_ADA = {"causes": [{"userId": "ada", "userName": "Ada L"}]}
CHECKED_OUT = {
    "lastBuiltRevision": {"SHA1": SHA, "branch": [{"SHA1": SHA, "name": "refs/remotes/origin/main"}]},
    "remoteUrls": ["git@git.harbour.example:sea/tide.git"],
}
LIBRARY_CHECKED_OUT = {
    "lastBuiltRevision": {"SHA1": LIBRARY, "branch": [{"SHA1": LIBRARY, "name": "main"}]},
    "remoteUrls": ["https://git.harbour.example/sea/library.git"],
}


def parameters(**given: Any) -> dict[str, Any]:
    return {"parameters": [{"name": name, "value": value} for name, value in given.items()]}


TO_LIVE = parameters(ENVIRONMENT="live", SERVICE="tide", VERSION="1.2")


def build(*actions: Any, **changes: Any) -> dict[str, Any]:
    return {
        "number": 7,
        "url": f"{INSTANCE}/job/sea/job/deploy%20tide/7/",
        "timestamp": 1772442000000,
        "duration": 120000,
        "building": False,
        "result": "SUCCESS",
        "actions": [{}, BY_ADA, {}, CHECKED_OUT, *actions],
        **changes,
    }


def events(document: Any, names: Names | None = None) -> tuple[Event, ...]:
    return said("jenkins", document, names=names).events


def types(document: Any, names: Names | None = None) -> list[str]:
    return [each.type for each in events(document, names)]


def test_a_build_is_a_run_with_a_beginning_and_an_end() -> None:
    began, ended = events(build())
    assert (began.type, began.occurred_at) == (PipelineRunStarted.TYPE, BEGAN)
    assert (ended.type, ended.occurred_at) == (PipelineRunFinished.TYPE, ENDED)
    assert (ended.source, ended.subject_id) == (INSTANCE, "sea/deploy tide#7")
    assert ended.actor == "ada"
    details = details_of(ended)
    assert (details.commit, details.ref) == (SHA, "main")
    assert details.repository == "https://git.harbour.example/sea/tide"
    assert (details.service, details.is_automated) == ("sea/deploy tide", False)
    assert details.environment == details.deployment == ""


def test_a_build_with_an_environment_is_a_deployment_too() -> None:
    found = events(build(TO_LIVE))
    assert [each.type for each in found] == [
        PipelineRunStarted.TYPE,
        TaskRunStarted.TYPE,
        PipelineRunFinished.TYPE,
        ServiceDeployed.TYPE,
    ]
    deployed = found[-1]
    assert (deployed.subject_id, deployed.occurred_at) == ("tide", ENDED)
    assert deployed.content == {"environment": {"id": "live"}, "artifactId": f"pkg:generic/tide@{SHA}"}
    assert details_of(deployed).version == "1.2"
    assert details_of(deployed).artifact_resolution == "commit-fallback"
    assert details_of(found[1]).deployment == details_of(deployed).deployment == "sea/deploy tide#7"


@pytest.mark.parametrize(
    ("result", "outcome"),
    [("FAILURE", "failure"), ("UNSTABLE", "failure"), ("ABORTED", "cancel"), ("NOT_BUILT", "cancel")],
)
def test_a_deployment_that_failed_is_a_task_that_failed(result: str, outcome: str) -> None:
    ended = events(build(TO_LIVE, result=result))[-1]
    assert (ended.type, ended.content["outcome"]) == (TaskRunFinished.TYPE, outcome)
    assert ended.content["errors"] == result
    assert details_of(ended).deployment == "sea/deploy tide#7"


def test_a_build_that_runs_has_only_begun() -> None:
    running = build(TO_LIVE, building=True, result=None, duration=0)
    assert types(running) == [PipelineRunStarted.TYPE, TaskRunStarted.TYPE]


def test_a_result_that_is_set_before_the_end_does_not_count() -> None:
    assert types(build(building=True, result="FAILURE", duration=0)) == [PipelineRunStarted.TYPE]


def test_a_file_may_lack_whether_it_builds() -> None:
    document = build()
    del document["building"]
    assert types(document)[-1] == PipelineRunFinished.TYPE


@pytest.mark.parametrize(
    ("changes", "where"), [({"duration": None}, "duration"), ({"result": "MARINATED"}, "result")]
)
def test_an_end_that_cannot_be_told_leaves_the_beginning(changes: dict[str, Any], where: str) -> None:
    found = said("jenkins", build(**changes))
    assert [each.type for each in found.events] == [PipelineRunStarted.TYPE]
    assert [each.where for each in found.unmapped] == [where]


def test_the_feed_may_say_which_environment_and_service_a_job_is_about() -> None:
    job = "sea/deploy tide"
    deployed = events(build(), Names(environments={job: "live"}, services={job: "tide"}))[-1]
    assert (deployed.type, deployed.subject_id) == (ServiceDeployed.TYPE, "tide")
    assert deployed.content["environment"] == {"id": "live"}
    deployed = events(build(), Names(environment="live", service="tide"))[-1]
    assert (deployed.type, deployed.subject_id) == (ServiceDeployed.TYPE, "tide")


def test_a_job_s_name_is_no_environment() -> None:
    assert details_of(events(build())[-1]).environment == ""


def test_a_secret_or_empty_parameter_says_nothing() -> None:
    secret = {"parameters": [{"name": "environment"}, {"name": "ENV", "value": ""}, None]}
    assert TaskRunStarted.TYPE not in types(build(secret))
    assert TaskRunStarted.TYPE not in types(build(parameters(environment=True)))


def test_parameters_are_not_kept() -> None:
    assert "hunter2" not in str(events(build(parameters(WORD="hunter2"))))


def test_the_commit_of_a_shared_library_is_not_taken_for_the_service_s() -> None:
    found = said("jenkins", build(LIBRARY_CHECKED_OUT, TO_LIVE))
    assert [each.where for each in found.unmapped] == ["actions"]
    deployed = found.events[-1]
    details = details_of(deployed)
    assert (deployed.type, details.commit) == (ServiceDeployed.TYPE, "")
    assert deployed.content["artifactId"] == "pkg:generic/tide?deployment=sea%2Fdeploy%20tide%237"
    assert len(str(details.more["revisions"]).split(",")) == 2


def test_a_repository_with_a_service_is_chosen_among_several() -> None:
    names = Names(services={"https://git.harbour.example/sea/tide": "tide"})
    found = said("jenkins", build(LIBRARY_CHECKED_OUT, TO_LIVE), names=names)
    assert not found.unmapped
    assert details_of(found.events[-1]).commit == SHA


def test_the_same_checkout_twice_is_one_commit() -> None:
    assert details_of(events(build(CHECKED_OUT))[0]).commit == SHA


def test_a_shortened_hash_is_no_commit() -> None:
    short = {"lastBuiltRevision": {"SHA1": SHA[:7]}, "remoteUrls": None}
    assert details_of(events(build(actions=[short, None]))[0]).commit == ""


@pytest.mark.parametrize(
    ("actions", "actor", "is_automated"),
    [
        ([{"causes": [{"shortDescription": "Started by timer"}]}], "", True),
        ([{"causes": [{"userId": None, "userName": "Ada L"}]}], "Ada L", False),
        ([{}], "", None),
        (None, "", None),
    ],
)
def test_the_causes_say_who_began_it(actions: Any, actor: str, is_automated: bool | None) -> None:  # noqa: FBT001 - what is expected
    began = events(build(actions=actions))[0]
    assert (began.actor, details_of(began).is_automated) == (actor, is_automated)


@pytest.mark.parametrize("listed", [lambda it: it, lambda it: {"allBuilds": it}, lambda it: {"builds": it}])
def test_a_build_that_cannot_be_read_does_not_take_the_others_along(listed: Any) -> None:
    broken = [build(url="7"), build(timestamp="soon"), build(duration=None), build()]
    found = said("jenkins", listed(broken))
    assert [each.type for each in found.events] == [
        PipelineRunStarted.TYPE,
        PipelineRunStarted.TYPE,
        PipelineRunFinished.TYPE,
    ]
    places = [each.where.rpartition("[")[2] for each in found.unmapped]
    assert places == ["0].url", "1].timestamp", "2].duration"]


def test_an_empty_list_of_builds_says_so() -> None:
    assert said("jenkins", {"allBuilds": []}).ignored


def test_a_build_in_a_list_is_the_same_as_alone() -> None:
    assert events({"builds": [build(TO_LIVE)]}) == events(build(TO_LIVE))


@pytest.mark.parametrize("file", every_real("jenkins-cdevents"), ids=lambda file: file.stem.replace(".", "-"))
def test_what_the_cdevents_plugin_sends_is_sent_on_to_its_translator(file: Any) -> None:
    found = said("jenkins", real("jenkins-cdevents", file.name))
    assert not found.events
    assert "cdevents" in found.unmapped[0].remedy


WHOLE = (build(TO_LIVE), build(LIBRARY_CHECKED_OUT), {"allBuilds": [build()]})


@given(document=json_values | st.sampled_from(WHOLE).flatmap(with_one_value_replaced))
def test_no_payload_breaks_the_translator(document: Any) -> None:
    payload = Payload(document=document)
    translated("jenkins", payload)
    try:
        translate(payload)
    except (msgspec.ValidationError, BadInputError):
        return
