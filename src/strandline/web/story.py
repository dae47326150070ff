"""The story of one deployment, kept in mind between two requests for its page.

A page that is looked at asks again with every look. What was read of the ledger once is not read again:
records never change. All of it can be forgotten at any time, and is read anew.
"""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from strandline.ledger.record import Record
from strandline.rollout.control_plane import ControlPlane
from strandline.rollout.evidence import EvidencePoint, evidence_of
from strandline.vocabulary.deployment import DeploymentPlanned, InterventionRequested
from strandline.vocabulary.event import says
from strandline.vocabulary.exposure import AnalysisMeasured
from strandline.vocabulary.verdict import AnalysisAnswer
from strandline.web.sentences import Sentence, sentence_of

MOST_STORIES = 32
_EVERY_LOOK = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event on the page."""

    seq: int
    at: datetime
    recorded_at: datetime
    actor: str
    type: str
    sentence: Sentence
    body: bytes
    is_routine: bool = False
    """A look that said the same as the look before."""


@dataclass(frozen=True, kw_only=True)
class ArmTotal:
    """What was counted of both arms while looking, over some stages."""

    canary_requests: int = 0
    canary_errors: int = 0
    control_requests: int = 0
    control_errors: int = 0

    def plus(self, point: EvidencePoint) -> "ArmTotal":
        """Return these counts and those of one look; what was not measured or is not judged adds nothing."""
        if point.disturbance:
            return self
        return ArmTotal(
            canary_requests=self.canary_requests + (point.canary_requests or 0),
            canary_errors=self.canary_errors + (point.canary_errors or 0),
            control_requests=self.control_requests + (point.control_requests or 0),
            control_errors=self.control_errors + (point.control_errors or 0),
        )


@dataclass
class Story:
    """All that happened to one deployment so far, as its page tells it."""

    deployment_id: str
    last_seq: int = 0
    lines: list[Line] = field(default_factory=list)
    """Oldest first."""
    points: list[EvidencePoint] = field(default_factory=list)
    """Every look, oldest first."""
    totals: dict[int, ArmTotal] = field(default_factory=dict)
    """By stage."""
    names: dict[str, str] = field(default_factory=dict)
    """Versions, by the short digests that events call them by."""
    _told: tuple[int, AnalysisAnswer, bool] | None = None

    def add(self, record: Record) -> None:
        """Go on with the story."""
        event = record.event
        self.last_seq = record.seq
        is_routine = event.type == AnalysisMeasured.TYPE and self._look(record)
        planned = says(event, DeploymentPlanned)
        if planned is not None:
            known = [release for release in (planned.release, planned.previous) if release is not None]
            self.names = {release.short_digest: release.version for release in known}
        self.lines.append(
            Line(
                seq=record.seq,
                at=event.occurred_at,
                recorded_at=record.recorded_at,
                actor=event.actor,
                type=event.type,
                sentence=self._named(sentence_of(event)),
                body=record.body,
                is_routine=is_routine,
            )
        )

    def shown(self, *, with_looks: bool, most: int) -> list[Line]:
        """Return the newest lines, newest first; without routine looks, but with the newest look."""
        chosen: list[Line] = []
        has_newest_look = False
        for line in reversed(self.lines):
            if len(chosen) == most:
                break
            is_look = line.type == AnalysisMeasured.TYPE
            if with_looks or not line.is_routine or (is_look and not has_newest_look):
                chosen.append(line)
            has_newest_look = has_newest_look or is_look
        return chosen

    @property
    def interventions(self) -> list[Line]:
        """What people asked for, oldest first."""
        return [line for line in self.lines if line.type == InterventionRequested.TYPE]

    def _named(self, sentence: Sentence) -> Sentence:
        """Call releases by their versions where a person reads it; the record keeps the digest."""
        words = sentence.words
        for digest, version in self.names.items():
            words = words.replace(f"{version} ({digest})", version)
            # Alone, not within the name of an instance.
            words = re.sub(rf"(?<![\w-]){digest}(?![\w-])", version.replace("\\", r"\\"), words)
        return msgspec.structs.replace(sentence, words=words)

    def _look(self, record: Record) -> bool:
        """Take in a look; return whether it said nothing new."""
        points = evidence_of([record], most=_EVERY_LOOK)
        if not points:
            return False
        point = points[-1]
        self.points.append(point)
        self.totals[point.stage] = self.totals.get(point.stage, ArmTotal()).plus(point)
        told = (point.stage, point.answer, bool(point.disturbance))
        is_routine = told == self._told
        self._told = told
        return is_routine


class Stories:
    """The stories of the deployments that were looked at last."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane
        self._stories: OrderedDict[str, Story] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, deployment_id: str) -> Story:
        """Return the story of a deployment up to now.

        Raises:
            NotFoundError: nobody knows it.
        """
        with self._lock:
            story = self._stories.get(deployment_id, Story(deployment_id))
            for record in self._control_plane.events(deployment_id, after=story.last_seq):
                story.add(record)
            self._stories[deployment_id] = story
            self._stories.move_to_end(deployment_id)
            while len(self._stories) > MOST_STORIES:
                self._stories.popitem(last=False)
            # Whoever reads it must not see it grow.
            return Story(
                deployment_id,
                last_seq=story.last_seq,
                lines=list(story.lines),
                points=list(story.points),
                totals=dict(story.totals),
            )
