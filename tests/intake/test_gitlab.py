from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.arbitrary import json_values, with_one_value_replaced
from tests.intake.payloads import every_real, real, said
from tests.intake.test_gitlab_changes import commit, push, release, request, tag
from tests.intake.test_gitlab_deployments import hook
from tests.intake.test_gitlab_issues import issue
from tests.intake.test_gitlab_runs import job, pipeline

from strandline.intake.gitlab import translate
from strandline.intake.sources import translated
from strandline.intake.translation import Payload
from strandline.vocabulary.errors import BadInputError

WHOLE = (
    hook("success"),
    hook("failed"),
    issue("open"),
    issue("close"),
    job("failed"),
    pipeline("running"),
    push(commit()),
    release(),
    request("merge"),
    tag(),
)


@pytest.mark.parametrize("file", every_real("gitlab"), ids=lambda file: file.stem)
def test_every_real_webhook_becomes_events(file: Any) -> None:
    if file.stem.startswith("synthetic"):
        pytest.skip("what is sent to GitLab, and no webhook of it")
    found = said("gitlab", real("gitlab", file.name))
    assert found.events
    assert not [each for each in found.unmapped if each.where != "total_commits_count"]


@pytest.mark.parametrize(
    ("header", "document"),
    [
        ("Deployment Hook", hook()),
        ("Job Hook", job("success")),
        ("Merge Request Hook", request("open")),
        ("Pipeline Hook", pipeline("success")),
        ("Push Hook", push(commit())),
        ("Release Hook", release()),
        ("Tag Push Hook", tag()),
        ("Confidential Issue Hook", issue("open")),
    ],
)
def test_the_header_says_which_event_it_is_where_the_payload_does_not(header: str, document: Any) -> None:
    bare = {name: value for name, value in document.items() if name != "object_kind"}
    assert said("gitlab", bare, x_gitlab_event=header).events == said("gitlab", document).events


def test_a_system_hook_has_only_the_event_s_name() -> None:
    bare = {**push(commit()), "object_kind": None, "event_name": "push"}
    assert said("gitlab", bare, x_gitlab_event="System Hook").events


@pytest.mark.parametrize("kind", ["note", "wiki_page", "emoji"])
def test_an_event_of_no_interest_is_ignored(kind: str) -> None:
    assert kind in said("gitlab", {"object_kind": kind}).ignored


@pytest.mark.parametrize("document", [{"object_kind": "marinade"}, {}])
def test_an_unknown_event_is_unmapped(document: Any) -> None:
    assert [each.where for each in said("gitlab", document).unmapped] == ["object_kind"]


def test_a_redelivery_says_the_same_events() -> None:
    assert [said("gitlab", each).events for each in WHOLE] == [said("gitlab", each).events for each in WHOLE]


@given(document=json_values | st.sampled_from(WHOLE).flatmap(with_one_value_replaced))
def test_no_payload_breaks_the_translator(document: Any) -> None:
    payload = Payload(document=document)
    translated("gitlab", payload)
    try:
        translate(payload)
    except (msgspec.ValidationError, BadInputError):
        return
