"""Where doors ask for an assessment: of a unit, at a moment, by a model."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from importlib import resources

import msgspec

from strandline.assessment.practice_projection import PracticeProjection, read_row
from strandline.kpi.history import History
from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.maturity.answer import Verdict
from strandline.maturity.attested import IsSigned
from strandline.maturity.case import Case
from strandline.maturity.judging import Judge, MeasureAnswer
from strandline.maturity.model import Model
from strandline.maturity.model_reading import read_model
from strandline.maturity.told import Practice
from strandline.vocabulary.errors import NotFoundError

CONFIRMED_AFTER = timedelta(days=14)
"""A level is confirmed if it was proved so long ago as well."""
FILE = "deployment-management.yaml"


class Assessment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a unit's practice stands at a moment."""

    model: str
    model_version: str
    at: datetime
    unit: str
    events: int
    """How many events of the practice it is made from."""
    measures: tuple[MeasureAnswer, ...]
    unconfirmed: tuple[str, ...]
    """Measures whose level was not proved two weeks ago yet: it is new."""

    def measure(self, name: str) -> MeasureAnswer:
        """Return how one measure stands."""
        return next(each for each in self.measures if each.measure == name)


def shipped_model() -> Model:
    """Return the model of deployment management that comes with Strandline."""
    text = resources.files("strandline.maturity").joinpath("models", FILE).read_text(encoding="utf-8")
    return read_model(text, FILE)


def assess(
    model: Model,
    history: History,
    practice: Practice,
    *,
    at: datetime,
    is_signed: IsSigned,
    unit: str = "",
) -> Assessment:
    """Return how a unit stands; the same evidence gives the same answer.

    Args:
        model: what is asked.
        history: what figures are over.
        practice: what events tell of the practice.
        at: the moment; nothing that happened after it counts.
        is_signed: proves the signatures of attestations.
        unit: a team, a business unit or a service; empty for the whole organisation.

    Raises:
        NotFoundError: there is no such unit; the message lists those there are.
    """
    whole = Case(history, practice, at)
    units = _units(whole)
    if unit and unit not in units:
        what = f"No team, business unit or service is called “{unit}”."
        raise NotFoundError(what, remedy=f"Known: {', '.join(sorted(units)) or 'none yet'}.")
    case = Case(history, practice, at, unit=unit, services=units[unit]) if unit else whole
    teams = {whole.profile(service).unit for service in _deployed(whole)} - {""}
    cases = [Case(history, practice, at, unit=name, services=units[name]) for name in sorted(teams)]
    measures = Judge(model, case, is_signed=is_signed, units=cases).measures()
    before = Case(history, practice, at - CONFIRMED_AFTER, unit=unit, services=case.services)
    then = {each.measure: each.proved for each in Judge(model, before, is_signed=is_signed).measures()}
    return Assessment(
        model=model.name,
        model_version=model.version,
        at=at,
        unit=unit,
        events=practice.count,
        measures=measures,
        unconfirmed=tuple(each.measure for each in measures if each.proved > then[each.measure]),
    )


def _deployed(case: Case) -> set[str]:
    return {service for service, _ in case.history.deployments if service}


def _units(case: Case) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for service in _deployed(case) | case.profiles.keys():
        profile = case.profile(service)
        for name in {service, profile.unit, profile.business_unit} - {""}:
            found.setdefault(name, set()).add(service)
    return {name: frozenset(services) for name, services in found.items()}


class Assessor:
    """Answers from the ledger, as new as it is. Every method may be called from any thread.

    What was told is kept in memory, so that one more event costs the same however long the ledger is.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: ProjectionStore,
        history: Callable[[datetime | None], History],
        is_signed: IsSigned,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._history = history
        self._is_signed = is_signed
        self.projector = Projector(ledger, store, (PracticeProjection(),))
        self._lock = threading.Lock()
        self._seen = 0
        self._practice = Practice()

    def practice(self) -> Practice:
        """Return everything that was told of the practice."""
        with self._lock:
            self.projector.catch_up()
            seq, _ = self._store.checkpoint(PracticeProjection.name)
            if not self._seen or seq < self._seen:
                self._practice = Practice(map(read_row, self._store.rows(PracticeProjection.name).values()))
            elif seq > self._seen:
                rows = self._store.rows(PracticeProjection.name, sorted(self._touched(seq)))
                self._practice.take(map(read_row, rows.values()))
            self._seen = seq
            return self._practice

    def assess(
        self, *, at: datetime, unit: str = "", model: Model | None = None, as_of: datetime | None = None
    ) -> Assessment:
        """Return how a unit stands.

        Args:
            at: the moment.
            unit: a team, a business unit or a service; empty for all.
            model: what is asked; the shipped model for none.
            as_of: only by what had been recorded then.

        Raises:
            NotFoundError: there is no such unit.
        """
        practice = self.practice() if as_of is None else self.practice().known_by(as_of)
        return assess(
            model or shipped_model(),
            self._history(as_of),
            practice,
            at=at,
            is_signed=self._is_signed,
            unit=unit,
        )

    def _touched(self, until: int) -> Iterable[str]:
        projection = PracticeProjection()
        records = self._ledger.read(after=self._seen, limit=until - self._seen)
        return {key for record in records for key in projection.keys(record.event)}


def counted(measure: MeasureAnswer) -> dict[Verdict, int]:
    """Return how many criteria of a measure have which verdict."""
    found: dict[Verdict, int] = {}
    for answer in measure.answers:
        found[answer.verdict] = found.get(answer.verdict, 0) + 1
    return found
