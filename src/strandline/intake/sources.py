"""All sources that are read, each with its translator; and how a payload of any of them is translated."""

from importlib import import_module

import msgspec

from strandline.intake.translation import Payload, Translation, Translator, Unmapped
from strandline.vocabulary.errors import BadInputError, NotFoundError

KINDS = (
    "alertmanager",
    "argocd",
    "csv_rows",
    "flux",
    "github",
    "gitlab",
    "jenkins",
    "jira",
    "opsgenie",
    "pagerduty",
    "servicenow",
    "statuspage",
    "xapi",
)
"""What feeds may be of; each is the name of a file in this folder with a function `translate`."""


def translator(kind: str) -> Translator:
    """Return the translator of a kind of source.

    Raises:
        NotFoundError: there is none; the message lists those there are.
    """
    if kind not in KINDS:
        what = f"No source is called “{kind}”."
        raise NotFoundError(what, remedy=f"Known sources: {', '.join(KINDS)}.")
    translate: Translator = import_module(f"strandline.intake.{kind}").translate
    return translate


def translated(kind: str, payload: Payload) -> Translation:
    """Return what a payload says. One that is not of the shape of its source is unmapped, with the place.

    Raises:
        NotFoundError: there is no such source.
    """
    translate = translator(kind)
    try:
        return translate(payload)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `")
        where = place.rstrip("`").removeprefix("$").lstrip(".")
        return Translation(unmapped=(Unmapped(what=f"{sentence}.", where=where, remedy=_REPORT),))
    except BadInputError as error:
        return Translation(unmapped=(Unmapped(what=error.what, where=error.where, remedy=error.remedy),))


_REPORT = "The payload is kept. If the source is right, its translator must learn this shape."
