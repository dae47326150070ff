"""What a deployer's `inspect` command says, read strictly: a figure that is guessed is worse than none."""

import json
from decimal import Decimal
from typing import Any

import msgspec

from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

_EXAMPLE = (
    '{"share_percent": 5, "canary": {"requests": 120, "errors": 0}, '
    '"control": {"requests": 2280, "errors": 1}}'
)
_MOST_COUNTED = 2**53
"""JSON's whole numbers are exact up to here, whoever writes them."""
_LONGEST_SHOWN = 120


class ArmCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one release since its counters began."""

    requests: int
    errors: int


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """Where traffic is, as the deployer says it."""

    share_bp: int
    """What the release `STRANDLINE_DIGEST` has."""
    canary: ArmCounts | None = None
    """Of the release `STRANDLINE_DIGEST`."""
    control: ArmCounts | None = None
    """Of the release `STRANDLINE_PREVIOUS_DIGEST`."""
    epoch: str = ""
    version: str = ""


def read_inspection(answer: bytes) -> Inspection:
    """Return what the command printed.

    Raises:
        BadInputError: it is not one JSON object with the keys of `Inspection`; says which and why.
    """
    try:
        said = json.loads(
            answer.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except (ValueError, ArithmeticError, RecursionError, BadInputError) as error:
        reason = error.what if isinstance(error, BadInputError) else "it is not JSON"
        raise _refusal(answer, reason) from error
    if not isinstance(said, dict):
        raise _refusal(answer, "it is not an object")
    unknown = sorted(set(said) - {"share_percent", "canary", "control", "epoch", "version"})
    if unknown:
        raise _refusal(answer, f"the key {unknown[0]!r} is not known")
    if "share_percent" not in said:
        raise _refusal(answer, "the key 'share_percent' is missing")
    for key in ("epoch", "version"):
        if not isinstance(said.get(key, ""), str):
            raise _refusal(answer, f"{key!r} is not text")
    return Inspection(
        share_bp=_share(answer, said["share_percent"]),
        canary=_counts(answer, "canary", said.get("canary")),
        control=_counts(answer, "control", said.get("control")),
        epoch=said.get("epoch", ""),
        version=said.get("version", ""),
    )


def _share(answer: bytes, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _refusal(answer, "'share_percent' is not a number")
    if not 0 <= value <= ALL_TRAFFIC_BP // 100:
        raise _refusal(answer, "'share_percent' is not between 0 and 100")
    return round(value * 100)


def _counts(answer: bytes, key: str, value: object) -> ArmCounts | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"requests", "errors"}:
        raise _refusal(answer, f"{key!r} does not have just 'requests' and 'errors'")
    for name, count in value.items():
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= _MOST_COUNTED:
            raise _refusal(answer, f"{name!r} of {key!r} is not a whole number, zero or more")
    if value["errors"] > value["requests"]:
        raise _refusal(answer, f"{key!r} has more errors than requests")
    return ArmCounts(requests=value["requests"], errors=value["errors"])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        what = "a key is there twice"
        raise BadInputError(what)
    return dict(pairs)


def _refuse_constant(name: str) -> None:
    what = f"{name} is no number"
    raise BadInputError(what)


def _refusal(answer: bytes, reason: str) -> BadInputError:
    text = answer.decode("utf-8", errors="replace").strip()
    shown = "".join(character if character.isprintable() else " " for character in text[:_LONGEST_SHOWN])
    what = (
        f"`inspect` did not print the JSON object that it should: {reason}. It printed: {shown or 'nothing'}"
    )
    remedy = f"Let it print one object such as {_EXAMPLE}, and all else to standard error."
    return BadInputError(what, remedy=remedy)
