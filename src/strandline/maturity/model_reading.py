"""Reading a model: from YAML to values.

Refused whole with the place and the reason if anything is wrong with it.
"""

from typing import Any

import msgspec
import yaml

from strandline.maturity.evidence import unknown_names
from strandline.maturity.model import MOST_LEVELS, Count, Model, Share, Special, Survey
from strandline.vocabulary.errors import BadInputError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOLD = 5
"""Problems that are told at once."""


def read_model(text: str, where: str) -> Model:
    """Return the model that a YAML document is.

    Args:
        text: the document.
        where: what it is called, for messages.

    Raises:
        BadInputError: it is no YAML, has another shape, or asks for what there is not.
    """
    try:
        document: Any = yaml.load(text, Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one
    except yaml.YAMLError as error:
        what = f"This is no YAML: {' '.join(str(error).split())}"
        raise BadInputError(what, where=where, remedy="Mend it there.") from error
    try:
        model = msgspec.convert(document, Model)
    except msgspec.ValidationError as error:
        what = f"This is no maturity model: {error}."
        raise BadInputError(what, where=where, remedy="`strandline model schema` tells the shape.") from error
    problems = [*_problems(model), *unknown_names(model)]
    if problems:
        more = f" (and {len(problems) - _TOLD} more)" if len(problems) > _TOLD else ""
        what = f"{' '.join(problems[:_TOLD])}{more}"
        raise BadInputError(
            what, where=where, remedy="Mend them; `strandline model names` lists what there is."
        )
    return model


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a model."""
    found = msgspec.json.schema(Model)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A maturity model", **found}


def _problems(model: Model) -> list[str]:
    """Return what a shape cannot say: levels in order, ids once, thresholds that can be reached."""
    found: list[str] = []
    seen: set[str] = set()
    found += [
        f"{measure.id} has not the levels from 1 on in order, up to {MOST_LEVELS}."
        for measure in model.measures
        if [level.number for level in measure.levels] != list(range(1, len(measure.levels) + 1))
        or not 1 < len(measure.levels) <= MOST_LEVELS
    ]
    every = {criterion.id for _, _, criterion in model.criteria()}
    for _, _, criterion in model.criteria():
        if criterion.id in seen:
            found.append(f"{criterion.id} is there twice.")
        seen.add(criterion.id)
        if not criterion.checks and criterion.evidence != "attestation":
            found.append(f"{criterion.id} has no check, and is not attested either.")
        found += [
            f"{criterion.id} comes after {name}, which there is not."
            for name in criterion.after
            if name not in every
        ]
        for check in criterion.checks:
            if isinstance(check, Share | Count) and (check.at_least is None) == (check.at_most is None):
                found.append(f"{criterion.id}: give either at-least or at-most.")
            if isinstance(check, Survey) and (check.median is None) == (check.agree is None):
                found.append(f"{criterion.id}: give either median or agree.")
            if isinstance(check, Special):
                found += [
                    f"{criterion.id} is about {name}, which there is not."
                    for name in check.criteria
                    if name not in every
                ]
    return found
