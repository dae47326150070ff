"""A deployment's journal: what it writes into the ledger, each thing once, however often a step is repeated.

Every event of a deployment has an id that is derived from what it says (`greeter-3/stage-1/look-12`). A
step that was killed after it wrote, and before the engine remembered its result, finds its own event when
it is repeated, and takes the result from there. That is how an effect that happens at least once is
recorded exactly once.
"""

from datetime import datetime
from typing import TypeVar

import msgspec

from strandline.ledger.ports import Ledger
from strandline.ledger.record import Record
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.deployment import ROLLOUT_SOURCE as SOURCE
from strandline.vocabulary.deployment import Action, InterventionRequested
from strandline.vocabulary.event import Event, Fact, event_of, says

__all__ = ["PROGRAM", "SOURCE", "Intervention", "Journal", "place_of", "read_place"]

PROGRAM = "strandline"
"""The actor of what no person asked for."""

FactT = TypeVar("FactT", bound=Fact)


def place_of(service: str, environment: str) -> str:
    """Return the CDEvents subject source that ties a deployment's events to where it happens."""
    return f"/services/{service}/environments/{environment}"


def read_place(subject_source: str) -> tuple[str, str] | None:
    """Return service and environment of a `place_of`, or `None` if it is none."""
    parts = subject_source.split("/")
    match parts:
        case ["", "services", service, "environments", environment]:
            return service, environment
        case _:
            return None


class Journal:
    """Writes and finds the events of one deployment."""

    def __init__(self, ledger: Ledger, clock: Clock, *, deployment_id: str, place: str) -> None:
        self._ledger = ledger
        self._clock = clock
        self.deployment_id = deployment_id
        self._place = place

    def event(self, key: str, fact: Fact, *, actor: str = PROGRAM, at: datetime | None = None) -> Event:
        """Return the event that states `fact`, under a key that is unique within this deployment."""
        event = event_of(
            fact,
            id=f"{self.deployment_id}/{key}",
            source=SOURCE,
            subject_id=self.deployment_id,
            occurred_at=at or self._clock.now(),
            actor=actor,
            chain_id=self.deployment_id,
        )
        return msgspec.structs.replace(event, subject_source=self._place)

    def write(self, *events: Event) -> int:
        """Record these events, all or none; return the place of the last."""
        return self._ledger.append(events)[-1].seq

    def say(self, key: str, fact: Fact, *, actor: str = PROGRAM) -> None:
        """Record one fact, unless this deployment has said it under this key already."""
        if self.record(key) is None:
            self.write(self.event(key, fact, actor=actor))

    def record(self, key: str) -> Record | None:
        """Return the record under this key, or `None`."""
        return self._ledger.find(SOURCE, f"{self.deployment_id}/{key}")

    def said(self, key: str, fact: type[FactT]) -> FactT | None:
        """Return what was said under this key, or `None` if nothing was."""
        record = self.record(key)
        return says(record.event, fact) if record is not None else None

    def interventions(self, *, after: int, until: int | None = None) -> tuple["Intervention", ...]:
        """Return what people asked for between two places of the ledger."""
        found: list[Intervention] = []
        for record in self._ledger.read(
            after=after, types=(InterventionRequested.TYPE,), chain_id=self.deployment_id
        ):
            if until is not None and record.seq > until:
                break
            asked = says(record.event, InterventionRequested)
            if asked is not None:
                found.append(
                    Intervention(
                        seq=record.seq, action=asked.action, actor=record.event.actor, reason=asked.reason
                    )
                )
        return tuple(found)


class Intervention(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for, with its place in the ledger."""

    seq: int
    action: Action
    actor: str
    reason: str
