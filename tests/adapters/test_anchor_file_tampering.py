"""The anchor knows of records that the database has forgotten; what is done to the anchor is found too."""

import json
from pathlib import Path

import pytest
from tests.adapters.ledger_scene import Scene, only

from strandline.testing.ledger_trial import events


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path)
    scene.write()
    assert scene.found() == []
    return scene


def test_a_tail_cut_off_together_with_its_signed_head_is_found_by_the_anchor(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.write(8)
    older = scene.file.read_bytes()
    ledger = scene.open()
    ledger.append(events(4, first=9))
    ledger.close()
    # The whole database is put back to a copy of before: nothing in it is wrong by itself.
    scene.restore(older)
    place, what = scene.found()[0]
    assert place == 9
    assert "Records 9 to 12 are missing at the end, cut off: line" in what


@pytest.mark.parametrize("field", ["number", "seq", "hash", "recordedUs", "signature", "keyId"])
def test_a_forged_line_of_the_anchor_is_named(scene: Scene, field: str) -> None:
    lines = scene.anchor.read_text().splitlines()
    line = json.loads(lines[-1])
    was = line[field]
    line[field] = was + 1 if isinstance(was, int) else ("B" if was.startswith("A") else "A") + was[1:]
    if field == "hash":
        line[field] = "0" * 64
    lines[-1] = json.dumps(line)
    scene.anchor.write_text("\n".join(lines) + "\n")
    assert any("of the anchor" in what or "The anchor file" in what for _, what in scene.found())


def test_an_anchor_that_was_cut_is_named(scene: Scene) -> None:
    lines = scene.anchor.read_bytes().splitlines(keepends=True)
    assert len(lines) > 1
    scene.anchor.write_bytes(b"".join(lines[:-1]))
    assert "The anchor file was cut" in only(scene.found())[1]


def test_a_cut_of_the_anchor_is_not_healed_by_what_comes_after(scene: Scene) -> None:
    scene.anchor.write_bytes(b"")
    ledger = scene.open()
    ledger.append(events(5, first=100))
    ledger.close()
    assert any("The anchor file was cut" in what for _, what in scene.found())


def test_an_anchor_that_is_gone_is_named(scene: Scene) -> None:
    scene.anchor.unlink()
    assert any("The anchor file was cut" in what for _, what in scene.found())


def test_a_damaged_line_of_the_anchor_is_named(scene: Scene) -> None:
    scene.anchor.write_bytes(b"garbage" + scene.anchor.read_bytes())
    assert (0, "Line 1 of the anchor file is damaged.") in scene.found()
