import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from strandline.ledger.codec import to_bytes
from strandline.ledger.foreign import from_document
from strandline.vocabulary.errors import BadInputError

PAYLOADS = Path(os.environ.get("STRANDLINE_PAYLOADS", Path(__file__).parents[3] / "shared" / "payloads"))
MOMENT = "2026-03-02T09:00:00Z"


def cloud_event(**changes: Any) -> dict[str, Any]:
    document = {
        "specversion": "1.0",
        "id": "1",
        "source": "/projects/1",
        "type": "com.example.push",
        "time": MOMENT,
        "data": {"commits": 3},
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


def cdevent(**changes: Any) -> dict[str, Any]:
    context = {
        "specversion": "0.5.1",
        "id": "1",
        "source": "/ci",
        "type": "dev.cdevents.x.y.0.1.0",
        "timestamp": MOMENT,
    }
    data = {"context": context, "subject": {"id": "x", "content": {}}, **changes}
    return cloud_event(source="/ci", type="dev.cdevents.x.y.0.1.0", data=data)


def test_a_foreign_event_keeps_its_type_and_its_data_becomes_the_content() -> None:
    event = from_document(cloud_event(subject="main"))
    assert (event.id, event.source, event.type, event.subject_id) == (
        "1",
        "/projects/1",
        "com.example.push",
        "main",
    )
    assert event.occurred_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert event.content == {"commits": 3}


def test_an_event_without_a_subject_happened_to_its_source() -> None:
    assert from_document(cloud_event()).subject_id == "/projects/1"


@pytest.mark.parametrize(
    ("data", "content"),
    [
        ({"data": "text"}, {"data": "text"}),
        ({"data": [1, 2]}, {"data": [1, 2]}),
        ({"data": None}, {}),
        ({"data": None, "data_base64": "AAE="}, {"dataBase64": "AAE="}),
    ],
)
def test_data_of_any_shape_is_kept(data: dict[str, Any], content: dict[str, Any]) -> None:
    assert from_document(cloud_event(**data)).content == content


def test_floats_and_wide_integers_become_decimal_strings() -> None:
    event = from_document(
        cloud_event(data={"load": 1.50, "tiny": 1e-7, "wide": 2**64, "is": True, "all": [0.1]})
    )
    assert event.content == {"load": "1.5", "tiny": "1e-07", "wide": str(2**64), "is": True, "all": ["0.1"]}
    to_bytes(event)


def test_what_is_no_number_in_json_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"data\.load"):
        from_document(cloud_event(data={"load": float("inf")}))


def test_extension_attributes_and_the_schema_are_kept() -> None:
    event = from_document(cloud_event(traceparent="00-1", dataschema="https://example.com/s"))
    assert event.custom_data == {"cloudEvents": {"traceparent": "00-1"}}
    assert event.schema_uri == "https://example.com/s"


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time"])
def test_what_is_required_and_missing_is_named(name: str) -> None:
    with pytest.raises(BadInputError) as caught:
        from_document(cloud_event(**{name: None}))
    assert caught.value.where == name
    assert caught.value.remedy


@pytest.mark.parametrize("time", ["yesterday", "2026-03-02T09:00:00", 12, "2026-13-02T09:00:00Z"])
def test_a_time_that_is_none_or_has_no_zone_is_refused(time: Any) -> None:
    with pytest.raises(BadInputError):
        from_document(cloud_event(time=time))


def test_the_actor_of_a_cdevent_is_found_in_its_custom_data() -> None:
    event = from_document(cdevent(customData={"actor": "ada", "more": 1}))
    assert event.actor == "ada"
    assert event.custom_data == {"more": 1}


def test_an_actor_that_is_no_text_is_left_where_it_is() -> None:
    event = from_document(cdevent(customData={"actor": {"name": "ada"}}))
    assert event.actor == ""
    assert event.custom_data == {"actor": {"name": "ada"}}
    to_bytes(event)


def test_custom_data_that_is_no_object_is_kept() -> None:
    event = from_document(cdevent(customData="AAE=", customDataContentType="application/octet-stream"))
    assert event.custom_data == {
        "customData": "AAE=",
        "customDataContentType": "application/octet-stream",
    }


def test_a_cdevent_that_contradicts_its_envelope_is_refused() -> None:
    document = cdevent()
    document["id"] = "2"
    with pytest.raises(BadInputError, match="'2'"):
        from_document(document)


@pytest.mark.parametrize("links", ["text", [1], {"a": 1}])
def test_links_that_are_none_are_refused(links: Any) -> None:
    document = cdevent()
    document["data"]["context"]["links"] = links
    with pytest.raises(BadInputError, match="links"):
        from_document(document)


@pytest.mark.skipif(
    not (PAYLOADS / "jenkins-cdevents").is_dir(),
    reason=f"No Jenkins payloads at {PAYLOADS} (STRANDLINE_PAYLOADS).",
)
@pytest.mark.parametrize("name", ["pipelinerun.started.json", "pipelinerun.finished.json"])
def test_what_a_jenkins_sends_can_be_recorded(name: str) -> None:
    document = json.loads((PAYLOADS / "jenkins-cdevents" / name).read_text())
    event = from_document(document)
    assert event.type == document["type"]
    to_bytes(event)
