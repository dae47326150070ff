"""Values of figures as the ledger holds them: decimal strings, as no number in it is a float."""

import re
from decimal import Decimal

from strandline.vocabulary.errors import BadInputError

_DIGITS = 9
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?\s*%?")
_LARGEST = Decimal("1e15")


def written(value: float) -> str:
    """Return a value as a plain decimal string, to nine digits after the point."""
    text = f"{round(value, _DIGITS):.{_DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def read_decimal(text: str, *, where: str) -> Decimal:
    """Return the number that a text is; `12 %` and `12%` are 0.12.

    Args:
        text: as a person typed it.
        where: what it was given for, for the message.

    Raises:
        BadInputError: it is no number, or none that a figure could have.
    """
    bare = text.strip()
    number = Decimal("nan")
    if _NUMBER.fullmatch(bare):
        number = Decimal(bare.removesuffix("%").strip())
        number = number / 100 if bare.endswith("%") else number
    if not number.is_finite() or abs(number) > _LARGEST:
        what = f"“{text}” is no number that a figure could have."
        remedy = "Give a decimal number in the figure's unit: 0.05 or 5% for a share, seconds for a duration."
        raise BadInputError(what, where=where, remedy=remedy)
    return number


def plain(number: Decimal) -> str:
    """Return a number without an exponent and without needless zeros."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
