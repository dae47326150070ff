"""A `strandline.yaml` to begin with."""

import json
from pathlib import Path
from typing import NoReturn

import pytest
from tests.cli.samples import Page

from strandline.cli.init import init
from strandline.cli.session import Session
from strandline.rollout.catalogue import read_service
from strandline.vocabulary.errors import BadInputError, RefusedError, UnavailableError


def session_in(folder: Path, page: Page) -> Session:
    return Session(output=page.output, make_pages=no_pages, folder=folder)


def no_pages(_: object) -> NoReturn:
    msg = "init needs no pages"
    raise AssertionError(msg)


def test_it_writes_a_file_that_is_valid_as_it_stands(tmp_path: Path) -> None:
    page = Page()
    assert init("shop", session=session_in(tmp_path, page)) == 0
    file = tmp_path / "strandline.yaml"
    assert read_service(file.read_text(), file=str(file)).name == "shop"
    assert (tmp_path / "strandline.schema.json").exists()
    assert page.lines[0] == "Wrote strandline.yaml and its schema. Next:"
    assert "strandline deploy shop" in page.stdout.getvalue()


def test_it_never_overwrites_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "strandline.yaml"
    file.write_text("mine")
    with pytest.raises(RefusedError, match="left as it is"):
        init("shop", session=session_in(tmp_path, Page()))
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shop", "shop"),
        ("My Shop_2", "my-shop-2"),
        ("2024", "service"),
        ("null", "service"),
        ("ö", "service"),
    ],
)
def test_without_a_name_the_folder_gives_it(tmp_path: Path, folder: str, name: str) -> None:
    place = tmp_path / folder
    place.mkdir()
    page = Page(is_json=True)
    init(session=session_in(place, page))
    written = json.loads(page.stdout.getvalue())
    assert written["service"] == name
    assert written["files"][0] == str(place / "strandline.yaml")


@pytest.mark.parametrize("name", ["Shop", "a b", "null", "true", "-x", "x" * 64, "a: b", "a\nb"])
def test_what_is_no_name_is_refused_with_an_example(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match="is no name"):
        init(name, session=session_in(tmp_path, Page()))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be written"):
        init("shop", into=Path("nowhere"), session=session_in(tmp_path, Page()))
