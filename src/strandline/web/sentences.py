"""What stands over an event on a page: a title and a tone. The words are those of every other door."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec

from strandline.rollout import telling
from strandline.rollout.deployment_view import DeploymentView, Status
from strandline.vocabulary import delivery, deployment, exposure
from strandline.vocabulary.deployment import Outcome, StageKind
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.verdict import AnalysisAnswer, GateAnswer
from strandline.web.figures import share, tied

Headline = tuple[str, "Tone"]


class Tone(Enum):
    """What a sentence means for whoever reads it; shown by a sign and a word, never by colour alone."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"
    PERSON = "person"


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One event in words."""

    title: str
    """What kind of thing happened, in two or three words."""
    words: str
    tone: Tone = Tone.PLAIN


ANSWERS = {
    AnalysisAnswer.HARM_SHOWN: ("Harm shown", Tone.BAD),
    AnalysisAnswer.NO_HARM_SHOWN: ("No harm shown", Tone.GOOD),
    AnalysisAnswer.NOT_ENOUGH_EVIDENCE: ("Not enough evidence", Tone.PLAIN),
}
GATE_ANSWERS = {
    GateAnswer.PASS: ("passes", Tone.GOOD),
    GateAnswer.FAIL: ("refuses", Tone.BAD),
    GateAnswer.INCONCLUSIVE: ("cannot say", Tone.WARNING),
    GateAnswer.NOT_APPLICABLE: ("does not apply", Tone.PLAIN),
}
GATE_HEADLINES = {
    GateAnswer.PASS: ("Let through", Tone.GOOD),
    GateAnswer.FAIL: ("Refused", Tone.BAD),
    GateAnswer.INCONCLUSIVE: ("Not decided", Tone.WARNING),
    GateAnswer.NOT_APPLICABLE: ("Not concerned", Tone.PLAIN),
}
OUTCOMES = {
    Outcome.SUCCEEDED: ("Succeeded", Tone.GOOD),
    Outcome.ROLLED_BACK: ("Rolled back", Tone.BAD),
    Outcome.ABORTED: ("Aborted", Tone.WARNING),
    Outcome.REFUSED: ("Refused", Tone.WARNING),
    Outcome.FAILED: ("Failed", Tone.BAD),
}
STATUSES = {
    Status.WAITING: ("Waiting for its turn", Tone.PLAIN),
    Status.PREPARING: ("Preparing", Tone.PLAIN),
    Status.ROLLING_OUT: ("Rolling out", Tone.PLAIN),
    Status.PAUSED: ("Paused", Tone.WARNING),
    Status.ROLLING_BACK: ("Rolling back", Tone.BAD),
    Status.FINISHED: ("Ended", Tone.PLAIN),
}


def sentence_of(event: Event) -> Sentence:
    """Return what an event says, under its title; what is not ours, or cannot be read, is told as that."""
    title, tone = _headline(event)
    return Sentence(title=title, words=tied(telling.sentence(event)), tone=tone)


def _headline(event: Event) -> Headline:
    known = _HEADLINES.get(event.type)
    if known is None:
        return "Event of another tool", Tone.PLAIN
    fact_type, headline = known
    try:
        fact = msgspec.convert(event.content, fact_type)
    except msgspec.ValidationError:
        return "Cannot be read", Tone.WARNING
    return headline(fact)


def standing(view: DeploymentView) -> Sentence:
    """Return where a deployment stands, in one sentence."""
    title, tone = STATUSES[view.status]
    if view.outcome is not None:
        title, tone = OUTCOMES[view.outcome]
        return Sentence(title=title, words=view.outcome_reason, tone=tone)
    return Sentence(title=title, words=_where(view), tone=tone)


def _where(view: DeploymentView) -> str:
    place = f"{view.release.version} has {share(view.weight_bp)} of the traffic"
    stage = view.stage
    match view.status:
        case Status.WAITING:
            return "Another rollout there runs first, or it is its turn next."
        case Status.PREPARING:
            return f"{view.release.version} is being made ready; no user meets it yet."
        case Status.PAUSED:
            return f"{place}, and keeps it until a person decides. {view.pause_reason}".strip()
        case Status.ROLLING_BACK:
            reason = view.outcome_reason or (stage.sentence if stage is not None else "")
            return f"The traffic returns to the release before. {reason}".strip()
        case _ if stage is not None:
            return f"Stage {stage.number} of {len(view.stages)}: {place}."
        case _:
            return f"{place}."


def stage_name(stage: deployment.PlannedStage) -> str:
    """Return what a stage exposes, in two or three words."""
    match stage.kind:
        case StageKind.TESTERS:
            return "Testers only"
        case StageKind.ALL:
            return "All traffic"
        case StageKind.FIRST:
            return "First release"
        case _:
            return f"{share(stage.share_bp)} of the traffic"


def _prepared(fact: deployment.ReleasePrepared) -> Headline:
    return ("Not ready", Tone.BAD) if fact.problem else ("Ready", Tone.PLAIN)


def _verified(fact: deployment.TrafficVerified) -> Headline:
    return ("Verified", Tone.GOOD) if fact.is_as_wanted else ("Traffic not as wanted", Tone.BAD)


def _always(title: str, tone: Tone = Tone.PLAIN) -> Callable[[Any], Headline]:
    return lambda _: (title, tone)


_BY_FACT: dict[type[Fact], Callable[[Any], Headline]] = {
    delivery.ServiceDeployed: _always("Stated for other tools"),
    delivery.ServiceUpgraded: _always("Stated for other tools"),
    delivery.ServiceRolledBack: _always("Stated for other tools"),
    delivery.ServiceCatalogued: _always("Catalogued"),
    delivery.ReleaseRegistered: _always("Stored"),
    delivery.ReleaseRetired: _always("Retired"),
    deployment.DeploymentPlanned: _always("Planned", Tone.PERSON),
    deployment.SlotTaken: _always("Turn"),
    deployment.SlotFreed: _always("Turn over"),
    deployment.DeploymentStarted: _always("Started"),
    deployment.ReleasePrepared: _prepared,
    deployment.DeploymentPaused: _always("Stands still", Tone.WARNING),
    deployment.DeploymentResumed: _always("Goes on", Tone.PERSON),
    deployment.DeploymentRolledBack: _always("Taken back", Tone.WARNING),
    deployment.TrafficVerified: _verified,
    deployment.DeploymentFinished: lambda fact: ("Ended", OUTCOMES[fact.outcome][1]),
    deployment.InterventionRequested: _always("A person stepped in", Tone.PERSON),
    deployment.TargetUnavailable: _always("Target did not answer", Tone.WARNING),
    exposure.GateEvaluated: lambda fact: GATE_HEADLINES[fact.answer],
    exposure.TrafficShifted: _always("Traffic moved"),
    exposure.StageStarted: _always("Stage began"),
    exposure.AnalysisMeasured: lambda fact: ("Looked", _tone_of(fact)),
    exposure.AnalysisConcluded: lambda fact: ("Verdict", ANSWERS[fact.answer][1]),
    exposure.StageBaked: _always("Stage over", Tone.GOOD),
    exposure.InstanceLost: _always("Instance lost", Tone.WARNING),
    exposure.InstanceReplaced: _always("Instance replaced", Tone.WARNING),
    exposure.RouterDisturbed: _always("Disturbed", Tone.WARNING),
    exposure.ClockJumped: _always("Clock jumped", Tone.WARNING),
}
_HEADLINES = {fact.TYPE: (fact, headline) for fact, headline in _BY_FACT.items()}


def _tone_of(fact: exposure.AnalysisMeasured) -> Tone:
    answer = AnalysisAnswer(str(fact.verdict.get("answer", AnalysisAnswer.NOT_ENOUGH_EVIDENCE.value)))
    return ANSWERS[answer][1]
