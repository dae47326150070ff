"""The demo itself: a real service, real users, and seven releases, on this machine and nowhere else."""

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import strandline
from strandline.bootstrap import App, UserLoad, free_port, send_load
from strandline.cli.demo_story import Chapter, Story
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.order import DeploymentOrder
from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.errors import UnavailableError

ACTOR = "demo"
SERVICE = "greeter"
ENVIRONMENT = "production"
REQUESTS_PER_SECOND = 150.0
_LISTEN = "127.0.0.1:8085"
_LAST_LINE_OF_TARGET = "      drain: 2s\n"
_INCIDENT = "dictionary-down"
_LONGEST_SECONDS = 110.0
_POLL_SECONDS = 0.1
_FIRST_ANSWER_SECONDS = 15.0

Watcher = Callable[[DeploymentView], None]


@dataclass(frozen=True)
class Act:
    """A release to be rolled out, and what should become of it."""

    version: str
    lesson: str
    expected: Outcome
    incident_from_stage: int = 0
    """From this stage on, until the rollout ends, a dependency that all releases share is out of order."""


FIRST = Act("1.0.0", "the first one: there is nothing to compare it with", Outcome.SUCCEEDED)
ACTS = (
    Act("1.1.0", "a good one", Outcome.SUCCEEDED),
    Act("1.2.0", "fails some requests, under real traffic only", Outcome.ROLLED_BACK),
    Act("1.3.0", "never gets ready", Outcome.FAILED),
    Act("1.4.0", "fails nothing, and lets every 10th user wait", Outcome.ROLLED_BACK),
    Act("1.5.0", "a good one, on a bad disk at one instance", Outcome.SUCCEEDED),
    Act("1.6.0", "a good one, while a shared dependency fails", Outcome.SUCCEEDED, incident_from_stage=2),
)


def example_folder() -> Path:
    """Return the greeter's folder: in the package, or in the repository that the package is run from.

    Raises:
        UnavailableError: neither has it.
    """
    package = Path(strandline.__file__).parent
    for place in (package / "examples", package.parents[1] / "examples"):
        if (place / "01-greeter").is_dir():
            return place / "01-greeter"
    what = "The demo's example is not where it should be."
    raise UnavailableError(what, where=str(package / "examples"), remedy="Install Strandline again.")


@dataclass
class Demo:
    """One run of the demo."""

    app: App
    page: str
    workplace: Path
    """Where the example is copied to, so that the demo never writes into the package."""
    port: int = field(default_factory=free_port)
    chapters: list[Chapter] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where users reach the service."""
        return f"http://127.0.0.1:{self.port}/hello?name=Ada"

    def lay_out(self) -> None:
        """Copy the example, catalogue the service."""
        folder = self.workplace / "01-greeter"
        if not folder.exists():
            shutil.copytree(example_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
        file = folder / "strandline.yaml"
        self._scratch.mkdir(parents=True, exist_ok=True)
        environment = f"      environment: {{GREETER_SCRATCH: {json.dumps(str(self._scratch))}}}\n"
        text = file.read_text().replace(_LISTEN, f"127.0.0.1:{self.port}")
        file.write_text(text.replace(_LAST_LINE_OF_TARGET, _LAST_LINE_OF_TARGET + environment))
        self.app.control_plane.catalogue(file.read_text(), file=str(file), actor=ACTOR)

    @property
    def _scratch(self) -> Path:
        """The folder that all instances share."""
        return self.workplace.absolute() / "scratch"

    def roll_out(self, act: Act, watch: Watcher, load: UserLoad | None = None) -> DeploymentView:
        """Roll one release out to its end; keep what became of it."""
        before = load.report() if load is not None else None
        folder = self.workplace / "01-greeter" / "releases" / act.version
        order = DeploymentOrder(service=SERVICE, environment=ENVIRONMENT, release=str(folder))
        try:
            view = self._ended(self.app.control_plane.deploy(order, actor=ACTOR), act, watch)
        finally:
            (self._scratch / _INCIDENT).unlink(missing_ok=True)
        if load is not None and before is not None:
            time.sleep(_POLL_SECONDS)
            after = load.report()
            chapter = Chapter(
                lesson=act.lesson,
                expected=act.expected,
                deployment=view,
                requests=after.requests - before.requests,
                failed=after.failed - before.failed,
            )
            self.chapters.append(chapter)
        return view

    @contextmanager
    def users(self) -> Iterator[UserLoad]:
        """Let users come, at a steady rate, until the block ends."""
        load = send_load(self.address, rate=REQUESTS_PER_SECOND)
        load.start()
        give_up_at = time.monotonic() + _FIRST_ANSWER_SECONDS
        while load.report().requests == 0 and time.monotonic() < give_up_at:
            time.sleep(_POLL_SECONDS)
        try:
            yield load
        finally:
            load.stop()

    def story(self, took_seconds: float) -> Story:
        """Return the whole story, with the ledger proved."""
        proof = self.app.ledger.verify()
        return Story(
            chapters=tuple(self.chapters),
            records=proof.records,
            faults=tuple(str(fault) for fault in proof.faults),
            levels=self._levels(),
            home=str(self.app.settings.home),
            page=self.page,
            took_ms=round(took_seconds * 1000),
        )

    def _levels(self) -> dict[str, tuple[int, int]]:
        found = self.app.assessor.assess(at=self.app.clock.now())
        return {each.name: (each.proved, each.possible) for each in found.measures}

    def _ended(self, view: DeploymentView, act: Act, watch: Watcher) -> DeploymentView:
        give_up_at = time.monotonic() + _LONGEST_SECONDS
        while view.is_open:
            if time.monotonic() > give_up_at:
                what = f"{view.id} did not end in {_LONGEST_SECONDS:.0f} s."
                raise UnavailableError(what, where=self.page, remedy="Look at its page.")
            time.sleep(_POLL_SECONDS)
            view = self.app.control_plane.deployment(view.id)
            if act.incident_from_stage and view.stage and view.stage.number >= act.incident_from_stage:
                (self._scratch / _INCIDENT).touch()
            watch(view)
        return view


def stop_everything(demo: Demo) -> None:
    """Stop the service and its router: the demo leaves nothing running."""
    known = {view.entry.name: view.entry for view in demo.app.control_plane.services()}
    if SERVICE not in known:
        return
    target = demo.app.targets.of(known[SERVICE], known[SERVICE].environments[ENVIRONMENT])
    asyncio.run(target.stop())
