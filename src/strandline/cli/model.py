"""`strandline model`: what each level asks for, and checking a model of one's own."""

from collections.abc import Iterable
from pathlib import Path

from cyclopts import App
from rich.console import RenderableType

from strandline.assessment.assessor import shipped_model
from strandline.cli.output import line, words
from strandline.cli.overview_words import filled_table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.maturity import evidence
from strandline.maturity.dsomm_model import dsomm_model, is_dsomm
from strandline.maturity.liveness import HEARTBEATS
from strandline.maturity.model import Criterion, Model
from strandline.maturity.model_reading import read_model
from strandline.maturity.model_reading import schema as schema_of_models
from strandline.maturity.samm_model import is_samm, samm_model
from strandline.vocabulary.errors import BadInputError, NotFoundError

_MOST_FILES = 5_000
model = App(name="model", help="The maturity model: what each level asks for, and checking one of your own.")


def model_of(file: Path) -> Model:
    """Return the model that a file holds; or OWASP DSOMM's; or that of a folder with OWASP SAMM's files.

    Raises:
        BadInputError: it cannot be read, or is none.
    """
    try:
        if file.is_dir():
            return _of_folder(file)
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = f"The model cannot be read: {error}."
        raise BadInputError(what, where=str(file), remedy="Give a YAML file.") from error
    if is_dsomm(text):
        return dsomm_model(text, shipped_model(), str(file))
    return read_model(text, str(file))


def _of_folder(folder: Path) -> Model:
    top = folder / "model" if (folder / "model").is_dir() else folder
    files = [each for each in top.rglob("*.y*ml") if each.is_file()][:_MOST_FILES]
    paths = {each.relative_to(top).as_posix(): each for each in files}
    if not is_samm(paths):
        what = "This folder does not hold OWASP SAMM."
        raise BadInputError(what, where=str(folder), remedy="Give the folder `model` of its repository.")
    texts = {path: each.read_text(encoding="utf-8") for path, each in paths.items()}
    return samm_model(texts, shipped_model(), str(folder))


@model.command
def show(
    name: str = "", /, *, file: Path | None = None, common: Common = NOTHING_GIVEN, session: Hidden
) -> int:
    """Show the statements of the levels, or what a measure or a criterion asks for.

    Args:
        name: A measure such as TO, or a criterion such as TO3.1; the whole model if left out.
        file: Another model, as YAML.
        common: What every command takes.
        session: This run of the command line.
    """
    del common
    found = model_of(file) if file is not None else shipped_model()
    criterion = found.criterion(name) if name else None
    measures = [each for each in found.measures if not name or each.id.lower() == name.lower()]
    if criterion is not None:
        session.output.result(criterion, *_criterion(criterion))
        return 0
    if not measures:
        what = f"No measure and no criterion is called “{name}”."
        raise NotFoundError(what, remedy=f"Measures: {', '.join(each.id for each in found.measures)}.")
    shown: list[RenderableType] = []
    for measure in measures:
        shown += [words(f"{measure.id}  {measure.name}", "bold")]
        rows = []
        for level in measure.levels:
            rows.append((words(str(level.number)), words(level.statement)))
            if name:
                rows += [(words(each.id, "faint"), words(each.question, "faint")) for each in level.criteria]
        shown += [filled_table(("", ""), rows), line()]
    session.output.result(measures if name else found, *shown[:-1])
    return 0


@model.command
def check(file: Path, /, *, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Check a model of your own: its shape, its ids, and that everything it asks for can be answered.

    Args:
        file: The model, as YAML.
        common: What every command takes.
        session: This run of the command line.
    """
    del common
    found = model_of(file)
    criteria = len(list(found.criteria()))
    counted = {
        "model": found.name,
        "version": found.version,
        "measures": len(found.measures),
        "criteria": criteria,
    }
    said = (
        f"{found.title} {found.version}: {len(found.measures)} measures, {criteria} criteria, all answerable."
    )
    session.output.result(counted, words(said))
    return 0


@model.command
def schema(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Print the JSON Schema of models, for your editor.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    del common
    session.output.document(schema_of_models())
    return 0


@model.command
def names(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List what a model can ask for: cases, qualities, measured times, sources, special questions.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    del common
    found = {
        "populations": {name: each.words for name, each in sorted(evidence.POPULATIONS.items())},
        "qualities": {name: each.words for name, each in sorted(evidence.QUALITIES.items())},
        "measures": {name: each.words for name, each in sorted(evidence.MEASURES.items())},
        "sources": {name: f"silent after {days} days" for name, days in sorted(HEARTBEATS.items())},
        "special": dict.fromkeys(
            sorted(evidence.SPECIALS.keys() | evidence.OF_THE_MODEL), "a question of its own"
        ),
    }
    shown: list[RenderableType] = []
    for kind, every in found.items():
        shown += [
            words(kind, "bold"),
            filled_table(("", ""), [(words(name), words(said)) for name, said in every.items()]),
        ]
    session.output.result(found, *shown)
    return 0


def _criterion(each: Criterion) -> Iterable[RenderableType]:
    yield words(f"{each.id}  {each.question}", "bold")
    rows = [
        ("evidence", each.evidence + (", or an attestation" if each.attestable else "")),
        ("anchor", each.anchor),
        ("against play", each.counter_measure),
        ("closed by", each.closes),
        ("effort", each.effort),
        ("after", ", ".join(each.after)),
    ]
    yield filled_table(("", ""), [(words(name, "faint"), words(said)) for name, said in rows if said])
    for check_ in each.checks:
        yield words(f"  {check_!r}", "faint")
