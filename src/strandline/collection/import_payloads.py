"""Importing files of other tools: the payloads that a webhook would have brought, or an export."""

import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import datetime

import msgspec

from strandline.collection.feeds import SOURCE
from strandline.collection.interpretation import Interpreted, interpret
from strandline.collection.kinds import require_kind
from strandline.intake.translation import Unmapped
from strandline.ledger.ports import Ledger
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Names

TABLE = "csv_rows"
_SHOWN = 20


class PayloadsImported(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the payloads of a file."""

    payloads: int
    new: int
    known: int
    unmapped: int
    reasons: tuple[Unmapped, ...]
    """Why, for the first of those that are unmapped."""
    ignored: tuple[str, ...]
    """Why payloads that were understood became no event, each reason once."""


def import_payloads(
    ledger: Ledger,
    *,
    kind: str,
    content: bytes,
    names: Names,
    at: datetime,
    headers: dict[str, str] | None = None,
    table_map: object = None,
) -> PayloadsImported:
    """Record what a file of payloads says; a payload that was imported before changes nothing.

    Args:
        ledger: where to.
        kind: which translator reads them.
        content: one JSON document, JSON Lines, or for tables CSV with a line of headings.
        names: what names mean.
        at: now.
        headers: what a webhook would have brought along, in lower case.
        table_map: for a table: which columns hold what.

    Raises:
        NotFoundError: there is no such kind of source.
        BadInputError: the file is not of the form that it should be; nothing was recorded.
        UnavailableError: the ledger cannot be written.
    """
    require_kind(kind)
    done: list[Interpreted] = []
    for body, document in list(_payloads(kind, content, table_map)):
        digest = hashlib.sha256(body).hexdigest()
        found = interpret(
            ledger,
            kind=kind,
            body=body,
            document=document,
            origin=f"import/{kind}/{digest[:24]}",
            at=at,
            names=names,
            headers=headers,
            source=SOURCE,
        )
        done.append(found)
    unmapped = [reason for each in done for reason in each.unmapped]
    return PayloadsImported(
        payloads=len(done),
        new=sum(each.new for each in done),
        known=sum(each.known for each in done),
        unmapped=len(unmapped),
        reasons=tuple(unmapped[:_SHOWN]),
        ignored=tuple(dict.fromkeys(each.ignored for each in done if each.ignored)),
    )


def _payloads(kind: str, content: bytes, table_map: object) -> Iterator[tuple[bytes, object]]:
    """Yield each payload's bytes and what they hold."""
    if kind == TABLE:
        yield content, {"rows": _rows(content), "map": table_map}
        return
    try:
        whole = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        yield from _lines(content)
        return
    yield content, whole


def _lines(content: bytes) -> Iterator[tuple[bytes, object]]:
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield line, msgspec.json.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            what = f"This is not JSON: {str(error).rstrip('.')}. Nothing was imported."
            remedy = "A file holds one JSON document, or one on each line."
            raise BadInputError(what, where=f"line {number}", remedy=remedy) from error


def _rows(content: bytes) -> list[dict[str, str]]:
    try:
        text = content.decode("utf-8-sig")
        return [
            {str(key): value or "" for key, value in row.items() if isinstance(value, str | None)}
            for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        what = f"This is no table: {error}. Nothing was imported."
        raise BadInputError(what, remedy="Give CSV in UTF-8, with a line of headings.") from error
