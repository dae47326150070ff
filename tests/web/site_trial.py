"""A site over a whole control plane in memory: simulated users, virtual time, and looks on demand."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from fastapi import FastAPI
from tests.rollout.trial import Trial, VirtualBell

from strandline.adapters.ed25519 import is_signed
from strandline.adapters.otlp_metrics import OtlpMetrics
from strandline.adapters.system_clock import SystemClock
from strandline.assessment.assessor import Assessor
from strandline.assessment.level_targets import LevelTargets
from strandline.assessment.surveys import Surveys
from strandline.bootstrap import App
from strandline.collection.feedback_door import FeedbackDoor
from strandline.collection.feeds import Feeds
from strandline.collection.readings import Readings
from strandline.collection.reception import Reception
from strandline.ledger.follow import Tail
from strandline.performance.figures import Figures
from strandline.performance.noticing import Noticing
from strandline.performance.targets import Targets as FigureTargets
from strandline.performance.watcher import Watcher
from strandline.rollout.deployment_view import DeploymentView, Status
from strandline.settings import Settings
from strandline.testing.manual_clock import ManualClock
from strandline.web.site import make_site

QUICK = (
    "{stages: [{share: 5%, bake: 2s, deadline: 10m}, {share: 25%, bake: 2s, deadline: 10m},"
    " {share: 50%, bake: 2s, deadline: 10m}]}"
)
URL = "http://127.0.0.1:8440"


class SteppedBell(VirtualBell):
    """A bell whose waits end at once; or, while it is held, as often as a test allows."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self._allowed: int | None = None

    def hold(self) -> None:
        self._allowed = 0

    def allow(self, looks: int) -> None:
        self._allowed = (self._allowed or 0) + looks

    def release(self) -> None:
        self._allowed = None

    async def wait(self, name: str, *, at_most: timedelta) -> None:
        while self._allowed == 0:  # noqa: ASYNC110 - allowed from other threads, which an event is not for
            await asyncio.sleep(0.005)
        if self._allowed is not None:
            self._allowed -= 1
        await super().wait(name, at_most=at_most)


class SiteTrial(Trial):
    """A trial with a site. `held` starts a rollout and stops it in the middle of its first stage."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, rollout=QUICK)
        self.stepped = SteppedBell(self.clock)
        self.bell = self.stepped
        self.restart()
        self.world.requests_per_second = 2000
        self.tail = Tail(self.ledger, clock=SystemClock())
        self.tail.start()
        self.secrets: dict[str, bytes] = {}
        self.feeds = Feeds(self.ledger, self.ledger.projections, self.clock)
        self.reception = Reception(
            self.ledger,
            self.ledger.projections,
            self.feeds,
            clock=self.clock,
            secrets=lambda feed: tuple(self.secrets[each] for each in feed.secrets),
        )
        self.app = App(
            settings=Settings(home=folder),
            version="1.2.3",
            clock=self.clock,
            # Memory in place of SQL: whatever a site asks of a ledger is in the port.
            ledger=cast("Any", self.ledger),
            tail=self.tail,
            feeds=self.feeds,
            reception=self.reception,
            readings=Readings(self.ledger, self.ledger.projections, self.feeds, self.clock),
            feedback=FeedbackDoor(self.ledger, self.clock),
            figures=(figures := Figures(self.ledger, self.ledger.projections)),
            noticing=(noticing := Noticing(self.ledger, self.ledger.projections, figures)),
            figure_targets=FigureTargets(self.ledger, self.ledger.projections, self.clock),
            watcher=Watcher(noticing, self.clock),
            engine=self.engine,
            desk=self.desk,
            targets=self.around.targets,
            control_plane=self.plane,
            keeper=self.keeper,
            pushed_metrics=OtlpMetrics(self.clock),
            assessor=Assessor(
                self.ledger,
                self.ledger.projections,
                lambda as_of: figures.history(as_of=as_of),
                is_signed,
            ),
            level_targets=LevelTargets(self.ledger, self.clock),
            surveys=Surveys(self.ledger, self.clock),
        )
        self.site: FastAPI = make_site(self.app)

    def held(
        self, version: str = "2.0.0", *, looks: int = 3, requests_per_second: float = 40, **changes: Any
    ) -> DeploymentView:
        """Return a rollout that has taken some looks and takes no more until the bell allows them."""
        self.world.requests_per_second = requests_per_second
        self.stepped.hold()
        self.stepped.allow(looks)
        view = self.deploy(version, **changes)
        return self.until(
            view.id, lambda now: now.status is Status.ROLLING_OUT and now.stages[0].looks == looks
        )

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Return a client that asks the site directly, as a program on this machine would."""
        transport = httpx.ASGITransport(self.site, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=URL, headers=headers)

    def close(self) -> None:
        self.stepped.release()
        super().close()
        self.tail.stop()


@contextmanager
def site_trial(folder: Path) -> Iterator[SiteTrial]:
    with closing(SiteTrial(folder)) as running:
        yield running


class _Server(uvicorn.Server):
    """Ends live streams before it waits for open answers, as whoever serves a site has to."""

    def __init__(self, site: FastAPI) -> None:
        config = uvicorn.Config(site, log_config=None, ws="none", timeout_graceful_shutdown=30)
        super().__init__(config)
        self._site = site

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._site.state.streams.close()
        await super().shutdown(sockets)


@contextmanager
def served(site: FastAPI, *, port: int = 0) -> Iterator[str]:
    """Serve a site on a port of this machine, and give its address; at the end every stream ends at once."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = _Server(site)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        wait_for(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(15)
            assert not thread.is_alive(), "the server did not stop: a stream was not ended"


def wait_for(condition: Any, *, within_seconds: float = 15) -> None:
    give_up_at = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.01)
