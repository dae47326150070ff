"""The reviewed dictionary: who answers for each figure, what it ought to be, when it is looked at again."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum

import msgspec

from strandline.kpi.all_figures import FIGURES
from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.ledger.record import Record
from strandline.performance.dictionary import DICTIONARY, Definition
from strandline.performance.noticing import SOURCE
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, NotFoundError
from strandline.vocabulary.event import Event, event_of, says
from strandline.vocabulary.performance import FigureReviewed, TargetSet


class ReviewStanding(Enum):
    """Whether a figure's entry was looked at."""

    REVIEWED = "reviewed"
    OVERDUE = "review overdue"
    NEVER = "never reviewed"


class DictionaryLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One figure's entry as it stands."""

    figure: str
    definition: Definition
    owner: str
    """By the last review; empty where nobody was named."""
    targets: tuple[TargetSet, ...]
    review: FigureReviewed | None
    reviewed_on: date | None
    standing: ReviewStanding


class Reviewed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The newest review of a figure."""

    review: FigureReviewed
    on: date


class ReviewsProjection:
    """One row for each figure that was ever reviewed: its newest review."""

    name = "figure-reviews"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the figure that was reviewed."""
        said = says(event, FigureReviewed)
        return (said.figure,) if said is not None else ()

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the figure's row after this record."""
        del rows
        said = says(record.event, FigureReviewed)
        if said is None:
            return {}
        on = record.event.occurred_at.date()
        return {said.figure: msgspec.json.encode(Reviewed(review=said, on=on))}


class Reviews:
    """The reviews of figures: recorded, and the dictionary with them. May be called from any thread."""

    def __init__(self, ledger: Ledger, store: ProjectionStore, clock: Clock) -> None:
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self.projector = Projector(ledger, store, (ReviewsProjection(),))

    def review(self, review: FigureReviewed) -> None:
        """Record that a figure was reviewed.

        Raises:
            NotFoundError: no figure has this name; the message lists those there are.
            BadInputError: nobody is to answer for it, or the next review is not to come.
        """
        now = self._clock.now()
        if review.figure not in FIGURES:
            what = f"No figure is called “{review.figure}”."
            raise NotFoundError(what, remedy=f"Known figures: {', '.join(FIGURES)}.")
        where = f"review of {review.figure}"
        if not review.owner.strip():
            what = "Nobody answers for this figure."
            raise BadInputError(what, where=where, remedy="Name a person or a team with --owner.")
        if review.next_review <= now.date():
            what = f"The next review, {review.next_review}, is not to come."
            raise BadInputError(what, where=where, remedy="Give a day after today with --next.")
        event = event_of(
            review,
            id=f"review/{review.figure}/{now.isoformat()}",
            source=SOURCE,
            subject_id=review.figure,
            occurred_at=now,
            actor=review.by,
        )
        self._ledger.append([event])

    def dictionary(self, targets: Iterable[TargetSet]) -> list[DictionaryLine]:
        """Return every figure's entry as it stands today, in the order in which figures are listed.

        Args:
            targets: all that there are.
        """
        self.projector.catch_up()
        rows = self._store.rows(ReviewsProjection.name)
        every, today = list(targets), self._clock.now().date()
        lines = []
        for name in FIGURES:
            row = rows.get(name)
            known = msgspec.json.decode(row, type=Reviewed) if row is not None else None
            lines.append(
                DictionaryLine(
                    figure=name,
                    definition=DICTIONARY[name],
                    owner=known.review.owner if known else "",
                    targets=tuple(each for each in every if each.figure == name),
                    review=known.review if known else None,
                    reviewed_on=known.on if known else None,
                    standing=_standing(known, today),
                )
            )
        return lines


def _standing(known: Reviewed | None, today: date) -> ReviewStanding:
    if known is None:
        return ReviewStanding.NEVER
    return ReviewStanding.OVERDUE if known.review.next_review < today else ReviewStanding.REVIEWED
