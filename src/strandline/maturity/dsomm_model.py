"""OWASP DSOMM, read from its generated `model.yaml` (DevSecOps-MaturityModel-data).

Nothing of it is bundled: it is read from the user's path. Its sub-dimensions become measures, its activities
criteria. Those that our criteria are about as well are answered by their checks; any other one can be vouched
for. DSOMM has no level for absence, so its first level is the second one here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from strandline.maturity.model import Criterion, Level, Measure, Model
from strandline.vocabulary.errors import BadInputError

_LEVELS = 5
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SAME: Mapping[str, tuple[str, ...]] = {
    "Automated deployment process": ("TO3.1",),
    "Same artifact for environments": ("TO3.2",),
    "Signing of artifacts": ("TO3.4",),
    "Canary deployment": ("TO4.1",),
    "Inventory of production components": ("DO5.4",),
    "Defined deployment process": ("DO2.1",),
    "Definition of a change management process": ("PI3.1",),
}
"""Activities of DSOMM by name, and our criteria that ask for the same."""


def is_dsomm(text: str) -> bool:
    """Return whether a file is DSOMM's."""
    head = text[:4000]
    return (
        "DevSecOps-MaturityModel" in head
        or re.search(r"^\s{6}difficultyOfImplementation:", head, re.MULTILINE) is not None
    )


def dsomm_model(text: str, own: Model, where: str) -> Model:
    """Return DSOMM as a model.

    Args:
        text: the generated `model.yaml`.
        own: the shipped model, whose checks answer what is the same.
        where: what it is called, for messages.

    Raises:
        BadInputError: it is no YAML, or has another shape.
    """
    try:
        documents = [each for each in yaml.load_all(text, Loader=_LOADER) if isinstance(each, dict)]
    except yaml.YAMLError as error:
        what = f"This is no YAML: {' '.join(str(error).split())}"
        raise BadInputError(what, where=where, remedy="Mend it there.") from error
    version = next((str(each["meta"].get("version")) for each in documents if "meta" in each), "unknown")
    measures: dict[str, Measure] = {}
    try:
        for dimension, name, activities in _subdimensions(documents):
            letters = "".join(word[0] for word in re.findall(r"[A-Z]\w*", dimension))
            key = f"{letters}-{_slug(name)}"
            measures[key] = Measure(id=key, name=f"{dimension}: {name}", levels=_levels(activities, own))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = f"This is not DSOMM's model: {type(error).__name__}: {error}."
        raise BadInputError(what, where=where, remedy="Give its generated `model.yaml`.") from error
    if not measures:
        what = "There is no activity in it."
        raise BadInputError(what, where=where, remedy="Give DSOMM's generated `model.yaml`.")
    return Model(
        name="owasp-dsomm",
        title="OWASP DevSecOps Maturity Model",
        version=version,
        measures=tuple(measures.values()),
        questions=own.questions,
    )


def _subdimensions(documents: list[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for document in documents:
        for dimension, parts in document.items():
            if dimension == "meta":
                continue
            for name, activities in parts.items():
                yield str(dimension), str(name), activities


def _levels(activities: dict[str, Any], own: Model) -> tuple[Level, ...]:
    by_level: dict[int, list[Criterion]] = {}
    for name, activity in activities.items():
        same = [each for each in map(own.criterion, SAME.get(str(name), ())) if each is not None]
        slug = _slug(str(name))
        by_level.setdefault(int(activity["level"]), []).append(
            Criterion(
                id=slug,
                question=f"{name}: {' '.join(str(activity.get('measure', '')).split())}",
                evidence="events" if same else "attestation",
                attestable=True,
                checks=tuple(check for each in same for check in each.checks),
                anchor=f"OWASP DSOMM, {name}",
                closes=f"`strandline attest make {slug}`",
            )
        )
    return (
        Level(number=1, statement="Nothing of it is known yet.", label="0"),
        *(
            Level(
                number=number + 1,
                statement=f"DSOMM level {number}",
                label=str(number),
                criteria=tuple(by_level.get(number, ())),
            )
            for number in range(1, _LEVELS + 1)
        ),
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
