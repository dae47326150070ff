"""OWASP SAMM, read from the files of its own repository (`model/**` of https://github.com/owaspsamm/core).

Nothing of it is bundled: it is read from the user's path. Its practices become measures, its activities
criteria, named as SAMM names them (`I-SD-2-A`). An activity that one of our criteria is anchored in is
answered by that criterion's checks; any other one can be vouched for. SAMM has no level for absence, so its
first level is the second one here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from strandline.maturity.model import Criterion, Level, Measure, Model
from strandline.vocabulary.errors import BadInputError

_ANCHOR = re.compile(r"\bSAMM ([A-Z]-[A-Z]{2,3}-\d-[A-Z])\b")
_LEVELS = 3
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FOLDERS = (
    "activities",
    "business_functions",
    "maturity_levels",
    "practice_levels",
    "security_practices",
    "streams",
)


def is_samm(paths: Iterable[str]) -> bool:
    """Return whether the files below a folder are SAMM's."""
    folders = {path.partition("/")[0] for path in paths}
    return folders >= set(_FOLDERS)


def samm_model(texts: Mapping[str, str], own: Model, where: str) -> Model:
    """Return SAMM as a model.

    Args:
        texts: from each file's path below `model/` to its text.
        own: the shipped model, whose checks answer what is anchored in SAMM.
        where: what it is called, for messages.

    Raises:
        BadInputError: a file is no YAML, or something that is referred to is not there.
    """
    read: dict[str, dict[str, dict[str, Any]]] = {folder: {} for folder in _FOLDERS}
    for path, text in sorted(texts.items()):
        folder = path.partition("/")[0]
        if folder in read:
            entry = _entry(path, text, where)
            read[folder][str(entry.get("id"))] = entry
    checks = _anchored(own)
    found: dict[str, dict[int, list[Criterion]]] = {}
    names: dict[str, tuple[Any, str, str]] = {}
    objectives: dict[tuple[str, int], str] = {}
    try:
        for level in read["practice_levels"].values():
            practice, number = _practice(read, level["practice"]), _number(read, level)
            objectives[practice[1], number] = str(level["objective"])
        for activity in read["activities"].values():
            stream = read["streams"][activity["stream"]]
            level = read["practice_levels"][activity["level"]]
            order, practice_id, name = _practice(read, level["practice"])
            number = _number(read, level)
            names[practice_id] = (order, practice_id, name)
            code = f"{practice_id}-{number}-{stream['letter']}"
            found.setdefault(practice_id, {}).setdefault(number, []).append(
                Criterion(
                    id=code,
                    question=f"{activity['title']}: {activity['shortDescription']}",
                    evidence="events" if code in checks else "attestation",
                    attestable=True,
                    checks=tuple(check for each in checks.get(code, ()) for check in each.checks),
                    anchor=f"OWASP SAMM {code}",
                    closes=f"`strandline attest make {code}`, or what "
                    f"{', '.join(each.id for each in checks[code])} asks for"
                    if code in checks
                    else f"`strandline attest make {code}`",
                )
            )
    except (KeyError, TypeError) as error:
        what = f"Something that is referred to is not there: {error}."
        raise BadInputError(
            what, where=where, remedy="Give the folder `model` of SAMM's repository."
        ) from error
    return Model(
        name="owasp-samm",
        title="OWASP SAMM",
        version="2",
        measures=tuple(
            Measure(
                id=practice_id,
                name=name,
                levels=(
                    Level(number=1, statement="Nothing of it is known yet.", label="0"),
                    *(
                        Level(
                            number=number + 1,
                            statement=objectives.get((practice_id, number), ""),
                            label=str(number),
                            criteria=tuple(
                                sorted(found[practice_id].get(number, ()), key=lambda each: each.id)
                            ),
                        )
                        for number in range(1, _LEVELS + 1)
                    ),
                ),
            )
            for _, practice_id, name in sorted(names.values())
        ),
        questions=own.questions,
    )


def _entry(path: str, text: str, where: str) -> dict[str, Any]:
    try:
        document = yaml.load(text, Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one
    except yaml.YAMLError as error:
        what = f"{path} is no YAML: {' '.join(str(error).split())}"
        raise BadInputError(what, where=where, remedy="Mend it there.") from error
    if not isinstance(document, dict):
        what = f"{path} is not one of SAMM's files."
        raise BadInputError(what, where=where, remedy="Give the folder `model` of SAMM's repository.")
    return document


def _practice(read: Mapping[str, Mapping[str, Any]], name: str) -> tuple[tuple[int, int], str, str]:
    practice = read["security_practices"][name]
    function = read["business_functions"][practice["function"]]
    code = f"{str(function['name'])[0]}-{practice['shortName']}"
    return (int(function["order"]), int(practice["order"])), code, str(practice["name"])


def _number(read: Mapping[str, Mapping[str, Any]], level: Mapping[str, Any]) -> int:
    return int(read["maturity_levels"][level["maturityLevel"]]["number"])


def _anchored(own: Model) -> dict[str, list[Criterion]]:
    """Return which of our criteria are anchored in which activity; what describes absence is none of them."""
    found: dict[str, list[Criterion]] = {}
    for _, level, criterion in own.criteria():
        if level.number > 1:
            for code in _ANCHOR.findall(criterion.anchor):
                found.setdefault(code, []).append(criterion)
    return found
