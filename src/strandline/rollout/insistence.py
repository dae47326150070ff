"""Asking again where a target does not answer: with a pause that grows, each time said aloud."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from strandline.engine.ports import WorkflowContext
from strandline.rollout.journal import Journal
from strandline.vocabulary.deployment import TargetUnavailable
from strandline.vocabulary.errors import UnavailableError

ResultT = TypeVar("ResultT")

_LONGEST_PAUSE_SECONDS = 30.0


class Insistence:
    """Runs steps that must not fail for good because a target did not answer once."""

    def __init__(self, context: WorkflowContext, journal: Journal) -> None:
        self._context = context
        self._journal = journal

    async def step(
        self,
        name: str,
        do: Callable[[], Awaitable[ResultT]],
        *,
        returns: type[ResultT],
        attempts: int | None = None,
    ) -> ResultT:
        """Run a step until the target does it.

        Args:
            name: the step's name.
            do: what it does.
            returns: what it gives back.
            attempts: give up after this many; `None` never does, which is right for whatever brings users
                to safety.

        Raises:
            UnavailableError: after the last attempt.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._context.step(name, do, returns=returns)
            except UnavailableError as problem:
                if attempts is not None and attempt >= attempts:
                    raise
                await self._report(name, str(problem), attempt)
                await self._context.sleep(min(2.0 ** (attempt - 1), _LONGEST_PAUSE_SECONDS))

    async def _report(self, wanted: str, problem: str, attempt: int) -> None:
        fact = TargetUnavailable(wanted=wanted, problem=problem, attempt=attempt)

        async def write() -> None:
            self._journal.say(f"unavailable/{wanted}/{attempt}", fact)

        await self._context.step("report", write, returns=type(None))
