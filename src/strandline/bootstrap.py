"""Wiring: the one place that chooses adapters. It returns frozen bundles of ports."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from strandline.adapters.ed25519 import Ed25519Signer, PersonalKey, is_signed
from strandline.adapters.git_history import GitHistory
from strandline.adapters.git_source import git_source
from strandline.adapters.home_claim import HomeClaim
from strandline.adapters.home_claim import claim_home as _claim
from strandline.adapters.home_claim import live_control_plane as _live
from strandline.adapters.listening import free_port as _free_port
from strandline.adapters.metric_sources import AllMetricSources
from strandline.adapters.pdf_pages import pdf_of as _pdf_of
from strandline.adapters.prometheus_metrics import PrometheusMetrics
from strandline.adapters.referred_secrets import ReferredSecrets
from strandline.adapters.release_store import FolderReleaseStore
from strandline.adapters.remote_sources import RemoteSources
from strandline.adapters.repository_files import repository_files
from strandline.adapters.sql_ledger import SqlLedger
from strandline.adapters.sql_ledger import open_ledger as _open_ledger
from strandline.adapters.system_clock import SystemClock
from strandline.adapters.targets import MachineTargets
from strandline.analysis.judge import RolloutJudge
from strandline.assessment.assessor import Assessor
from strandline.assessment.attesting import Attesting
from strandline.assessment.level_targets import LevelTargets
from strandline.assessment.plan_ratings import PlanRatings
from strandline.assessment.repository_assessment import RepositoryAssessment, RepositoryReport
from strandline.assessment.surveys import Surveys
from strandline.collection.collector import Collector
from strandline.collection.corrections import Corrections
from strandline.collection.feedback_door import FeedbackDoor
from strandline.collection.feeds import Feeds
from strandline.collection.readings import Readings
from strandline.collection.reception import Reception
from strandline.collection.repository_import import RepositoryImported
from strandline.collection.repository_import import import_repository as _import_repository
from strandline.collection.repository_import import record as _record
from strandline.engine.ports import Engine
from strandline.intake.git_releases import TaggedReleases
from strandline.kpi.scope import PRODUCTION
from strandline.ledger.follow import Tail
from strandline.maturity.model import Model
from strandline.performance.figures import Figures
from strandline.performance.noticing import Noticing
from strandline.performance.targets import Targets as FigureTargets
from strandline.performance.watcher import Watcher
from strandline.rollout.bell import Bell
from strandline.rollout.control_plane import ControlPlane
from strandline.rollout.custody import Custody
from strandline.rollout.desk import Desk
from strandline.rollout.keeper import Keeper
from strandline.rollout.metric_source import MetricSink
from strandline.rollout.planning import Planner
from strandline.rollout.ports import Targets
from strandline.rollout.surroundings import Surroundings
from strandline.settings import Settings
from strandline.testing.load import Load as UserLoad
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.service import MetricSource

__all__ = [
    "App",
    "AssessedRepository",
    "HomeClaim",
    "PersonalKey",
    "Reader",
    "UserLoad",
    "assemble",
    "assemble_reader",
    "assess_repository",
    "claim_home",
    "free_port",
    "import_repository",
    "live_control_plane",
    "open_ledger",
    "pdf_of",
    "personal_key",
    "record_repository",
    "send_load",
]

VERSION = metadata.version("strandline")


@dataclass(frozen=True)
class App:
    """A control plane and everything around it."""

    settings: Settings
    version: str
    clock: Clock
    ledger: SqlLedger
    tail: Tail
    feeds: Feeds
    reception: Reception
    readings: Readings
    feedback: FeedbackDoor
    engine: Engine
    desk: Desk
    figures: Figures
    noticing: Noticing
    figure_targets: FigureTargets
    targets: Targets
    control_plane: ControlPlane
    keeper: Keeper
    pushed_metrics: MetricSink
    watcher: Watcher
    assessor: Assessor
    level_targets: LevelTargets
    surveys: Surveys

    def start(self) -> None:
        """Begin to work: first of all on whatever a dead control plane left unfinished."""
        self.tail.start()
        self.reception.start()
        self.engine.launch()
        self.control_plane.take_up()
        self.keeper.start()
        self.watcher.start()

    def close(self) -> None:
        """Stop working. What carries traffic runs on; what is unfinished is taken up at the next start."""
        self.watcher.stop()
        self.keeper.stop()
        self.reception.stop()
        self.engine.stop()
        self.tail.stop()
        self.ledger.close()


@dataclass(frozen=True)
class Reader:
    """The ledger and what can be read from it, without a control plane."""

    settings: Settings
    clock: Clock
    ledger: SqlLedger
    desk: Desk
    feeds: Feeds
    readings: Readings
    figures: Figures
    corrections: Corrections
    assessor: Assessor
    level_targets: LevelTargets
    surveys: Surveys
    attesting: Attesting
    plan_ratings: PlanRatings

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.close()


def assemble(
    settings: Settings, *, decorate_engine: Callable[[Engine], Engine] = lambda engine: engine
) -> App:
    """Put a control plane together; nothing runs before `start`.

    Args:
        settings: where everything lies.
        decorate_engine: wraps the engine, for tests that kill the process at a named step.

    Raises:
        UnavailableError: the home or the database cannot be used.
    """
    # Half of all the time that a command takes to begin; those that only read do without.
    from strandline.adapters.dbos_engine import DbosEngine  # noqa: PLC0415 - as said above
    from strandline.adapters.otlp_metrics import OtlpMetrics  # noqa: PLC0415 - as said above

    clock = SystemClock()
    ledger = open_ledger(settings, clock)
    desk = Desk(ledger, ledger.projections)
    feeds = Feeds(ledger, ledger.projections, clock)
    secrets = ReferredSecrets(settings.home)
    releases = FolderReleaseStore(settings.release_folder)
    targets = MachineTargets(releases=releases, folder_of=settings.target_folder, clock=clock)
    pushed_metrics = OtlpMetrics(clock)
    around = Surroundings(
        ledger=ledger,
        clock=clock,
        targets=targets,
        make_judge=RolloutJudge,
        metrics=AllMetricSources(
            {MetricSource.PROMETHEUS: PrometheusMetrics(), MetricSource.OTLP: pushed_metrics}
        ),
        bell=Bell(),
        custody=Custody(),
        is_first_in_line=desk.is_first_in_line,
    )
    engine = decorate_engine(DbosEngine(settings.engine_url))
    planner = Planner(desk, releases=releases, history=GitHistory(), targets=targets, clock=clock)
    control_plane = ControlPlane(around, engine, desk, planner)
    readings = Readings(ledger, ledger.projections, feeds, clock)
    collector = Collector(
        ledger,
        readings,
        feeds,
        engine,
        make_source=RemoteSources(secrets, clock),
        clock=clock,
    )

    figures = Figures(ledger, ledger.projections)

    def take_up() -> None:
        control_plane.take_up()
        collector.take_up()

    return App(
        settings=settings,
        version=VERSION,
        clock=clock,
        ledger=ledger,
        tail=Tail(ledger, clock=clock),
        feeds=feeds,
        reception=Reception(ledger, ledger.projections, feeds, clock=clock, secrets=secrets),
        readings=readings,
        feedback=FeedbackDoor(ledger, clock),
        engine=engine,
        desk=desk,
        figures=figures,
        noticing=Noticing(ledger, ledger.projections, figures),
        figure_targets=FigureTargets(ledger, ledger.projections, clock),
        targets=targets,
        control_plane=control_plane,
        keeper=Keeper(around, desk, take_up=take_up),
        pushed_metrics=pushed_metrics,
        watcher=Watcher(Noticing(ledger, ledger.projections, figures), clock),
        assessor=_assessor(ledger, figures),
        level_targets=LevelTargets(ledger, clock),
        surveys=Surveys(ledger, clock),
    )


def assemble_reader(settings: Settings) -> Reader:
    """Open the ledger to read from it; works beside a control plane.

    Raises:
        UnavailableError: the home or the database cannot be used.
    """
    clock = SystemClock()
    ledger = open_ledger(settings, clock)
    feeds = Feeds(ledger, ledger.projections, clock)
    figures = Figures(ledger, ledger.projections)
    assessor = _assessor(ledger, figures)
    return Reader(
        settings=settings,
        clock=clock,
        ledger=ledger,
        desk=Desk(ledger, ledger.projections),
        feeds=feeds,
        readings=Readings(ledger, ledger.projections, feeds, clock),
        figures=figures,
        corrections=Corrections(ledger, clock),
        assessor=assessor,
        level_targets=LevelTargets(ledger, clock),
        surveys=Surveys(ledger, clock),
        attesting=Attesting(ledger, clock, assessor.case, is_signed),
        plan_ratings=PlanRatings(ledger, clock, assessor.case),
    )


def personal_key(file: Path) -> PersonalKey:
    """Return the key that somebody signs with by hand; made if there is none.

    Raises:
        UnavailableError: the file cannot be read or written.
    """
    return PersonalKey(file)


def _assessor(ledger: SqlLedger, figures: Figures) -> Assessor:
    return Assessor(ledger, ledger.projections, lambda as_of: figures.history(as_of=as_of), is_signed)


def import_repository(
    reader: Reader, folder: Path, *, actor: str, releases: TaggedReleases | None = None
) -> RepositoryImported:
    """Record what a Git repository's history says that was not recorded yet, and which tags are deployments.

    Raises:
        BadInputError: there is no repository that may be read, or no tag can be told by that expression.
        UnavailableError: there is no `git`, or the ledger cannot be written.
    """
    with git_source(folder) as source:
        return _import_repository(reader.ledger, source, clock=reader.clock, actor=actor, releases=releases)


@dataclass(frozen=True)
class AssessedRepository:
    """A repository as it was assessed."""

    service: str
    report: RepositoryReport


def assess_repository(
    folder: Path, model: Model, *, releases: str | None = None, service: str = ""
) -> AssessedRepository:
    """Assess a Git repository by itself, with nothing set up and nothing recorded.

    Raises:
        BadInputError: there is no repository that may be read, or no tag can be told by that expression.
        UnavailableError: there is no `git`.
    """
    with repository_files(folder) as reader:
        found = RepositoryAssessment(reader, now=SystemClock().now(), releases=releases, service=service)
    return AssessedRepository(service=found.service, report=found.report(model))


def pdf_of(page: str) -> bytes:
    """Return a page that needs nothing else as a PDF.

    Raises:
        UnavailableError: what makes PDFs is not installed.
    """
    return _pdf_of(page)


def record_repository(
    settings: Settings, folder: Path, *, actor: str, releases: str = "", service: str = ""
) -> int:
    """Record what a Git repository proves: its history, its releases, its documents; return how much is new.

    Raises:
        BadInputError: there is no repository that may be read, or no tag can be told by that expression.
        UnavailableError: there is no `git`, or the ledger cannot be written.
    """
    reader = assemble_reader(settings)
    try:
        tagged = TaggedReleases(like=releases, service=service, environment=PRODUCTION[0])
        read = import_repository(reader, folder, actor=actor, releases=tagged if releases else None)
        with repository_files(folder) as source:
            found = RepositoryAssessment(source, now=reader.clock.now(), releases=releases, service=service)
        return read.new + read.releases + _record(reader.ledger, found.proved)
    finally:
        reader.close()


def open_ledger(settings: Settings, clock: Clock) -> SqlLedger:
    """Open the ledger of a home, and make the home if there is none."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"The home cannot be made: {error.strerror}."
        raise UnavailableError(
            what, where=str(settings.home), remedy="Choose another with --home."
        ) from error
    return _open_ledger(
        settings.ledger_url,
        clock=clock,
        signer=Ed25519Signer(settings.key_folder),
        anchor=settings.anchor,
    )


def send_load(url: str, *, rate: float) -> UserLoad:
    """Return users for a service: requests at this rate a second, each counted. They come at `start`."""
    return UserLoad(url, rate=rate)


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    return _free_port(())


def claim_home(settings: Settings) -> HomeClaim:
    """Claim the home for a control plane in this process.

    Raises:
        RefusedError: another control plane runs on it.
    """
    return _claim(settings.lock)


def live_control_plane(settings: Settings) -> str:
    """Return the address of the control plane that runs on this home, or an empty string."""
    return _live(settings.lock)
