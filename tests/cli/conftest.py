from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.workplace import Workplace


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of a file that share a workplace run where it is, so that it is set up once."""
    for item in items:
        if "workplace" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(f"workplace of {item.path.stem}"))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A place where the first release of a service was deployed; its tests share it, one after another."""
    place = Workplace(Path(tmp_path_factory.mktemp("work")))
    try:
        place.describe()
        done = place.program("deploy", "greeter", place.release("1.0.0"), "--to", "production")
        assert done.returncode == 0, done.stderr
        yield place
    finally:
        place.clear_up()
