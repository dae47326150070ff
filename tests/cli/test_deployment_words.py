"""What is said of one deployment."""

from datetime import timedelta

import msgspec
import pytest
from tests.cli.samples import NOON, ROLLED_BACK, RUNNING, SUCCEEDED, Page

from strandline.cli.deployment_words import details, ending, exit_code, lasting, share_words, title
from strandline.rollout.deployment_view import DeploymentView, GateView, Status
from strandline.vocabulary.deployment import DeploymentKind, Outcome
from strandline.vocabulary.verdict import GateAnswer


def told(view: DeploymentView) -> str:
    page = Page()
    page.output.show(details(view))
    return page.stdout.getvalue()


def test_a_rollback_is_told_with_its_times_and_what_users_had_of_it() -> None:
    text = ending(ROLLED_BACK).plain
    assert text.startswith(
        "✗ rolled back  Harm shown: 8 % of 120 canary requests failed. The first user could"
    )
    assert "it was decided 14.2 s later, and all traffic was safe 300 ms after that." in text
    assert text.endswith("Counted at the release: 120 requests, 10 failed (8.3 %).")


def test_a_success_is_told_with_how_long_it_took() -> None:
    assert "it was over 3 min 20 s later" in ending(SUCCEEDED).plain


def test_a_release_that_no_user_met_is_told_as_that() -> None:
    failed = msgspec.structs.replace(
        SUCCEEDED, outcome=Outcome.FAILED, outcome_reason="It did not get ready.", first_exposed_at=None
    )
    assert ending(failed).plain == "✗ failed  It did not get ready. No user met the release."


@pytest.mark.parametrize(
    ("outcome", "was_unavailable", "code"),
    [
        (Outcome.SUCCEEDED, False, 0),
        (Outcome.ROLLED_BACK, False, 1),
        (Outcome.ABORTED, False, 1),
        (Outcome.REFUSED, False, 1),
        (Outcome.FAILED, False, 1),
        (Outcome.FAILED, True, 3),
    ],
)
def test_the_exit_code_is_how_it_ended(outcome: Outcome, was_unavailable: bool, code: int) -> None:  # noqa: FBT001 - a parameter of the table
    view = msgspec.structs.replace(SUCCEEDED, outcome=outcome, was_unavailable=was_unavailable)
    assert exit_code(view) == code


def test_the_details_show_stages_verdicts_gates_and_what_stands_in_the_way() -> None:
    view = msgspec.structs.replace(
        RUNNING,
        status=Status.PAUSED,
        pause_reason="Undecided after 600 s.",
        problem="The router does not answer.",
        disturbances=("instance b-1 was killed", "the router was started again"),
        gates=(GateView(gate="change-freeze", answer=GateAnswer.FAIL, sentence="It is frozen."),),
    )
    text = told(view)
    for part in (
        "greeter-3  greeter 1.3.0 (bbbbbbbbbbbb) to production  ‖ paused",
        "Canary, from 1.2.0 (aaaaaaaaaaaa); ordered by ann@box at",
        "Gate change-freeze: fail. It is frozen.",
        "‖ 1 5% of traffic, at least 30s, at most 10m, watched 12.3 s",
        "Not enough evidence yet: 0 % of 61 canary requests failed.",
        "· 2 all traffic, at least 30s, at most 10m",
        "Canary: 61 requests, 0 failed (0 %)",
        "Paused  Undecided after 600 s.",
        "Problem  The router does not answer.",
        "Disturbed  the router was started again (2 disturbances so far)",
    ):
        assert part in text


def test_a_first_release_and_a_rollback_have_their_own_words() -> None:
    assert "Canary, the first release;" in told(msgspec.structs.replace(RUNNING, previous=None))
    assert "Rollback, from 1.2.0" in told(msgspec.structs.replace(RUNNING, kind=DeploymentKind.ROLLBACK))


@pytest.mark.parametrize("status", Status, ids=lambda status: status.value)
def test_every_status_has_a_mark_and_a_word(status: Status) -> None:
    words = title(msgspec.structs.replace(RUNNING, status=status)).plain
    assert status.value.replace("-", " ") in words


@pytest.mark.parametrize("outcome", Outcome, ids=lambda outcome: outcome.value)
def test_every_outcome_has_a_mark_and_a_word(outcome: Outcome) -> None:
    assert (
        outcome.value.replace("-", " ") in ending(msgspec.structs.replace(SUCCEEDED, outcome=outcome)).plain
    )


def test_shares_name_both_releases_while_both_serve() -> None:
    assert share_words(RUNNING) == "5% on 1.3.0, 95% on 1.2.0"
    assert share_words(SUCCEEDED) == "100% on 1.3.0"


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(milliseconds=-5), "0 ms"),
        (timedelta(milliseconds=340), "340 ms"),
        (timedelta(seconds=59.96), "60.0 s"),
        (timedelta(seconds=200), "3 min 20 s"),
        (timedelta(hours=26, minutes=5, seconds=59), "26 h 5 min"),
    ],
)
def test_durations_are_told_as_people_say_them(duration: timedelta, words: str) -> None:
    assert lasting(duration) == words


def test_no_name_that_a_user_gave_can_command_the_terminal() -> None:
    evil = "\x1b[2J\x07"
    view = msgspec.structs.replace(
        ROLLED_BACK,
        id=f"x{evil}",
        reason=evil,
        requested_by=evil,
        outcome_reason=evil,
        problem=evil,
        pause_reason=evil,
        disturbances=(evil,),
        release=msgspec.structs.replace(ROLLED_BACK.release, version=evil),
        gates=(GateView(gate=evil, answer=GateAnswer.PASS, sentence=evil),),
        stages=(msgspec.structs.replace(ROLLED_BACK.stages[0], sentence=evil),),
        planned_at=NOON,
    )
    assert "\x1b" not in told(view)
