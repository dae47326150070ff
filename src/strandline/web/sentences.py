"""What each event says, as one sentence for people. Every fact has its own; none is passed over."""

from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import Any

import msgspec

from strandline.rollout.deployment_view import DeploymentView, Status
from strandline.vocabulary import delivery, deployment, exposure
from strandline.vocabulary.deployment import Action, DeploymentKind, Outcome, StageKind
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.verdict import AnalysisAnswer, GateAnswer
from strandline.web.figures import duration, share

_SHORT = 12


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
DECISIONS = {"promote": "promote", "roll-back": "roll back", "pause": "pause"}
ACTIONS = {Action.PAUSE: "pause", Action.RESUME: "go on", Action.PROMOTE: "promote", Action.ABORT: "abort"}


def sentence_of(event: Event) -> Sentence:
    """Return what an event says; of a type that is not ours, its type."""
    known = _WORDS.get(event.type)
    if known is None:
        return Sentence(title=event.type, words=event.subject_id)
    fact_type, say = known
    try:
        fact = msgspec.convert(event.content, fact_type)
    except msgspec.ValidationError as error:
        return Sentence(title=event.type, words=f"It cannot be read: {error}", tone=Tone.WARNING)
    return say(fact, event.actor)


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


def _planned(fact: deployment.DeploymentPlanned, actor: str) -> Sentence:
    what = "a return to" if fact.kind is DeploymentKind.ROLLBACK else "a rollout of"
    count = len(fact.stages)
    stages = f"{count} stage{'' if count == 1 else 's'}, {fact.strategy.value.replace('-', ' ')}"
    why = f" “{fact.reason}”" if fact.reason else ""
    words = f"{actor} asked for {what} {fact.release.version} in {fact.environment.name}: {stages}.{why}"
    return Sentence(title="Planned", words=words, tone=Tone.PERSON)


def _prepared(fact: deployment.ReleasePrepared, _: str) -> Sentence:
    name = fact.digest[:_SHORT]
    if fact.problem:
        return Sentence(
            title="Not ready", words=f"{name} did not become ready: {fact.problem}", tone=Tone.BAD
        )
    number = f" with {fact.instances} instance{'' if fact.instances == 1 else 's'}" if fact.instances else ""
    return Sentence(title="Ready", words=f"{name} is ready{number}; it has no traffic from this step.")


def _paused(fact: deployment.DeploymentPaused, _: str) -> Sentence:
    return Sentence(title="Paused", words=fact.reason, tone=Tone.WARNING)


def _resumed(_: deployment.DeploymentResumed, actor: str) -> Sentence:
    return Sentence(title="Resumed", words=f"{actor} let it go on.", tone=Tone.PERSON)


def _rolled_back(fact: deployment.DeploymentRolledBack, _: str) -> Sentence:
    # Why, the verdict or the person before it has said, and the end will say again.
    where = f"All traffic is on {fact.to[:_SHORT]}" if fact.to else "No release has traffic"
    return Sentence(title="Returned", words=f"{where}, as the router itself says.", tone=Tone.WARNING)


def _verified(fact: deployment.TrafficVerified, _: str) -> Sentence:
    if not fact.is_as_wanted:
        return Sentence(
            title="Traffic not as wanted", words=f"Asked, the router says: {fact.found}", tone=Tone.BAD
        )
    where = f"all traffic is on {fact.serving[:_SHORT]}" if fact.serving else "nobody has traffic"
    return Sentence(title="Verified", words=f"Asked, the router says: {where}.", tone=Tone.GOOD)


def _finished(fact: deployment.DeploymentFinished, _: str) -> Sentence:
    title, tone = OUTCOMES[fact.outcome]
    exposed = "" if fact.was_exposed else " No user met the release."
    return Sentence(title=title, words=f"{fact.reason}{exposed}", tone=tone)


def _asked(fact: deployment.InterventionRequested, actor: str) -> Sentence:
    why = f": “{fact.reason}”" if fact.reason else "."
    return Sentence(
        title="A person stepped in", words=f"{actor} asked to {ACTIONS[fact.action]}{why}", tone=Tone.PERSON
    )


def _unavailable(fact: deployment.TargetUnavailable, _: str) -> Sentence:
    words = f"Attempt {fact.attempt} at “{fact.wanted}”: {fact.problem} It is asked again."
    return Sentence(title="Target did not answer", words=words, tone=Tone.WARNING)


def _gate(fact: exposure.GateEvaluated, _: str) -> Sentence:
    says, tone = GATE_ANSWERS[fact.answer]
    return Sentence(title=f"Gate {says}", words=f"{fact.gate}: {fact.sentence}", tone=tone)


def _shifted(fact: exposure.TrafficShifted, _: str) -> Sentence:
    took = duration(timedelta(milliseconds=fact.took_ms))
    words = (
        f"{fact.digest[:_SHORT]} has {share(fact.weight_bp)} of the traffic ({fact.because}); "
        f"the router confirmed it after {took}."
    )
    return Sentence(title="Traffic moved", words=words)


def _stage(fact: exposure.StageStarted, _: str) -> Sentence:
    return Sentence(
        title=f"Stage {fact.stage} began", words=f"{stage_name(fact.planned)}; from here on it is watched."
    )


