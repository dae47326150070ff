import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from tests.rollout.trial import Trial, trial

from strandline.engine.ports import WorkflowStatus
from strandline.ledger.exchange import export_lines, import_lines
from strandline.ledger.record import Appended
from strandline.vocabulary.deployment import Action, Outcome
from strandline.vocabulary.errors import BadInputError, RefusedError, UnavailableError
from strandline.vocabulary.event import Event

QUICK = "{stages: [{share: 50%, bake: 2s, deadline: 2m}]}"


def wait_for(running: Trial, workflow_id: str, status: WorkflowStatus) -> None:
    give_up_at = time.monotonic() + 20
    while running.engine.status(workflow_id) is not status:
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_a_rollout_whose_ledger_was_away_stands_still_aloud_and_is_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")

        def full(events: Sequence[Event], *, payload: bytes | None = None) -> list[Appended]:
            del events, payload
            what = "The disk is full."
            raise UnavailableError(what)

        def break_down() -> None:
            monkeypatch.setattr(running.ledger, "append", full)

        running.bell.at_wait[running.bell.waits + 2] = break_down
        view = running.deploy("1.1.0")
        wait_for(running, view.id, WorkflowStatus.FAILED)
        running.plane.take_up()
        stalled = running.plane.deployment(view.id)
        assert stalled.is_stalled
        assert "The disk is full" in stalled.problem
        monkeypatch.undo()
        running.clock.advance(timedelta(minutes=1))
        running.plane.take_up()
        wait_for(running, f"{view.id}/again-2", WorkflowStatus.DONE)
        ended = running.plane.deployment(view.id)
        assert ended.outcome is Outcome.SUCCEEDED
        assert not ended.is_stalled
        kinds = running.types(view.id)
        assert kinds.count("traffic.shifted") == 2
        assert kinds.count("slot.taken") == kinds.count("slot.freed") == 1


def test_what_was_planned_and_never_started_is_started_by_the_next_control_plane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        with monkeypatch.context() as patched:
            patched.setattr(running.engine, "start", lambda *_: None)
            view = running.deploy("1.0.0")
        assert running.engine.status(view.id) is WorkflowStatus.UNKNOWN
        running.restart()
        assert running.ended(view.id).outcome is Outcome.SUCCEEDED


def test_an_unfinished_rollout_of_another_ledger_is_history_and_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    with trial(tmp_path / "there", rollout=QUICK) as there:
        there.world.unavailable.add("greeter/production")
        view = there.deploy("1.0.0")
        lines = list(export_lines(there.ledger))
    with trial(tmp_path / "here", rollout=QUICK) as here:
        here.clock.advance(timedelta(hours=1))
        import_lines(here.ledger, lines, source_name="there.jsonl")
        assert here.desk.deployment(view.id).is_open
        here.restart()
        assert here.engine.status(view.id) is WorkflowStatus.UNKNOWN
        assert here.world.moves == []


def test_a_rollout_that_has_ended_can_be_asked_nothing_more(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        view = running.rolled_out("1.0.0")
        with pytest.raises(RefusedError, match="has ended already"):
            running.ask(view.id, Action.PAUSE)


def test_the_release_that_serves_is_not_deployed_again(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        with pytest.raises(RefusedError, match="is what serves"):
            running.deploy("1.0.0")


def test_an_emergency_needs_a_reason(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running, pytest.raises(BadInputError, match="needs a reason"):
        running.deploy("1.0.0", is_emergency=True)


def test_a_freeze_refuses_a_rollout_before_anything_is_touched_and_an_emergency_passes(
    tmp_path: Path,
) -> None:
    frozen = (
        QUICK + '\n    freezes: [{reason: spring, from: "2026-03-01T00:00:00Z", to: "2026-03-09T00:00:00Z"}]'
    )
    with trial(tmp_path, rollout=frozen) as running:
        with pytest.raises(RefusedError, match="spring"):
            running.deploy("1.0.0")
        assert running.plane.deployments() == []
        assert running.world.moves == []
        urgent = running.rolled_out("1.0.0", is_emergency=True, reason="checkout is down")
        assert urgent.outcome is Outcome.SUCCEEDED
        assert "checkout is down" in urgent.gates[0].sentence


def test_the_same_catalogue_entry_twice_is_recorded_once(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        before = running.ledger.head().seq
        entry = running.plane.services()[0].entry
        assert entry.name == "greeter"
        text = (
            "service: greeter\nowner: team-web\nenvironments:\n  production:\n"
            '    target: {kind: local, listen: "127.0.0.1:8080", command: [./serve, "{port}"], '
            "instances: 4}\n"
            f"    rollout: {QUICK}\n"
        )
        running.plane.catalogue(text, file="strandline.yaml", actor="ada")
        assert running.ledger.head().seq == before
        running.plane.catalogue(text.replace("team-web", "team-shop"), file="strandline.yaml", actor="ada")
        assert running.ledger.head().seq == before + 1
