"""Pulse surveys: a few statements, answered without a name, and told once five people answered.

Nothing is kept of who answered, and of the time only the day. So nobody can be kept from answering twice by
who they are: no more answers count than people were invited, and a browser that answered is not asked again.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

import msgspec

from strandline.ledger.ports import Ledger
from strandline.maturity.model import Model
from strandline.maturity.survey_check import AGREE, K
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError
from strandline.vocabulary.event import event_of, says
from strandline.vocabulary.survey import SurveyAnswered, SurveyOpened

SOURCE = "/strandline/survey"
LOWEST, HIGHEST = 1, 7
LONGEST = timedelta(days=92)
MOST_INVITED = 100_000
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://strandline.dev/survey")


class SurveyOverError(RefusedError):
    """The survey is closed, or as many have answered as were invited."""

    http_status = 410


class Statement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What people are asked to agree with, and what they said."""

    id: str
    statement: str
    median: float | None = None
    """1 to 7; nothing while fewer than five answered."""
    agree: float | None = None
    """The share of those who agree."""


class Survey(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A survey, and what came of it."""

    id: str
    unit: str
    opened_at: datetime
    closes_at: datetime
    invited: int
    answered: int
    statements: tuple[Statement, ...]
    is_told: bool
    """Whether enough answered that it may be told."""


class Surveys:
    """Opens surveys and takes answers."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def open(
        self, model: Model, questions: Sequence[str], *, invited: int, lasts: timedelta, unit: str, actor: str
    ) -> Survey:
        """Open a survey.

        Args:
            model: has the statements.
            questions: ids of statements; all of the model's if empty.
            invited: how many people will get the link.
            lasts: for how long it takes answers.
            unit: who is asked; empty for the whole organisation.
            actor: who opens it.

        Raises:
            NotFoundError: there is no such statement.
            BadInputError: too few are invited, so that people could be known; or it lasts too long.
        """
        known = {each.id for each in model.questions}
        for each in questions:
            if each not in known:
                what = f"No statement is called “{each}”."
                raise NotFoundError(what, remedy=f"Known: {', '.join(sorted(known))}.")
        if not K <= invited <= MOST_INVITED:
            what = f"{invited} people are invited."
            raise BadInputError(
                what,
                where="invited",
                remedy=f"Invite {K} at the least, so that nobody is known by an answer.",
            )
        if not timedelta(0) < lasts <= LONGEST:
            what = "That is no time for a survey."
            raise BadInputError(what, where="lasts", remedy=f"Let it last up to {LONGEST.days} days.")
        now = self._clock.now()
        head = self._ledger.head()
        name = str(uuid.uuid5(_NAMESPACE, f"{head.hash} {now.isoformat()} {unit} {' '.join(questions)}"))
        opened = SurveyOpened(
            questions=tuple(questions) or tuple(each.id for each in model.questions),
            unit=unit,
            invited=invited,
            closes_at=now + lasts,
        )
        event = event_of(
            opened, id=f"survey-{name}", source=SOURCE, subject_id=name, occurred_at=now, actor=actor
        )
        self._ledger.append([event])
        return self.survey(name, model)

    def answer(self, name: str, model: Model, answers: Mapping[str, int]) -> None:
        """Take one person's answers.

        Raises:
            NotFoundError: there is no such survey.
            SurveyOverError: it is closed, or as many have answered as were invited.
            BadInputError: a statement has no answer, or one that is none.
        """
        survey = self.survey(name, model)
        now = self._clock.now()
        if survey.closes_at <= now or survey.answered >= survey.invited:
            what = "This survey takes no more answers."
            raise SurveyOverError(what, remedy="Thank you all the same.")
        for each in survey.statements:
            if answers.get(each.id) not in range(LOWEST, HIGHEST + 1):
                what = "A statement has no answer."
                raise BadInputError(
                    what, where=each.id, remedy=f"Give each a whole number from {LOWEST} to {HIGHEST}."
                )
        day = datetime(now.year, now.month, now.day, tzinfo=UTC)
        given = SurveyAnswered(answers={each.id: answers[each.id] for each in survey.statements})
        key = uuid.uuid5(_NAMESPACE, f"{name} {self._ledger.head().hash}")
        event = event_of(
            given,
            id=f"survey-answer-{key}",
            source=SOURCE,
            subject_id=name,
            occurred_at=max(day, survey.opened_at),
        )
        self._ledger.append([event])

    def survey(self, name: str, model: Model) -> Survey:
        """Return a survey.

        Raises:
            NotFoundError: there is no such survey.
        """
        for record in self._ledger.read(types=(SurveyOpened.TYPE,), subject_id=name):
            opened = says(record.event, SurveyOpened)
            if opened is not None:
                return self._told(name, opened, record.event.occurred_at, model)
        what = "There is no such survey."
        raise NotFoundError(what, remedy="Check the address that you were given.")

    def all(self, model: Model) -> list[Survey]:
        """Return all surveys, the newest first."""
        found = []
        for record in self._ledger.read(types=(SurveyOpened.TYPE,)):
            opened = says(record.event, SurveyOpened)
            if opened is not None:
                found.append(self._told(record.event.subject_id, opened, record.event.occurred_at, model))
        return found[::-1]

    def _told(self, name: str, opened: SurveyOpened, at: datetime, model: Model) -> Survey:
        given = [
            answered.answers
            for record in self._ledger.read(types=(SurveyAnswered.TYPE,), subject_id=name)
            if (answered := says(record.event, SurveyAnswered)) is not None
        ]
        words = {each.id: each.statement for each in model.questions}
        is_told = len(given) >= K
        return Survey(
            id=name,
            unit=opened.unit,
            opened_at=at,
            closes_at=opened.closes_at,
            invited=opened.invited,
            answered=len(given),
            statements=tuple(
                _statement(each, words.get(each, each), [one[each] for one in given if each in one], is_told)
                for each in opened.questions
            ),
            is_told=is_told,
        )


def _statement(name: str, statement: str, scores: Iterable[int], is_told: bool) -> Statement:  # noqa: FBT001 - named where it is called
    every = list(scores)
    if not is_told or not every:
        return Statement(id=name, statement=statement)
    return Statement(
        id=name,
        statement=statement,
        median=float(median(every)),
        agree=sum(each >= AGREE for each in every) / len(every),
    )
