"""Which file describes a service: the one named, the one here, or the release's own."""

from pathlib import Path

import pytest
from tests.cli.samples import GREETER, Page
from tests.cli.test_init import no_pages

from strandline.cli.service_file import catalogue_service, release_argument
from strandline.cli.session import Session
from strandline.rollout.catalogue import CatalogueError, template
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.service import Service


class Catalogue:
    def __init__(self) -> None:
        self.files: list[str] = []

    def catalogue(self, text: str, *, file: str) -> Service:
        assert text == Path(file).read_text()
        self.files.append(file)
        return GREETER


def found(here: Path, release: str, *, service: str = "shop", file: Path | None = None) -> list[str]:
    known = Catalogue()
    session = Session(output=Page().output, make_pages=no_pages, folder=here)
    catalogue_service(known, session, service=service, release=release, file=file)
    return known.files


def described(folder: Path, name: str = "shop") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "strandline.yaml"
    file.write_text(template(name))
    return str(file)


def test_the_file_here_comes_first(tmp_path: Path) -> None:
    here = described(tmp_path / "here")
    described(tmp_path / "releases" / "2")
    assert found(tmp_path / "here", str(tmp_path / "releases" / "2")) == [here]


def test_a_file_here_of_another_service_is_passed_over(tmp_path: Path) -> None:
    described(tmp_path / "here", "other")
    own = described(tmp_path / "releases")
    (tmp_path / "releases" / "2").mkdir()
    assert found(tmp_path / "here", str(tmp_path / "releases" / "2")) == [own]


def test_without_a_file_the_ledgers_word_stands(tmp_path: Path) -> None:
    assert found(tmp_path, "2.0.0") == []


def test_a_file_that_is_named_must_describe_the_service(tmp_path: Path) -> None:
    described(tmp_path, "other")
    with pytest.raises(BadInputError, match="describes “other”, not “shop”"):
        found(tmp_path, "2.0.0", file=Path("strandline.yaml"))
    assert found(tmp_path, "2.0.0", service="other", file=Path("strandline.yaml")) != []


def test_a_broken_file_here_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "strandline.yaml").write_text("service: [\n")
    with pytest.raises(CatalogueError) as caught:
        found(tmp_path, "2.0.0")
    assert caught.value.where.startswith(str(tmp_path / "strandline.yaml"))


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no such file"), (b"\xff\xfe", "not UTF-8"), (b"#" * 1_000_001, "larger than a megabyte")],
    ids=["missing", "not UTF-8", "huge"],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "s.yaml").write_bytes(content)
    with pytest.raises(BadInputError, match=words):
        found(tmp_path, "2.0.0", file=Path("s.yaml"))


def test_a_folder_becomes_absolute_and_a_version_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "2").mkdir()
    session = Session(output=Page().output, make_pages=no_pages, folder=tmp_path)
    assert release_argument(session, "./2") == str(tmp_path / "2")
    assert release_argument(session, "2") == str(tmp_path / "2")
    assert release_argument(session, "2.0.1") == "2.0.1"
    assert release_argument(session, "./nothing") == str(tmp_path / "nothing")
