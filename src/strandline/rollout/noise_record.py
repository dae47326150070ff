"""What the looks of earlier rollouts say about a service's noise, for the plan of the next one."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from strandline.analysis.measurement import Look
from strandline.analysis.noise_history import NoiseHistory
from strandline.ledger.record import Record
from strandline.vocabulary.event import says
from strandline.vocabulary.exposure import AnalysisMeasured

MOST_LOOKS = 1000
"""Newer looks say what older ones would; so many are enough for a noise of a tenth to be seen."""
_ALIKE = 2
"""A look teaches about looks that are at most this many times as long, or as short."""


class NoiseRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the noise."""

    known: tuple[int, ...] = ()
    """As `NoiseHistory.kept`; empty if nothing is."""
    looks: int = 0
    """From how many looks that is."""


def noise_of(rollouts: Iterable[Iterable[Record]], *, look_every: timedelta) -> NoiseRecord:
    """Return what the controls of earlier rollouts say about the noise.

    Args:
        rollouts: the records of earlier rollouts to the same place, newest rollout first.
        look_every: how long the looks are that will be judged.
    """
    history = NoiseHistory()
    for look in _looks(rollouts, look_every=look_every):
        history.halves(look)
        if history.looks >= MOST_LOOKS:
            break
    return NoiseRecord(known=history.kept, looks=history.looks) if history.looks else NoiseRecord()


def _looks(rollouts: Iterable[Iterable[Record]], *, look_every: timedelta) -> Iterator[Look]:
    wanted_ms = look_every / timedelta(milliseconds=1)
    for records in rollouts:
        for record in records:
            measured = says(record.event, AnalysisMeasured)
            if measured is None or not wanted_ms / _ALIKE <= measured.watched_ms <= wanted_ms * _ALIKE:
                continue
            yield msgspec.convert(measured.measurement, Look)
