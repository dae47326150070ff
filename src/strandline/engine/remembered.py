"""What an engine remembers of a step: its result or its error, as plain JSON values.

Every engine goes through these functions, on the first run and on replay alike. So a workflow cannot tell
the two apart: it sees what the memory holds, never the object that the step happened to return.
"""

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar, cast

import msgspec

from strandline.engine.ports import Workflow, WorkflowContext
from strandline.vocabulary.errors import StrandlineError

ResultT = TypeVar("ResultT")

_log = logging.getLogger(__name__)


class BrokenStepError(RuntimeError):
    """A step raised something that is no `StrandlineError`: a bug, remembered by what it said.

    It has no class of its own to come back as, because that class may be gone when the workflow is resumed.
    """


class _Result(msgspec.Struct, frozen=True, tag="result", tag_field="outcome"):
    """The step returned."""

    value: Any


class _Refusal(msgspec.Struct, frozen=True, tag="error", tag_field="outcome"):
    """The step raised a `StrandlineError`."""

    kinds: tuple[str, ...]  # its class and the ancestors of it, nearest first
    what: str
    where: str
    remedy: str


class _Bug(msgspec.Struct, frozen=True, tag="bug", tag_field="outcome"):
    """The step raised something else."""

    said: str


_Outcome = _Result | _Refusal | _Bug


async def attempt(do: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - JSON values are of any shape
    """Run a step and return what to remember of it, as JSON values. Cancellation passes through."""
    outcome: _Outcome
    try:
        outcome = _Result(_as_json_values(await do()))
    except StrandlineError as error:
        outcome = _Refusal(tuple(_kinds(error)), error.what, error.where, error.remedy)
    except Exception as bug:  # noqa: BLE001 - whatever a step raises is remembered as its outcome
        _log.exception("A step is broken.")
        outcome = _Bug(_said(bug))
    return msgspec.to_builtins(outcome)


def recall(remembered: Any, *, step: str, returns: type[ResultT]) -> ResultT:  # noqa: ANN401 - see attempt
    """Give back what `attempt` made: return the result, or raise the error.

    Raises:
        StrandlineError: of the class that the step raised, or of its nearest ancestor that still exists.
        BrokenStepError: the step raised something else, or its result is not what `returns` says.
    """
    outcome = msgspec.convert(remembered, cast("type[_Outcome]", _Outcome))
    if isinstance(outcome, _Bug):
        msg = f"Step {step!r} is broken: {outcome.said}"
        raise BrokenStepError(msg)
    if isinstance(outcome, _Refusal):
        raise _raised_again(outcome)
    try:
        return msgspec.convert(outcome.value, returns, str_keys=True)
    except msgspec.ValidationError as mismatch:
        msg = f"The remembered result of step {step!r} does not read as {returns!r}: {mismatch}"
        raise BrokenStepError(msg) from mismatch


async def run_to_end(workflow: Workflow, context: WorkflowContext, argument: Any) -> str:  # noqa: ANN401 - each workflow has its own argument
    """Run a workflow and return why it failed, or an empty string. Cancellation passes through."""
    try:
        await workflow(context, argument)
    except (StrandlineError, BrokenStepError) as error:
        return str(error) or type(error).__name__
    except Exception as bug:  # noqa: BLE001 - whatever a workflow raises is why it failed
        _log.exception("Workflow %s is broken.", context.workflow_id)
        return _said(bug)
    return ""


def _as_json_values(value: object) -> Any:  # noqa: ANN401 - see attempt
    """What comes back once the value was written as JSON: NaN has become null, a tuple a list."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _kinds(error: StrandlineError) -> Iterator[str]:
    for kind in type(error).__mro__:
        if issubclass(kind, StrandlineError):
            yield kind.__name__


def _raised_again(outcome: _Refusal) -> StrandlineError:
    known = {kind.__name__: kind for kind in _descendants(StrandlineError)}
    kind = next((known[name] for name in outcome.kinds if name in known), StrandlineError)
    error = kind.__new__(kind, outcome.what)
    # Past the constructor of the class, which may ask for other things than the three parts.
    StrandlineError.__init__(error, outcome.what, where=outcome.where, remedy=outcome.remedy)
    return error


def _descendants(kind: type[StrandlineError]) -> Iterator[type[StrandlineError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _descendants(child)


def _said(bug: Exception) -> str:
    """What a bug said, and where it did: enough to find the line."""
    frames = traceback.extract_tb(bug.__traceback__)
    place = f" (in {frames[-1].name}, {frames[-1].filename} line {frames[-1].lineno})" if frames else ""
    return f"{type(bug).__name__}: {bug}{place}"
