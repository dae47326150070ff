"""Reading what a request sends: JSON for programs, form fields for pages; never more than there may be."""

import secrets
from typing import Annotated, TypeVar
from urllib.parse import parse_qs

import msgspec
from fastapi import Depends, Request

from strandline.vocabulary.errors import BadInputError
from strandline.web.guard import MOST_BYTES, ForeignRequestError

ACTOR_HEADER = "x-strandline-actor"
FORM = "application/x-www-form-urlencoded"
_LONGEST_ACTOR = 200

T = TypeVar("T")


class UnsupportedMediaError(BadInputError):
    """A body that is not what it has to be."""

    http_status = 415


class TooLongError(BadInputError):
    """More than anything needs that is sent here."""

    http_status = 413


async def whole_body(request: Request) -> bytes:
    """Read the body, and stop reading where it is too long."""
    return await body_up_to(request, MOST_BYTES)


async def body_up_to(request: Request, most: int) -> bytes:
    """Read the body, and stop reading where it is longer than `most` bytes.

    Raises:
        TooLongError: it is.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            what = f"The request is longer than {most:,} bytes."
            raise TooLongError(what, remedy="Nothing that is sent here needs to be.")
    return bytes(body)


async def json_body(request: Request) -> bytes:
    """Read a JSON body. It must be called JSON: a page of another site cannot send that unasked."""
    body = await whole_body(request)
    if _media_type(request) != "application/json":
        what = "The body has to be JSON."
        raise UnsupportedMediaError(
            what, where="Content-Type", remedy="Send `Content-Type: application/json`."
        )
    return body


async def form_fields(request: Request) -> dict[str, str]:
    """Read the fields of a page's form; the last of several with one name counts."""
    body = await whole_body(request)
    if _media_type(request) != FORM:
        what = "This address takes the forms of our own pages."
        raise UnsupportedMediaError(what, where="Content-Type", remedy="Programs use /api/v1.")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


JsonBody = Annotated[bytes, Depends(json_body)]
FormFields = Annotated[dict[str, str], Depends(form_fields)]


def read_json(body: bytes, shape: type[T]) -> T:
    """Return a JSON body as a value of this type; an empty body is an empty object.

    Raises:
        BadInputError: it is no JSON, or not of this shape; the message names the field.
    """
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.ValidationError as error:
        what = f"{error}."
        raise BadInputError(what, where="request body", remedy="See /api/v1/openapi.json.") from error
    except msgspec.DecodeError as error:
        what = f"The body is not JSON: {error}."
        raise BadInputError(what, where="request body", remedy="Send one JSON object.") from error


def check_form_token(fields: dict[str, str], token: str) -> None:
    """Let a form pass only if one of our own pages made it.

    Raises:
        ForeignRequestError: its token is missing or from before the control plane's last start.
    """
    if not secrets.compare_digest(fields.get("token", "").encode(), token.encode()):
        what = "This form is not from a page of the control plane that runs now."
        raise ForeignRequestError(what, remedy="Open the page again, and repeat what you wanted to do.")


def actor_of(request: Request, otherwise: str) -> str:
    """Return who says they are asking, or `otherwise`."""
    said = request.headers.get(ACTOR_HEADER, "").strip()
    if not said:
        return otherwise
    if len(said) > _LONGEST_ACTOR or not said.isprintable():
        what = "The actor's name is too long, or has characters that cannot be read."
        raise BadInputError(what, where=ACTOR_HEADER, remedy="Send a name of one line.")
    return said


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()