def _measured(fact: exposure.AnalysisMeasured, _: str) -> Sentence:
    answer = AnalysisAnswer(str(fact.verdict.get("answer", AnalysisAnswer.NOT_ENOUGH_EVIDENCE.value)))
    return Sentence(
        title=f"Look {fact.look} of stage {fact.stage}",
        words=str(fact.verdict.get("sentence", "")),
        tone=ANSWERS[answer][1],
    )


def _concluded(fact: exposure.AnalysisConcluded, _: str) -> Sentence:
    follows = DECISIONS.get(fact.decision, fact.decision)
    return Sentence(
        title=f"Verdict on stage {fact.stage}: {follows}", words=fact.sentence, tone=ANSWERS[fact.answer][1]
    )


def _baked(fact: exposure.StageBaked, _: str) -> Sentence:
    watched = duration(timedelta(milliseconds=fact.watched_ms))
    return Sentence(
        title=f"Stage {fact.stage} is over",
        words=f"It was watched for {watched}; the rollout goes on.",
        tone=Tone.GOOD,
    )


def _lost(fact: exposure.InstanceLost, _: str) -> Sentence:
    words = f"{fact.instance} of {fact.digest[:_SHORT]} {fact.how} (loss {fact.count}); it was started again."
    return Sentence(title="Instance lost", words=words, tone=Tone.WARNING)


def _router(fact: exposure.RouterDisturbed, _: str) -> Sentence:
    return Sentence(
        title="Disturbed", words=f"{fact.what}; what was counted meanwhile is not judged.", tone=Tone.WARNING
    )


def _clock(fact: exposure.ClockJumped, _: str) -> Sentence:
    way = "forward" if fact.by_ms > 0 else "back"
    jump = duration(timedelta(milliseconds=abs(fact.by_ms)))
    words = f"The time of day was moved {way} by {jump}; durations are not affected."
    return Sentence(title="Clock jumped", words=words, tone=Tone.WARNING)


def _deployed(fact: delivery.ServiceDeployed, _: str) -> Sentence:
    name = _name(fact.artifact_id)
    words = f"Stated for other tools (CDEvents): {fact.environment.id} runs {name} as its first."
    return Sentence(title="Delivered", words=words, tone=Tone.GOOD)


def _upgraded(fact: delivery.ServiceUpgraded, _: str) -> Sentence:
    words = f"Stated for other tools (CDEvents): {fact.environment.id} runs {_name(fact.artifact_id)} now."
    return Sentence(title="Delivered", words=words, tone=Tone.GOOD)


def _returned(fact: delivery.ServiceRolledBack, _: str) -> Sentence:
    words = f"Stated for other tools (CDEvents): {fact.environment.id} runs {_name(fact.artifact_id)} again."
    return Sentence(title="Returned", words=words)


def _catalogued(fact: delivery.ServiceCatalogued, actor: str) -> Sentence:
    return Sentence(title="Catalogued", words=f"{actor} made {fact.entry.name} known, as it is now.")


def _registered(fact: delivery.ReleaseRegistered, _: str) -> Sentence:
    release = fact.release
    return Sentence(title="Registered", words=f"{release.version} is {release.short_digest} from now on.")


def _retired(fact: delivery.ReleaseRetired, _: str) -> Sentence:
    return Sentence(title="Retired", words=f"{fact.digest[:_SHORT]} had no traffic and was stopped.")


def _name(artifact_id: str) -> str:
    """Return a package URL without its checksum, which nobody reads."""
    return artifact_id.partition("?")[0]


def _always(title: str, words: str) -> Callable[[Any, str], Sentence]:
    return lambda _, __: Sentence(title=title, words=words)


_SAYERS: dict[type[Fact], Callable[[Any, str], Sentence]] = {
    delivery.ServiceDeployed: _deployed,
    delivery.ServiceUpgraded: _upgraded,
    delivery.ServiceRolledBack: _returned,
    delivery.ServiceCatalogued: _catalogued,
    delivery.ReleaseRegistered: _registered,
    delivery.ReleaseRetired: _retired,
    deployment.DeploymentPlanned: _planned,
    deployment.SlotTaken: _always("Its turn", "It may move the traffic of this service and environment."),
    deployment.SlotFreed: _always("Turn over", "The next deployment may move the traffic."),
    deployment.DeploymentStarted: _always("Started", "Every gate has let it pass; the release is prepared."),
    deployment.ReleasePrepared: _prepared,
    deployment.DeploymentPaused: _paused,
    deployment.DeploymentResumed: _resumed,
    deployment.DeploymentRolledBack: _rolled_back,
    deployment.TrafficVerified: _verified,
    deployment.DeploymentFinished: _finished,
    deployment.InterventionRequested: _asked,
    deployment.TargetUnavailable: _unavailable,
    exposure.GateEvaluated: _gate,
    exposure.TrafficShifted: _shifted,
    exposure.StageStarted: _stage,
    exposure.AnalysisMeasured: _measured,
    exposure.AnalysisConcluded: _concluded,
    exposure.StageBaked: _baked,
    exposure.InstanceLost: _lost,
    exposure.RouterDisturbed: _router,
    exposure.ClockJumped: _clock,
}
_WORDS = {fact.TYPE: (fact, say) for fact, say in _SAYERS.items()}
