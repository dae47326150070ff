"""The door for feedback, without the HTTP: anybody may answer, nobody is known by it, nobody can flood it.

Kept are a score, the words, which release was served, and when: no name, no address, no cookie.
"""

import threading
import uuid
from datetime import timedelta

import msgspec

from strandline.ledger.ports import Ledger
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.errors import BadInputError, RefusedError
from strandline.vocabulary.event import event_of
from strandline.vocabulary.feedback import FeedbackGiven

SOURCE = "/strandline/feedback"
LOWEST, HIGHEST = 1, 5
MOST_WORDS = 2000
"""Characters."""
MOST_PER_MINUTE = 60
"""Answers that are taken for one service."""
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://strandline.dev/feedback")


class TooMuchFeedbackError(RefusedError):
    """More answers in a minute than people give."""

    http_status = 429


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What somebody answers."""

    score: int
    """1 (not at all content) to 5 (very)."""
    words: str = ""
    version: str = ""
    """The release that was served, where whoever asks knows it."""


class FeedbackTaken(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was made of an answer."""

    service: str
    score: int
    version: str


class FeedbackDoor:
    """Takes answers. May be called from any thread."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._allowance: dict[str, tuple[float, timedelta]] = {}
        self._turns = threading.Lock()

    def take(
        self, service: str, answer: Answer, *, channel: str, version: str, environment: str
    ) -> FeedbackTaken:
        """Record an answer.

        Args:
            service: what it is about; it is known.
            answer: what was answered.
            channel: where it was asked: `link` or `widget`.
            version: the release that serves now, for answers that do not say which one they are about.
            environment: where it serves; empty if nothing does.

        Raises:
            BadInputError: the score is none, or there are too many words.
            TooMuchFeedbackError: more came than people give.
        """
        if not LOWEST <= answer.score <= HIGHEST:
            what = f"{answer.score} is no score."
            raise BadInputError(
                what, where="score", remedy=f"Give a whole number from {LOWEST} to {HIGHEST}."
            )
        words = _legible(answer.words)
        if len(words) > MOST_WORDS:
            what = f"That is longer than {MOST_WORDS:,} characters."
            raise BadInputError(what, where="words", remedy="Say it shorter.")
        self._take_turn(service)
        now, served = self._clock.now(), _legible(answer.version)[:100] or version
        said = FeedbackGiven(scale="csat", score=answer.score, words=words, channel=channel, version=served)
        name = f"{service} {now.isoformat()} {self._ledger.head().seq} {answer.score} {words}"
        event = event_of(
            said,
            id=str(uuid.uuid5(_NAMESPACE, name)),
            source=SOURCE,
            subject_id=service,
            occurred_at=now,
        )
        details = Details(service=service, environment=environment, version=served)
        self._ledger.append([msgspec.structs.replace(event, custom_data=as_custom_data(details))])
        return FeedbackTaken(service=service, score=answer.score, version=served)

    def _take_turn(self, service: str) -> None:
        now, most = self._clock.steady(), float(MOST_PER_MINUTE)
        with self._turns:
            left, since = self._allowance.get(service, (most, now))
            left = min(most, left + most * ((now - since) / timedelta(minutes=1)))
            self._allowance[service] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if left < 1:
            what = "So many answers came within a minute that people cannot have given them."
            raise TooMuchFeedbackError(what, where=service, remedy="Come again in a minute.")


def _legible(text: str) -> str:
    """Return text without characters that nobody typed, and without blanks around it."""
    return "".join(each for each in text if each.isprintable() or each in "\n\t").strip()
