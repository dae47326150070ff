"""An assessment of one repository, with nothing set up: what it proves, and what its files hint at.

The same criteria judge it as judge an organisation. Its history and its documents are evidence; its pipelines
and manifests say what somebody set up, which is no proof that it is used, so they are told beside.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from strandline.assessment.assessor import assess
from strandline.assessment.connections import Connection, connections
from strandline.assessment.report import AssessmentReport, report
from strandline.assessment.repository_events import repository_events
from strandline.intake.git_releases import TaggedReleases, check, release_event
from strandline.kpi.all_figures import FIGURES
from strandline.kpi.figure import Figure
from strandline.kpi.history import History, history_from
from strandline.kpi.scope import PRODUCTION, Scope
from strandline.maturity.answer import Verdict
from strandline.maturity.model import Model
from strandline.maturity.told import Practice, told_of
from strandline.repository.contents import Contents, FileChange, release_pattern
from strandline.repository.reading import RepositoryFiles, is_practice, read_repository
from strandline.repository.sighting import Show, Sighting
from strandline.vocabulary.change import CommitMade
from strandline.vocabulary.event import Event

LOOKED_BACK = timedelta(days=3 * 365)
"""Older commits change nothing in windows of a year."""
_DORAS = 5
_NAME = re.compile(r"([^/]+?)(?:\.git)?/?$")


class RepositoryReader(Protocol):
    """A repository that can be read."""

    @property
    def address(self) -> str:
        """What it is called: `https://…` where it was cloned from, else `file://…`."""

    def commits(self, *, since: datetime) -> tuple[str, list[Event]]:
        """Return why the history is partial, and its commits and tags."""

    def contents(self) -> Contents:
        """Return its files."""

    def changes(self, commit: str, paths: Sequence[str]) -> tuple[FileChange, ...]:
        """Return the commits up to one that altered some of the files, the oldest first."""


class Hint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A criterion that files hint at: it is set up, and nothing proves yet that it is used."""

    criterion: str
    level: int
    question: str
    because: str
    """What is missing for a proof."""
    closes: str
    sightings: tuple[Sighting, ...]


class RepositoryReport(AssessmentReport, frozen=True, kw_only=True, rename="camel"):
    """The assessment of a repository."""

    repository: str
    commit: str
    committed_at: datetime
    commits: int
    """How many commits were read."""
    partial: str
    """Why the history is not whole; empty if it is."""
    releases_like: str
    """The expression for the tags that were taken as deployments; empty for none."""
    is_guessed: bool
    """Whether nobody named that expression."""
    releases: int
    files: int
    """How many files were read."""
    documents_checked: int
    hints: tuple[Hint, ...]
    connections: tuple[Connection, ...]
    figures: tuple[Figure, ...]
    """DORA's five, over the last year."""
    sightings: tuple[Sighting, ...]


class RepositoryAssessment:
    """A repository, read once: its events, its figures and what its files show."""

    def __init__(
        self, reader: RepositoryReader, *, now: datetime, releases: str | None = None, service: str = ""
    ) -> None:
        """Read a repository.

        Args:
            reader: the repository.
            now: when.
            releases: which tags are deployments, as a regular expression; empty for none, `None` to guess.
            service: what it is the source of; the last part of its address if empty.

        Raises:
            BadInputError: there is nothing that may be read, or that is no regular expression.
            UnavailableError: what reads it does not work.
        """
        self.now = now
        self.address = reader.address
        named = _NAME.search(self.address)
        self.service = service or (named[1] if named else self.address)
        self.contents = reader.contents()
        self.is_guessed = releases is None
        self.like = release_pattern(self.contents.tags, self.service) if releases is None else releases
        tagged = TaggedReleases(like=self.like, service=self.service, environment=PRODUCTION[0])
        pattern = check(tagged)
        self.partial, history = reader.commits(since=now - LOOKED_BACK)
        self.files: RepositoryFiles = read_repository(self.contents.files, self.contents.paths)
        about = {each.path for each in self.files.documents}
        about |= {each.path for each in self.contents.files if is_practice(each.path)}
        changes = reader.changes(self.contents.commit, sorted(about))
        deployed = [release_event(each, tagged, pattern) for each in history] if self.like else []
        self.deployments = [each for each in deployed if each is not None]
        self.commits = sum(each.type == CommitMade.TYPE for each in history)
        self.proved = list(
            repository_events(
                self.contents,
                self.files,
                changes,
                address=self.address,
                service=self.service,
                now=now,
                is_released_by_tags=bool(self.like),
            )
        )
        """What its files prove, beside what its history says."""
        self.events: list[Event] = [*history, *self.deployments, *self.proved]
        self.history: History = history_from(self.events)

    def report(self, model: Model, *, at: datetime | None = None) -> RepositoryReport:
        """Return how it stands by a model."""
        practice = Practice(filter(None, (told_of(each, each.occurred_at) for each in self.events)))
        moment = (at or self.now) + timedelta(microseconds=1)
        found = assess(model, self.history, practice, at=moment, is_signed=lambda *_: False)
        told = report(found, model)
        year = Scope(start=moment - timedelta(days=365), end=moment)
        criteria = [each for measure in told.measures for each in measure.criteria]
        fields = {name: getattr(told, name) for name in AssessmentReport.__struct_fields__}
        return RepositoryReport(
            **fields | {"unit": self.service},
            repository=self.address,
            commit=self.contents.commit,
            committed_at=self.contents.committed_at,
            commits=self.commits,
            partial=self.partial,
            releases_like=self.like,
            is_guessed=self.is_guessed,
            releases=len(self.deployments),
            files=len(self.contents.files),
            documents_checked=self.files.checked,
            hints=tuple(self._hints(model, told)),
            connections=connections(criteria),
            figures=tuple(each(self.history, year) for each in list(FIGURES.values())[:_DORAS]),
            sightings=self.files.sightings,
        )

    def _hints(self, model: Model, told: AssessmentReport) -> Iterable[Hint]:
        answers = {each.id: each for measure in told.measures for each in measure.criteria}
        for _, level, criterion in model.criteria():
            shows = [Show[name] for name in criterion.seen_in if name in Show.__members__]
            found = [
                each for show in shows if show is not Show.BROKEN_REFERENCE for each in self.files.of(show)
            ]
            answer = answers[criterion.id]
            if found and level.number > 1 and answer.verdict is not Verdict.MET:
                yield Hint(
                    criterion=criterion.id,
                    level=level.number,
                    question=criterion.question,
                    because=answer.because,
                    closes=criterion.closes,
                    sightings=tuple(found),
                )
