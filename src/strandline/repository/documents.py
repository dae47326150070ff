"""Documents: what each is for, by its name and its headings, and when somebody last looked at it.

A product's manual may be about deploying too: how *others* deploy what is made here. So a document on
deploying is one whose own name says so, near the top or where a project keeps what is for its maintainers.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum

from strandline.repository.sighting import Show, Sighting, seen

FILES = re.compile(r"(\.(md|markdown|mdx|rst|adoc|asciidoc|org|txt)|(^|/)[A-Z][A-Z_-]+)$")
_TEMPLATES = re.compile(r"(^|/)\.(github|gitlab)/|template", re.IGNORECASE)
_HEADING = re.compile(r"^(?:#{1,4}\s+|={2,4}\s+)(.{1,80}?)\s*[#=]*$")
_UNDERLINE = re.compile(r"^([=\-~^\"'*+#])\1{2,}\s*$")
_REVIEWED = re.compile(
    r"(?:last[ _-]?(?:reviewed|checked|verified)|reviewed[ _-]?(?:on|at)|review[ _-]?date)"
    r"\W{1,6}(\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
_CODE = re.compile(r"^\s*(```|~~~)")
_DEEP = 2
_MAINTAINERS = re.compile(
    r"(^|/)(contribut\w*|maintain\w*|dev\w*|operations?|ops|runbooks?|playbooks?|sre|internal|process(es)?|"
    r"release|releasing|\.github|howto)/",
    re.IGNORECASE,
)


def _name(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


_BY_NAME: tuple[tuple[Show, re.Pattern[str]], ...] = (
    (
        Show.CHANGELOG,
        _name(r"(^|/)(changelog|changes|history|news)[\w.-]*$", r"(^|/)rel(ease)?[-_]?notes?(/|\.\w+$|$)"),
    ),
    (
        Show.INCIDENT_TEMPLATE,
        _name(r"template[^/]*/?[\w-]*(incident|post-?mortem)", r"(incident|post-?mortem)[^/]*template"),
    ),
    (
        Show.CHANGE_TEMPLATE,
        _name(r"(pull|merge)_request_template", r"change[-_]request[-_]template"),
    ),
    (Show.POSTMORTEM, _name(r"post-?mortem", r"(^|/)(incident[-_]reports?|retrospectives?)/")),
    (
        Show.RUNBOOK,
        _name(r"(^|/)(runbooks?|playbooks?)/", r"(^|/)[\w-]*(runbook|on-?call|playbook)[\w-]*(\.\w+)?$"),
    ),
)
"""What a name says wherever the file is."""
_NEAR: tuple[tuple[Show, re.Pattern[str]], ...] = (
    (Show.ROLLBACK_DOCUMENT, _name(r"(^|[-_])(roll-?backs?([-_][\w-]+)?|back-?out)$")),
    (
        Show.READINESS_CHECKLIST,
        _name(r"(readiness|go-?live|launch|release|deployment)[-_]?(check-?list|review)"),
    ),
    (Show.RISK_ASSESSMENT, _name(r"risk[-_]?(assessment|analysis|register)", r"threat[-_]?model")),
    (
        Show.RELEASE_SCHEDULE,
        _name(r"(release|deployment)[-_]?(schedule|calendar|cadence|plan)"),
    ),
    (Show.TRAINING_DOCUMENT, _name(r"(^|[-_])(onboarding|training|workshop)([-_][\w-]+)?$")),
    (
        Show.METRIC_DEFINITION,
        _name(r"(kpis?|metrics?|slis?|slos?)[-_](definitions?|dictionary|catalogu?e)", r"^(kpis?|slos?)$"),
    ),
    (
        Show.DEPLOYMENT_DOCUMENT,
        _name(
            r"^(how[-_ ]?to[-_ ])?(maintainer[-_]?)?"
            r"(releas(e|es|ing)|deploy(s|ment|ments|ing)?|roll-?out|publishing)"
            r"([-_ ](process|procedure|guide|guidelines|steps|instructions|howto|manual|strategy|workflow))?$"
        ),
    ),
)
"""What the name of a file without its ending says where a project keeps what is about itself."""
_BY_HEADING: tuple[tuple[Show, re.Pattern[str]], ...] = (
    (
        Show.ROLLBACK_DOCUMENT,
        _name(r"\broll(ing)?[- ]?back\b", r"\bback[- ]?out plan\b", r"\breverting a (release|deployment)\b"),
    ),
    (Show.RISK_ASSESSMENT, _name(r"\brisk (assessment|analysis)\b", r"\bthreat model\b")),
    (Show.RELEASE_SCHEDULE, _name(r"\brelease (schedule|calendar|cadence|cycle)\b")),
    (
        Show.READINESS_CHECKLIST,
        _name(r"\b(production|operational) readiness\b", r"\brelease checklist\b"),
    ),
)
_STATUS_ADDRESS = re.compile(
    r"https?://(status\.[\w.-]+|[\w-]+\.(statuspage\.io|status\.io|instatus\.com))", re.IGNORECASE
)
PROCEDURES_BY_HEADING = re.compile(
    r"^(\d+[.)] )?(how to |making a |cutting a |creating a |the )?(releas(e|ing)|deploy(ment|ing))"
    r"( (process|procedure|a new version|workflow|steps|instructions|to production))?$",
    re.IGNORECASE,
)


class Purpose(Enum):
    """What a document is for, as far as deployments go."""

    PROCEDURE = "procedure"
    ROLLBACK = "rollback"
    RUNBOOK = "runbook"
    RISKS = "risks"
    FIGURES = "figures"


_PURPOSES = {
    Show.DEPLOYMENT_DOCUMENT: Purpose.PROCEDURE,
    Show.ROLLBACK_DOCUMENT: Purpose.ROLLBACK,
    Show.RUNBOOK: Purpose.RUNBOOK,
    Show.RISK_ASSESSMENT: Purpose.RISKS,
    Show.METRIC_DEFINITION: Purpose.FIGURES,
}


def purpose(shows: Iterable[Show]) -> Purpose | None:
    """Return what a document is for, by what it shows; nothing for one that is not about deployments."""
    there = set(shows)
    return next((each for show, each in _PURPOSES.items() if show in there), None)


def by_name(path: str) -> Show | None:
    """Return what the name of a document says; its text is not needed for that."""
    for show, pattern in _BY_NAME:
        if pattern.search(path):
            return show
    folder, _, name = path.rpartition("/")
    is_near = folder.count("/") + bool(folder) < _DEEP or _MAINTAINERS.search(f"{folder}/") is not None
    stem, _, ending = name.rpartition(".")
    if not is_near or not stem or not ending or _TEMPLATES.search(name):
        return None
    return next((show for show, pattern in _NEAR if pattern.search(stem)), None)


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what a document shows."""
    named = by_name(path)
    lines = text.splitlines()
    if named is not None:
        first = next((number for number, line in enumerate(lines, start=1) if line.strip()), 1)
        yield seen(named, path, first, lines[first - 1] if lines else path)
    if named is Show.CHANGELOG:
        return
    found: set[Show | None] = {named}
    is_for_maintainers = "/" not in path or _MAINTAINERS.search(path) is not None
    for number, heading in headings(lines):
        for show, pattern in _BY_HEADING:
            if is_for_maintainers and show not in found and pattern.search(heading):
                found.add(show)
                yield seen(show, path, number, heading)
        is_procedure = is_for_maintainers and PROCEDURES_BY_HEADING.match(heading)
        if is_procedure and Show.DEPLOYMENT_DOCUMENT not in found and _is_about_itself(path):
            found.add(Show.DEPLOYMENT_DOCUMENT)
            yield seen(Show.DEPLOYMENT_DOCUMENT, path, number, heading)
    for number, line in enumerate(lines, start=1):
        if (reviewed := _REVIEWED.search(line)) and _is_date(reviewed[1]):
            yield seen(Show.REVIEW_DATE, path, number, line)
        if Show.STATUS_PAGE not in found and _STATUS_ADDRESS.search(line):
            found.add(Show.STATUS_PAGE)
            yield seen(Show.STATUS_PAGE, path, number, line)


def _is_about_itself(path: str) -> bool:
    """A manual's chapter on deployment is for others; a guide for contributors is about the project."""
    return re.search(r"contribut|maintain|develop|releas|govern|process", path, re.IGNORECASE) is not None


def review_date(text: str) -> date | None:
    """Return the newest day on which a document says that it was reviewed."""
    found = [date.fromisoformat(each) for each in _REVIEWED.findall(text) if _is_date(each)]
    return max(found, default=None)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def headings(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the headings of a document with their lines, outside of code."""
    is_code = False
    for number, line in enumerate(lines, start=1):
        if _CODE.match(line):
            is_code = not is_code
        if is_code:
            continue
        marked = _HEADING.match(line)
        if marked:
            yield number, marked[1]
        elif _UNDERLINE.match(line) and number > 1 and lines[number - 2].strip():
            yield number - 1, lines[number - 2].strip()
