"""Days as people type them."""

from datetime import date

from strandline.vocabulary.errors import BadInputError


def day(text: str, option: str) -> date:
    """Return a day, such as `2027-01-15`.

    Raises:
        BadInputError: it is none; the error names the option.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        what = f"“{text}” is no day."
        raise BadInputError(what, where=option, remedy="Give year, month and day: 2027-01-15.") from error
