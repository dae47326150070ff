"""The slot of an environment: only the rollout that holds it may move traffic there.

The slot lives in the ledger. Its turns are numbered, each turn's event has the number in its id, and the
ledger takes an id only once: of two rollouts that want the same turn exactly one gets it, even from two
processes. The holder frees its turn when it has finished.
"""

import msgspec

from strandline.ledger.ports import Ledger
from strandline.rollout.journal import PROGRAM, SOURCE, place_of
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.deployment import SlotFreed, SlotTaken
from strandline.vocabulary.errors import ConflictingEventError
from strandline.vocabulary.event import Event, event_of, says


class Slot:
    """The turns of one service and environment."""

    def __init__(self, ledger: Ledger, clock: Clock, *, service: str, environment: str) -> None:
        self._ledger = ledger
        self._clock = clock
        self._place = place_of(service, environment)
        self._name = f"slot/{service}/{environment}"

    def holder(self) -> str:
        """Return the deployment that holds the slot; empty while it is free."""
        turn = self._newest_turn()
        return "" if self._is_free(turn) else self._taken(turn).holder

    def take(self, deployment_id: str) -> bool:
        """Take the next turn, unless somebody else holds the slot; return whether it is ours."""
        turn = self._newest_turn()
        if not self._is_free(turn):
            return self._taken(turn).holder == deployment_id
        try:
            self._ledger.append([self._event(SlotTaken(holder=deployment_id, turn=turn + 1), turn + 1)])
        except ConflictingEventError:
            return False
        return True

    def free(self, deployment_id: str) -> None:
        """Give the slot back, if this deployment holds it."""
        turn = self._newest_turn()
        if not self._is_free(turn) and self._taken(turn).holder == deployment_id:
            self._ledger.append([self._event(SlotFreed(holder=deployment_id, turn=turn), turn, "/freed")])

    def _event(self, fact: SlotTaken | SlotFreed, turn: int, suffix: str = "") -> Event:
        event = event_of(
            fact,
            id=f"{self._name}/{turn}{suffix}",
            source=SOURCE,
            subject_id=fact.holder,
            occurred_at=self._clock.now(),
            actor=PROGRAM,
            chain_id=fact.holder,
        )
        return msgspec.structs.replace(event, subject_source=self._place)

    def _taken(self, turn: int) -> SlotTaken:
        record = self._ledger.find(SOURCE, f"{self._name}/{turn}")
        taken = says(record.event, SlotTaken) if record is not None else None
        if taken is None:
            msg = f"turn {turn} of {self._name} is not in the ledger"
            raise LookupError(msg)
        return taken

    def _is_free(self, turn: int) -> bool:
        return turn == 0 or self._ledger.find(SOURCE, f"{self._name}/{turn}/freed") is not None

    def _newest_turn(self) -> int:
        """Find the last turn by doubling and halving: the turns are numbered without a gap."""
        above = 1
        while self._has(above):
            above *= 2
        below = above // 2
        while above - below > 1:
            middle = (above + below) // 2
            if self._has(middle):
                below = middle
            else:
                above = middle
        return below

    def _has(self, turn: int) -> bool:
        return self._ledger.find(SOURCE, f"{self._name}/{turn}") is not None
