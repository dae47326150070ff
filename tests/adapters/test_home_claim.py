import subprocess
import sys
from pathlib import Path

import pytest

from strandline.adapters.home_claim import claim_home, live_control_plane
from strandline.vocabulary.errors import RefusedError, UnavailableError

HOLDER = """
import sys, time
from pathlib import Path
from strandline.adapters.home_claim import claim_home
claim = claim_home(Path(sys.argv[1]))
claim.publish("http://127.0.0.1:8440")
print("claimed", flush=True)
time.sleep(60)
"""


def test_a_second_control_plane_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    lock = tmp_path / "control-plane.json"
    claim = claim_home(lock)
    claim.publish("http://127.0.0.1:8440")
    with pytest.raises(RefusedError) as refused:
        claim_home(lock)
    assert "http://127.0.0.1:8440" in refused.value.what
    assert refused.value.exit_code == 1
    assert live_control_plane(lock) == "http://127.0.0.1:8440"
    claim.release()
    assert live_control_plane(lock) == ""
    claim_home(lock).release()


def test_a_killed_control_plane_leaves_no_claim_behind(tmp_path: Path) -> None:
    lock = tmp_path / "control-plane.json"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"claimed\n"
    assert live_control_plane(lock) == "http://127.0.0.1:8440"
    holder.kill()
    holder.communicate()
    assert live_control_plane(lock) == ""
    claim_home(lock).release()


def test_a_home_that_was_never_used_has_no_control_plane(tmp_path: Path) -> None:
    assert live_control_plane(tmp_path / "nowhere" / "control-plane.json") == ""


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError) as refused:
        claim_home(tmp_path / "file" / "control-plane.json")
    assert "--home" in refused.value.remedy
