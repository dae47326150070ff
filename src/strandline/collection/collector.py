"""The collector: lets every reading that was ordered run, and orders those that are due."""

from datetime import timedelta

from strandline.collection.feeds import Feeds
from strandline.collection.reading_workflow import WORKFLOW, ReadingToRun, ReadingWorkflow
from strandline.collection.readings import Readings, ReadingState, ReadingView
from strandline.collection.remote import MakeSource
from strandline.engine.ports import Engine, WorkflowStatus
from strandline.ledger.ports import Ledger
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import NotFoundError

_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(minutes=5)


class Collector:
    """Runs readings as durable workflows."""

    def __init__(
        self,
        ledger: Ledger,
        readings: Readings,
        feeds: Feeds,
        engine: Engine,
        *,
        make_source: MakeSource,
        clock: Clock,
    ) -> None:
        self._readings = readings
        self._feeds = feeds
        self._engine = engine
        self._clock = clock
        self._retry_at: dict[str, timedelta] = {}
        workflow = ReadingWorkflow(ledger, feeds, make_source, clock)
        engine.register(WORKFLOW, workflow.run, takes=ReadingToRun)

    def take_up(self) -> None:
        """Order what is due, and start whatever is open and has no workflow that runs it."""
        self._readings.reconcile()
        for view in self._readings.every():
            if view.state is ReadingState.OPEN:
                self._take_up(view)

    def _take_up(self, view: ReadingView) -> None:
        attempt = 1
        while (status := self._engine.status(_workflow_id(view, attempt))) is WorkflowStatus.FAILED:
            attempt += 1
        if status is not WorkflowStatus.UNKNOWN:
            return
        # A workflow fails only where neither ledger nor engine could be written; a new one begins again.
        now = self._clock.steady()
        if attempt > 1:
            pause = min(_FIRST_RETRY * 2 ** (attempt - 2), _LONGEST_RETRY)
            if now < self._retry_at.setdefault(view.id, now + pause):
                return
            self._retry_at.pop(view.id, None)
        try:
            feed = self._feeds.feed(view.feed)
        except NotFoundError:
            return
        order = ReadingToRun(reading=view.id, feed=feed, window=view.window)
        self._engine.start(WORKFLOW, _workflow_id(view, attempt), order)


def _workflow_id(view: ReadingView, attempt: int) -> str:
    return f"reading/{view.id}" if attempt == 1 else f"reading/{view.id}/attempt-{attempt}"
