"""The OpenAPI document: made from the very types that are encoded and decoded, so it cannot say otherwise."""

from typing import Any

import msgspec
from fastapi import FastAPI

from strandline.assessment.report import AssessmentReport
from strandline.collection.feed_standing import FeedStanding
from strandline.collection.feedback_door import Answer, FeedbackTaken
from strandline.collection.reception import Receipt
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import ServiceView
from strandline.rollout.evidence import EvidencePoint
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView
from strandline.vocabulary.service import Service
from strandline.web.answers import JSON, ErrorEnvelope
from strandline.web.shapes import CatalogueText, Health, KpiReport, Reason, RecordLine

SPOKEN: tuple[Any, ...] = (
    Answer,
    FeedbackTaken,
    Receipt,
    list[FeedStanding],
    AssessmentReport,
    KpiReport,
    Health,
    Service,
    ServiceView,
    list[ServiceView],
    PlanView,
    DeploymentOrder,
    DeploymentView,
    list[DeploymentView],
    list[EvidencePoint],
    RecordLine,
    list[RecordLine],
    CatalogueText,
    Reason,
    ErrorEnvelope,
)
_SCHEMAS, _COMPONENTS = msgspec.json.schema_components([*SPOKEN], ref_template="#/components/schemas/{name}")
_SCHEMA_OF = list(zip(SPOKEN, _SCHEMAS, strict=True))

_DESCRIPTION = """\
What Strandline's own pages and commands use. Shares are basis points (5 % = 500), durations are ISO 8601
or milliseconds (`…Ms`), evidence is hundredths of a decimal logarithm. Every answer that is no success has
the body `{"error": {"what", "where", "remedy", "kind", "exitCode"}}`.
"""


def schema_of(shape: Any) -> dict[str, Any]:  # noqa: ANN401 - a type as msgspec reads it
    """Return the reference to a type that is spoken here."""
    return next(schema for spoken, schema in _SCHEMA_OF if spoken == shape)


def speaks(answer: Any, *, status: int = 200, takes: Any = None, needs_body: bool = True) -> dict[str, Any]:  # noqa: ANN401 - types as msgspec reads them
    """Return what a route adds to its own description: what it takes and what it answers."""
    described: dict[str, Any] = {
        "responses": {
            str(status): {
                "description": "As asked." if status < 201 else "It was begun.",  # noqa: PLR2004 - created
                "content": {JSON: {"schema": schema_of(answer)}},
            },
            "default": refusal(),
        }
    }
    if takes is not None:
        described["requestBody"] = {"required": needs_body, "content": {JSON: {"schema": schema_of(takes)}}}
    return described


def refusal() -> dict[str, Any]:
    """Return how every route describes that it refused."""
    return {
        "description": "It was not done; nothing was changed.",
        "content": {JSON: {"schema": schema_of(ErrorEnvelope)}},
    }


def describe(site: FastAPI) -> None:
    """Make a site's OpenAPI document hold the schemas that its routes refer to."""
    write = site.openapi

    def with_components() -> dict[str, Any]:
        if site.openapi_schema is None:
            document = write()
            document["info"]["description"] = _DESCRIPTION
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(_COMPONENTS)
            # FastAPI's own word for a bad parameter; ours is the envelope.
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for path in document["paths"].values():
                for operation in path.values():
                    operation["responses"].pop("422", None)
            site.openapi_schema = document
        return site.openapi_schema

    site.openapi = with_components  # type: ignore[method-assign]  # FastAPI's documented way to extend it
