"""CDEvents of others: as they are, bare, in batches, of the draft, and of Jenkins' plugin."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.intake.payloads import PAYLOADS, check, real
from tests.intake.test_github import json_values

from strandline.collection.kinds import KINDS, events_of, require_kind
from strandline.intake.sources import KINDS as TRANSLATED
from strandline.intake.sources import translator
from strandline.intake.translation import Payload, Translation
from strandline.kpi.history import history_from
from strandline.vocabulary.approval import ApprovalClosed
from strandline.vocabulary.errors import NotFoundError


def said(document: Any) -> Translation:
    """Return what a payload of CDEvents says."""
    return events_of("cdevents", Payload(document=document))


def bare(event_type: str = "dev.cdevents.service.deployed.0.3.0", number: str = "e1") -> dict[str, Any]:
    """Return a CDEvent without a CloudEvent around it."""
    context = {"specversion": "0.5.1", "id": number, "source": "/cd", "type": event_type}
    content = {"environment": {"id": "production"}, "artifactId": "pkg:generic/shop@1"}
    return {
        "context": {**context, "timestamp": "2026-03-02T09:00:00Z"},
        "subject": {"id": "shop", "content": content},
    }


def test_every_kind_has_a_translator_or_is_an_event_already() -> None:
    for kind in TRANSLATED:
        assert callable(translator(kind))
    assert set(KINDS) == {*TRANSLATED, "cdevents"}
    with pytest.raises(NotFoundError, match="telepathy"):
        require_kind("telepathy")


@pytest.mark.parametrize(
    "file", sorted((PAYLOADS / "cdevents/conformance").glob("*.json")), ids=lambda file: file.stem
)
def test_every_published_event_passes_as_it_is(file: Path) -> None:
    document = json.loads(file.read_text())
    [event] = said(document).events
    assert (event.id, event.type) == (document["context"]["id"], document["context"]["type"])
    check(event)


def test_a_batch_loses_only_what_is_no_event() -> None:
    found = said([bare(), {"specversion": "1.0"}, bare(number="e2")])
    assert [each.id for each in found.events] == ["e1", "e2"]
    assert [each.where for each in found.unmapped] == ["[1].id"]


@pytest.mark.parametrize("version", ["0.1.0", "0.1.1", "0.2.0", "0.3.0"])
def test_a_deployment_counts_in_whatever_version_it_is_told(version: str) -> None:
    event_type = f"dev.cdevents.service.deployed.{version}"
    found = said(bare(event_type))
    assert found.events[0].type == event_type
    assert len(history_from(found.events).deployments["shop", "production"]) == 1


def test_an_approval_of_the_draft_has_our_type() -> None:
    draft = bare("dev.cdevents.approval.closed.0.1.0")
    draft["subject"]["content"] = {"status": "approved", "responder": "urn:ada", "decision": "approved"}
    [event] = said(draft).events
    assert event.type == ApprovalClosed.TYPE
    check(event)


def test_jenkins_plugin_is_read_though_its_ids_are_numbers() -> None:
    started, finished = (
        real("jenkins-cdevents", f"pipelinerun.{name}.json") for name in ("started", "finished")
    )
    assert started["id"] == finished["id"]
    [began], [ended] = said(started).events, said(finished).events
    assert began.id != ended.id
    assert began.subject_id == ended.subject_id
    assert ended.content["outcome"] == "success"
    for each in (began, ended):
        check(each)


@given(json_values)
def test_no_document_at_all_raises_an_error(document: Any) -> None:
    assert said(document) is not None
