"""Where OpenTelemetry pushes metrics: `POST /v1/metrics`, as the OTLP specification has it."""

import zlib
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from strandline.vocabulary.errors import BadInputError
from strandline.web.door import Door
from strandline.web.guard import MOST_BYTES
from strandline.web.openapi import refusal
from strandline.web.request_body import TooLongError, UnsupportedMediaError, whole_body

JSON, PROTOBUF = "application/json", "application/x-protobuf"
_GZIP = 16 + zlib.MAX_WBITS

Body = Annotated[bytes, Depends(whole_body)]

_DOCUMENT = "https://opentelemetry.io/docs/specs/otlp/#otlphttp"
_EXPORT = {
    # The schema is OpenTelemetry's own; JSON has it as an object, protobuf as bytes.
    JSON: {"schema": {"type": "object"}},
    PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
}
_SPOKEN = {
    "externalDocs": {
        "description": "The protocol: ExportMetricsServiceRequest, as is or gzipped.",
        "url": _DOCUMENT,
    },
    "requestBody": {"required": True, "content": _EXPORT},
    "responses": {
        "200": {"description": "Taken in; it says how many points were not, and why.", "content": _EXPORT},
        "default": refusal(),
    },
}


class MalformedError(BadInputError):
    """A body that is not what its headers say; exporters take 400 for "do not send this again"."""

    http_status = 400


def otlp_door(door: Door) -> APIRouter:
    """Return the route that takes metrics."""
    router = APIRouter(tags=["metrics"])

    @router.post("/v1/metrics", summary="Push metrics (OTLP over HTTP)", openapi_extra=_SPOKEN)
    def metrics(request: Request, body: Body) -> Response:
        """Take in one export of metrics, for guards whose source is `otlp`."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in {JSON, PROTOBUF}:
            what = "Metrics come as JSON or as protobuf."
            raise UnsupportedMediaError(what, where="Content-Type", remedy=f"Send {JSON} or {PROTOBUF}.")
        whole = _inflated(body, request.headers.get("content-encoding", "identity").lower())
        try:
            answer = door.app.pushed_metrics.take(whole, is_json=kind == JSON)
        except BadInputError as error:
            raise MalformedError(error.what, where=request.url.path, remedy=error.remedy) from error
        return Response(answer, media_type=kind)

    return router


def _inflated(body: bytes, encoding: str) -> bytes:
    if encoding == "identity":
        return body
    if encoding != "gzip":
        what = f"The encoding {encoding} is not known here."
        raise UnsupportedMediaError(what, where="Content-Encoding", remedy="Send it as it is, or as gzip.")
    inflate = zlib.decompressobj(_GZIP)
    try:
        whole = inflate.decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        what = "The body is called gzip, and is none."
        raise MalformedError(what, remedy="Send what the header says.") from error
    if len(whole) > MOST_BYTES:
        what = f"The request is longer than {MOST_BYTES:,} bytes."
        raise TooLongError(what, remedy="Export fewer metrics at a time.")
    return whole
