"""What follows from a look: go on watching, promote, pause, or roll back. A pure function, in one order.

The order is the policy: a person's abort first, then harm, then what a person asked for, then the proof of
harmlessness, then the deadline. Nothing passes for lack of evidence unless the policy says so in so many
words, and then it is recorded as that.
"""

from datetime import timedelta
from enum import Enum

import msgspec

from strandline.analysis.verdict import Verdict
from strandline.rollout.journal import Intervention
from strandline.vocabulary.deployment import Action, PlannedStage, StageKind
from strandline.vocabulary.service import WhenUndecided
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

LOSSES_TOLERATED = 2
"""How many lost instances of the canary are put down to bad luck; one more is the release's own doing."""


class Step(Enum):
    """What a rollout does next."""

    WATCH = "watch"
    PROMOTE = "promote"
    PAUSE = "pause"
    RESUME = "resume"
    REPLACE = "replace"
    """Stop an instance that is at fault by itself, start another, and go on watching."""
    ROLL_BACK = "roll-back"
    ABORT = "abort"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do next, and why."""

    step: Step
    sentence: str = ""
    actor: str = ""
    """The person who asked for it; empty where the evidence or the policy decided."""
    instance: str = ""
    """Which instance is to be replaced."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a stage stands after a look."""

    stage: PlannedStage
    verdict: Verdict
    watched: timedelta
    """How long it was watched without a pause, by the steady clock."""
    deadline: timedelta
    """When watching has been long enough; a person's resume sets it anew."""
    is_paused: bool
    losses: int
    """Instances of the canary that were lost during this rollout."""
    when_undecided: WhenUndecided


_WATCH = Decision(step=Step.WATCH)


def decide(standing: Standing, interventions: tuple[Intervention, ...]) -> Decision:
    """Return what follows. Of several interventions the newest counts, but an abort always."""
    asked = _abort_among(interventions) or (interventions[-1] if interventions else None)
    if asked is not None and asked.action is Action.ABORT:
        return abort_of(asked)
    harm = _harm(standing)
    if harm is not None:
        return harm
    if asked is not None:
        return _requested(asked, is_paused=standing.is_paused)
    if standing.verdict.gap is EvidenceGap.INSTANCE_FAULT:
        verdict = standing.verdict
        return Decision(step=Step.REPLACE, sentence=verdict.sentence, instance=verdict.instance)
    if standing.is_paused:
        return _WATCH
    return _by_evidence(standing)


def abort_of(asked: Intervention) -> Decision:
    """Return what follows from a person's abort."""
    return _asked(Step.ABORT, asked, "aborted")


def _abort_among(interventions: tuple[Intervention, ...]) -> Intervention | None:
    return next((one for one in interventions if one.action is Action.ABORT), None)


def _harm(standing: Standing) -> Decision | None:
    if standing.verdict.answer is AnalysisAnswer.HARM_SHOWN:
        sentence = standing.verdict.sentence
    elif standing.losses > LOSSES_TOLERATED:
        sentence = f"The release's instances ended by themselves {standing.losses} times."
    else:
        return None
    if standing.stage.kind is not StageKind.FIRST:
        return Decision(step=Step.ROLL_BACK, sentence=sentence)
    if standing.is_paused:
        return None
    return Decision(
        step=Step.PAUSE,
        sentence=f"{sentence} There is no release before it to return to: a person has to decide.",
    )


def _requested(asked: Intervention, *, is_paused: bool) -> Decision:
    if asked.action is Action.PROMOTE:
        return _asked(Step.PROMOTE, asked, "promoted to the next stage without waiting for evidence")
    if asked.action is Action.PAUSE and not is_paused:
        return _asked(Step.PAUSE, asked, "paused")
    if asked.action is Action.RESUME and is_paused:
        return _asked(Step.RESUME, asked, "resumed")
    return _WATCH


def _asked(step: Step, asked: Intervention, what: str) -> Decision:
    why = f": {asked.reason}" if asked.reason else "."
    return Decision(step=step, sentence=f"{asked.actor} {what}{why}", actor=asked.actor)


def _by_evidence(standing: Standing) -> Decision:
    is_baked = standing.watched >= standing.stage.bake
    if standing.stage.kind is StageKind.TESTERS:
        return Decision(step=Step.PROMOTE, sentence="The testers' time is over.") if is_baked else _WATCH
    if standing.verdict.answer is AnalysisAnswer.NO_HARM_SHOWN:
        return Decision(step=Step.PROMOTE, sentence=standing.verdict.sentence) if is_baked else _WATCH
    if standing.stage.kind is StageKind.FIRST:
        return Decision(step=Step.PROMOTE, sentence=_first(standing)) if is_baked else _WATCH
    if standing.watched < standing.deadline:
        return _WATCH
    return _at_deadline(standing)


def _first(standing: Standing) -> str:
    return f"Nothing served here before, so there is nothing to compare it with. {standing.verdict.sentence}"


def _at_deadline(standing: Standing) -> Decision:
    seconds = round(standing.watched.total_seconds())
    undecided = f"Undecided after {seconds} s of watching. {standing.verdict.sentence}"
    match standing.when_undecided:
        case WhenUndecided.PAUSE:
            return Decision(step=Step.PAUSE, sentence=undecided)
        case WhenUndecided.ROLL_BACK:
            return Decision(step=Step.ROLL_BACK, sentence=f"{undecided} The policy is to roll back then.")
        case WhenUndecided.PROMOTE:
            return Decision(
                step=Step.PROMOTE, sentence=f"{undecided} The policy is to promote without proof then."
            )
