"""Cases kept between two assessments of the same moment, so that one more event is judged by itself.

What was worked out for a case knows what it was read from (`maturity/memo.py`). As long as the moment is the
same, only what rests on kinds of events of which there are more now is worked out again.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from strandline.kpi.history import History
from strandline.maturity.case import Case
from strandline.maturity.liveness import HEARTBEATS
from strandline.maturity.memo import HISTORY, carried_of, signs_of
from strandline.maturity.told import CARRIES, Practice

_MOST_KEPT = 16
_KINDS = frozenset(fact.TYPE for fact in CARRIES)


@dataclass(frozen=True)
class _Kept:
    at: datetime
    cases: tuple[Case, ...]
    history: History
    practice: Practice
    sizes: dict[str, int]
    """How much there was of each kind of event and of signs of life, when they were judged."""


class KeptCases:
    """The cases of the last assessments. Not for several threads at once."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}

    def grown(self, key: Hashable, cases: Sequence[Case]) -> tuple[Case, ...]:
        """Return cases with everything that was worked out before, and rests on nothing that changed.

        Args:
            key: what they are judged by, and whose they are.
            cases: new ones, all of one moment and over one evidence base.
        """
        history, practice, at = cases[0].recorded, cases[0].practice, cases[0].at
        sizes = {name: _size(name, history, practice) for name in _NAMES}
        known = self._kept.get(key)
        found = tuple(cases)
        if known is not None and _is_same(known, found):
            changed = {name for name, size in sizes.items() if size != known.sizes[name]}
            if history is not known.history:
                changed.add(HISTORY)
            for before in known.cases:
                before.memo.forget(frozenset(changed))
            found = tuple(
                replace(each, memo=before.memo, scopes=before.scopes)
                for each, before in zip(cases, known.cases, strict=True)
            )
        elif len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = _Kept(at, found, history, practice, sizes)
        return found


_NAMES = (*_KINDS, *map(signs_of, HEARTBEATS))


def _size(name: str, history: History, practice: Practice) -> int:
    carries = carried_of(name)
    return len(history.heard.days(carries)) if carries else practice.count_of(name)


def _is_same(known: _Kept, cases: Sequence[Case]) -> bool:
    """Return whether it is the same moment, the same evidence or more of it, and the same units."""
    return (
        known.practice is cases[0].practice
        and known.at == cases[0].at
        and [(each.unit, each.services) for each in known.cases]
        == [(each.unit, each.services) for each in cases]
    )
