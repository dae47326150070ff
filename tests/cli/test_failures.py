"""What a user sees when something does not work."""

import json
from pathlib import Path

from tests.cli.samples import Page

from strandline.cli.failures import tell, tell_interrupted, tell_unexpected
from strandline.vocabulary.errors import BadInputError, RefusedError

ERROR = BadInputError("It is no folder.", where="./x", remedy="Name another.")


def test_an_error_is_told_in_three_parts_on_standard_error() -> None:
    page = Page()
    assert tell(ERROR, page.output) == 2
    assert page.stdout.getvalue() == ""
    assert page.stderr.getvalue() == "Error  ./x: It is no folder.\nName another.\n"


def test_under_json_an_error_is_the_one_document() -> None:
    page = Page(is_json=True)
    assert tell(RefusedError("No."), page.output) == 1
    assert json.loads(page.stdout.getvalue()) == {
        "error": {"what": "No.", "where": "", "remedy": "", "kind": "RefusedError", "exitCode": 1}
    }
    assert page.stderr.getvalue() == ""


def test_an_interrupted_command_says_what_goes_on_meanwhile() -> None:
    page = Page()
    assert tell_interrupted(page.output, meanwhile="It goes on.", exit_code=130) == 130
    assert page.stderr.getvalue() == "Interrupted. It goes on.\n"
    page = Page(is_json=True)
    tell_interrupted(page.output, meanwhile="", exit_code=143)
    assert json.loads(page.stdout.getvalue())["error"]["exitCode"] == 143


def test_what_nobody_foresaw_is_one_sentence_and_a_log(tmp_path: Path) -> None:
    page = Page()
    arguments = ["status", "--database", "postgresql://ann:secret@db/x"]
    assert tell_unexpected(KeyError("x"), page.output, home=tmp_path, arguments=arguments) == 3
    log = tmp_path / "log" / "strandline-errors.log"
    assert str(log) in page.stderr.getvalue()
    assert "Traceback" not in page.stderr.getvalue()
    assert "KeyError" in log.read_text()
    assert "secret" not in log.read_text()


def test_without_a_home_the_log_is_elsewhere_and_no_home_is_made(tmp_path: Path) -> None:
    page = Page(is_json=True)
    home = tmp_path / "home"
    tell_unexpected(ValueError("x"), page.output, home=home, arguments=[])
    assert not home.exists()
    what = json.loads(page.stdout.getvalue())["error"]["what"]
    log = Path(what.rpartition(" in ")[2].removesuffix("."))
    assert "ValueError" in log.read_text()
    log.unlink()
