import json
import math
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from strandline.ledger.codec import from_bytes, from_document, to_bytes
from strandline.vocabulary.deployment import DeploymentPlanned
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event

PAYLOADS = Path(os.environ.get("STRANDLINE_PAYLOADS", Path(__file__).parents[3] / "shared" / "payloads"))
CDEVENTS = PAYLOADS / "cdevents"

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(texts, values, max_size=5)
moments = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - the zone is given beside
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - the zone is given beside
    timezones=st.just(UTC),
)
optional = st.just("") | names
all_events = st.builds(
    Event,
    id=names,
    source=names,
    type=names,
    occurred_at=moments,
    subject_id=names,
    content=objects,
    subject_source=optional,
    actor=optional,
    chain_id=optional,
    links=st.lists(objects, max_size=2).map(tuple),
    schema_uri=optional,
    custom_data=objects.map(lambda data: {key: data[key] for key in data if key != "actor"}),
)


def push(**changes: Any) -> Event:
    event = Event(
        id="1",
        source="/here",
        type="com.example.push",
        occurred_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        subject_id="main",
        content={"commits": 3},
    )
    return msgspec.structs.replace(event, **changes)


@given(all_events)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert from_bytes(to_bytes(event)) == event


@given(all_events)
def test_the_bytes_of_what_came_back_are_the_same(event: Event) -> None:
    body = to_bytes(event)
    assert to_bytes(from_bytes(body)) == body


@given(all_events)
def test_the_bytes_are_what_any_json_library_writes_sorted_and_without_space(event: Event) -> None:
    body = to_bytes(event)
    by_another = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert body == by_another.encode()


@given(all_events)
def test_our_own_bytes_read_as_foreign_ones_are_the_same_event(event: Event) -> None:
    assert to_bytes(from_document(msgspec.json.decode(to_bytes(event)))) == to_bytes(event)


@given(objects)
def test_the_order_of_keys_does_not_matter(content: dict[str, Any]) -> None:
    backwards = dict(reversed(content.items()))
    assert to_bytes(push(content=content)) == to_bytes(push(content=backwards))


def test_the_bytes_are_pinned_for_good() -> None:
    event = push(
        type="dev.cdevents.service.upgraded.0.3.0",
        content={"b": "ü", "a": [1, None, True]},
        subject_source="/cluster",
        actor="ada",
        chain_id="greeter-1",
        links=({"linkType": "END"},),
        schema_uri="https://example.com/schema",
        custom_data={"more": "x"},
    )
    assert to_bytes(event).decode() == (
        '{"data":{"context":{"chainId":"greeter-1","id":"1","links":[{"linkType":"END"}],'
        '"schemaUri":"https://example.com/schema","source":"/here","specversion":"0.5.1",'
        '"timestamp":"2026-03-02T09:00:00Z","type":"dev.cdevents.service.upgraded.0.3.0"},'
        '"customData":{"actor":"ada","more":"x"},"subject":{"content":{"a":[1,null,true],"b":"ü"},"id":"main",'
        '"source":"/cluster"}},"datacontenttype":"application/json","id":"1","source":"/here",'
        '"specversion":"1.0","subject":"main","time":"2026-03-02T09:00:00Z",'
        '"type":"dev.cdevents.service.upgraded.0.3.0"}'
    )


def test_the_same_instant_gives_the_same_bytes_in_any_zone() -> None:
    there = datetime(2026, 3, 2, 14, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert to_bytes(push(occurred_at=there)) == to_bytes(push())


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"content": {"a": [{"b": 0.5}]}}, r"content\.a\[0\]\.b is the float 0\.5"),
        ({"content": {"a": math.nan}}, r"content\.a is the float nan"),
        ({"links": ({"weight": 1.0},)}, r"links\[0\]\.weight is the float 1\.0"),
        ({"custom_data": {"load": -0.0}}, r"custom_data\.load is the float -0\.0"),
        ({"content": {"n": 2**63}}, r"content\.n is 9223372036854775808, wider"),
        ({"content": {"at": datetime(2026, 3, 2, tzinfo=UTC)}}, r"content\.at is a datetime"),
        ({"content": {1: "a"}}, "content has the key 1"),
        ({"content": {"a": "\ud800"}}, "surrogate"),
        ({"custom_data": {"actor": "ada"}}, r"custom_data\.actor"),
        ({"id": ""}, "is empty"),
        ({"subject_id": "a\x00b"}, "NUL"),
        ({"occurred_at": datetime(2026, 3, 2)}, "no time zone"),  # noqa: DTZ001 - naive on purpose
        ({"occurred_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, "no time in UTC"),
    ],
)
def test_what_cannot_be_canonical_is_refused_and_its_place_named(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInputError, match=where):
        to_bytes(push(**changes))


def test_what_lies_too_deep_is_refused() -> None:
    deep: Any = "bottom"
    for _ in range(200):
        deep = [deep]
    with pytest.raises(BadInputError, match="levels deep"):
        to_bytes(push(content={"deep": deep}))


@pytest.mark.parametrize(
    "bent",
    [
        b"",
        b"not json",
        b"{}",
        b"[1]",
        b"\xff",
        to_bytes(push()).replace(b'"commits":3', b'"commits":3.5'),
        to_bytes(push()).replace(b'"id":"1"', b'"id":"2"', 1),
        to_bytes(push()).replace(b"09:00:00Z", b"09:00:00"),
    ],
)
def test_bytes_that_are_no_event_of_ours_are_refused(bent: bytes) -> None:
    with pytest.raises(BadInputError):
        from_bytes(bent)


def cdevents(pattern: str) -> list[Path]:
    return sorted(CDEVENTS.glob(pattern))


def schema(name: str) -> jsonschema.Draft202012Validator:
    links = [json.loads(path.read_text()) for path in cdevents("schemas/links/*.json")]
    registry: Registry[Any] = Registry().with_resources(
        (link["$id"], DRAFT202012.create_resource(link)) for link in links
    )
    described = json.loads((CDEVENTS / name).read_text())
    return jsonschema.Draft202012Validator(
        described, registry=registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


needs_cdevents = pytest.mark.skipif(
    not CDEVENTS.is_dir(),
    reason=f"The published CDEvents schemas are not at {CDEVENTS} (STRANDLINE_PAYLOADS).",
)


@needs_cdevents
@pytest.mark.parametrize("example", cdevents("conformance/*.json"), ids=lambda path: path.stem)
def test_published_cdevents_pass_through_and_keep_to_their_schemas(example: Path) -> None:
    cdevent = json.loads(example.read_text())
    context = cdevent["context"]
    document = {
        "specversion": "1.0",
        "id": context["id"],
        "source": context["source"],
        "type": context["type"],
        "time": context["timestamp"],
        "data": cdevent,
    }
    told = json.loads(to_bytes(from_document(document)))["data"]
    kind = (
        "custom/schema.json"
        if "cdeventsx" in context["type"]
        else f"schemas/{example.stem.replace('_', '')}.json"
    )
    schema(kind).validate(told)
    assert told["subject"]["content"] == cdevent["subject"]["content"]
    assert told["context"]["links"] == context["links"]
    assert told.get("customData", {}) == cdevent.get("customData", {})


@needs_cdevents
def test_our_own_events_keep_to_the_schema_of_custom_cdevents() -> None:
    event = push(type=DeploymentPlanned.TYPE, chain_id="greeter-1", actor="ada", subject_source="/services/x")
    schema("custom/schema.json").validate(json.loads(to_bytes(event))["data"])
