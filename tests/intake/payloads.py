"""Real payloads and the published schemas, where they are: outside of the project."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from strandline.intake.sources import translated
from strandline.intake.translation import Payload, Translation
from strandline.ledger.codec import from_bytes, to_bytes
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import Names

PAYLOADS = Path(os.environ.get("STRANDLINE_PAYLOADS", Path(__file__).parents[3] / "shared" / "payloads"))


def real(source: str, name: str) -> Any:
    """Return a real payload; the test skips, saying so, where there is none."""
    file = PAYLOADS / source / name
    if not file.exists():
        pytest.skip(f"{file} is not here (STRANDLINE_PAYLOADS)")
    return json.loads(file.read_text())


def every_real(source: str) -> list[Path]:
    """Return all real payloads of a source that are JSON."""
    return sorted((PAYLOADS / source).glob("*.json"))


def said(kind: str, document: Any, *, names: Names | None = None, **headers: str) -> Translation:
    """Return what a payload says, by the way that everything goes; each event is checked."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    found = translated(kind, Payload(document=document, headers=given, names=names or Names()))
    for event in found.events:
        check(event)
    assert found.events or found.unmapped or found.ignored
    return found


def check(event: Event) -> None:
    """Check that the ledger can hold an event, and that it keeps to its published schema."""
    body = to_bytes(event)
    assert to_bytes(from_bytes(body)) == body
    if not PAYLOADS.exists():
        return
    schema = _schema(event.type)
    data = json.loads(body)["data"]
    jsonschema.Draft202012Validator(schema, registry=_links()).validate(data)


@cache
def _schema(event_type: str) -> Any:
    if event_type.startswith("dev.cdeventsx."):
        return json.loads((PAYLOADS / "cdevents/custom/schema.json").read_text())
    _, _, subject, predicate, *_ = event_type.split(".")
    return json.loads((PAYLOADS / f"cdevents/schemas/{subject}{predicate}.json").read_text())


@cache
def _links() -> Registry[Any]:
    links = [json.loads(path.read_text()) for path in (PAYLOADS / "cdevents/schemas/links").glob("*.json")]
    return Registry().with_resources([(link["$id"], Resource.from_contents(link)) for link in links])
