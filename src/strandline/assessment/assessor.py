"""Where doors ask for an assessment: of a unit, at a moment, by a model."""

import gc
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib import resources

from strandline.assessment.assessment import Assessment
from strandline.assessment.kept_cases import KeptCases
from strandline.assessment.level_history import LevelsThen, levels_of
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
_KEPT_FOR = timedelta(hours=1)
_MOST_KEPT = 64


@cache
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
    then: Mapping[str, int] | None = None,
    kept: KeptCases | None = None,
) -> Assessment:
    """Return how a unit stands; the same evidence gives the same answer.

    Args:
        model: what is asked.
        history: what figures are over.
        practice: what events tell of the practice.
        at: the moment; nothing that happened after it counts.
        is_signed: proves the signatures of attestations.
        unit: a team, a business unit or a service; empty for the whole organisation.
        then: the level of each measure two weeks before, where that is known already.
        kept: cases of assessments before, so that only what changed is judged anew.

    Raises:
        NotFoundError: there is no such unit; the message lists those there are.
    """
    case, *teams = _unit_cases(Case(history, practice, at), unit)
    if kept is not None:
        case, *teams = kept.grown((model, unit), (case, *teams))
    measures = _judged(model, case, teams, is_signed=is_signed)
    if then is None:
        earlier = Case(history, practice, at - CONFIRMED_AFTER, unit=unit, services=case.services)
        then = {each.measure: each.proved for each in Judge(model, earlier, is_signed=is_signed).measures()}
    return Assessment(
        model=model.name,
        model_version=model.version,
        at=at,
        unit=unit,
        events=practice.count,
        measures=measures,
        unconfirmed=tuple(each.measure for each in measures if each.proved > then[each.measure]),
        lapsing={
            each.measure: then[each.measure]
            for each in measures
            if each.proved < then[each.measure] <= each.possible
        },
    )


def _unit_cases(whole: Case, unit: str) -> list[Case]:
    """Return the case of a unit, and then those of all teams."""
    units = _units(whole)
    if unit and unit not in units:
        what = f"No team, business unit or service is called “{unit}”."
        raise NotFoundError(what, remedy=f"Known: {', '.join(sorted(units)) or 'none yet'}.")
    history, practice, at = whole.recorded, whole.practice, whole.at
    case = Case(history, practice, at, unit=unit, services=units[unit]) if unit else whole
    teams = {whole.profile(service).unit for service in _deployed(whole)} - {""}
    return [
        case,
        *(Case(history, practice, at, unit=name, services=units[name]) for name in sorted(teams)),
    ]


def _judged(
    model: Model, case: Case, teams: Sequence[Case], *, is_signed: IsSigned
) -> tuple[MeasureAnswer, ...]:
    return Judge(model, case, is_signed=is_signed, units=teams).measures()


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

    What was told is kept in memory, so that one more event costs the same however long the ledger is; and
    what was judged at the same moment stands, other than what rests on a kind of event that came since.
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
        self._judging = threading.Lock()
        self._kept = KeptCases()
        self._seen = 0
        self._practice = Practice()
        self._thens: dict[Hashable, Mapping[str, int]] = {}
        self._past: dict[tuple[str, str, str, datetime], tuple[datetime, LevelsThen]] = {}

    def practice(self) -> Practice:
        """Return everything that was told of the practice."""
        with self._lock:
            self.projector.catch_up()
            seq, _ = self._store.checkpoint(PracticeProjection.name)
            if not self._seen or seq < self._seen:
                self._practice = Practice(map(read_row, self._store.rows(PracticeProjection.name).values()))
                # It stays as long as the process: without this, every full collection would look at all of
                # it, and judging would wait for several.
                gc.collect()
                gc.freeze()
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
        asked, history = model or shipped_model(), self._history(as_of)
        with self._judging:
            return assess(
                asked,
                history,
                practice,
                at=at,
                is_signed=self._is_signed,
                unit=unit,
                then=self._then(asked, Case(history, practice, at - CONFIRMED_AFTER), unit),
                kept=self._kept if as_of is None else None,
            )

    def _then(self, model: Model, whole: Case, unit: str) -> Mapping[str, int] | None:
        """Return the levels two weeks before; worked out once for each hour, and anew for what came late."""
        hour = whole.at.replace(minute=0, second=0, microsecond=0)
        whole = Case(whole.recorded, whole.practice, hour)
        if unit and unit not in _units(whole):
            return None
        history = whole.recorded
        state = (whole.practice.count_before(hour), len(history.commits), len(history.approvals))
        key = (model, hour, unit, *state)
        known = self._thens.get(key)
        if known is None:
            case, *teams = _unit_cases(whole, unit)
            judged = _judged(model, case, teams, is_signed=self._is_signed)
            if len(self._thens) >= _MOST_KEPT:
                self._thens.clear()
            known = self._thens[key] = {each.measure: each.proved for each in judged}
        return known

    def case(self, at: datetime, /) -> Case:
        """Return the case of the whole organisation at a moment."""
        return Case(self._history(None), self.practice(), at)

    def units(self, *, at: datetime) -> list[str]:
        """Return the names of all teams, business units and services that are known."""
        return sorted(_units(self.case(at)))

    def teams(self, *, at: datetime) -> dict[str, tuple[int, bool]]:
        """Return the teams that deployed within a year: how often, and whether all depends on them."""
        case = self.case(at)
        found: dict[str, tuple[int, bool]] = {}
        for each in case.production(at - timedelta(days=365)).counted:
            team = case.profile(each.service).unit or each.service
            count, is_first = found.get(team, (0, False))
            found[team] = (count + 1, is_first or case.is_first_tier(each.service))
        return dict(sorted(found.items()))

    def levels(
        self, moments: Iterable[datetime], *, now: datetime, unit: str = "", model: Model | None = None
    ) -> tuple[LevelsThen, ...]:
        """Return how the levels stood at moments of the past, by what is known now.

        What was worked out is kept for an hour: late events may change it, but seldom do.

        Raises:
            NotFoundError: there is no such unit.
        """
        asked = model or shipped_model()
        found = []
        for moment in moments:
            key = (asked.name, asked.version, unit, moment)
            known = self._past.get(key)
            if known is None or now - known[0] > _KEPT_FOR:
                then = levels_of(moment, self._standing(asked, moment, unit))
                known = self._past[key] = (now, then)
            found.append(known[1])
        return tuple(found)

    def _standing(self, model: Model, at: datetime, unit: str) -> tuple[MeasureAnswer, ...]:
        """Return how the measures of a unit stood, without whether that was new."""
        case, *teams = _unit_cases(self.case(at), unit)
        return _judged(model, case, teams, is_signed=self._is_signed)

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
