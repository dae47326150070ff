"""What each event says, as one sentence that a person reads: on a page, in a terminal, in a log.

Pure, and the same words behind every door. An event that Strandline does not know, or whose content it
cannot read, is told as just that: nothing that is in the ledger is left out of the story.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from strandline.rollout.journal import PROGRAM, read_place
from strandline.rollout.units import duration_text, share_text
from strandline.vocabulary.delivery import (
    ReleaseRegistered,
    ReleaseRetired,
    ServiceCatalogued,
    ServiceDeployed,
    ServiceRolledBack,
    ServiceUpgraded,
)
from strandline.vocabulary.deployment import (
    Action,
    DeploymentFinished,
    DeploymentKind,
    DeploymentPaused,
    DeploymentPlanned,
    DeploymentResumed,
    DeploymentRolledBack,
    DeploymentStarted,
    InterventionRequested,
    PlannedStage,
    ReleasePrepared,
    SlotFreed,
    SlotTaken,
    StageKind,
    TargetUnavailable,
    TrafficVerified,
)
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.exposure import (
    AnalysisConcluded,
    AnalysisMeasured,
    ClockJumped,
    GateEvaluated,
    InstanceLost,
    InstanceReplaced,
    RouterDisturbed,
    StageBaked,
    StageStarted,
    TrafficShifted,
)
from strandline.vocabulary.release import Release
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

_ROUTINE = {AnalysisMeasured.TYPE, SlotTaken.TYPE, SlotFreed.TYPE}
_SHORT = 12


def sentence(event: Event) -> str:
    """Return what this event says, as one sentence or a few."""
    known = _TOLD.get(event.type)
    if known is None:
        return f"{event.type} happened to {event.subject_id}."
    fact_type, tell = known
    try:
        return tell(msgspec.convert(event.content, fact_type), event)
    except (msgspec.ValidationError, BadInputError):
        return f"{event.type} happened to {event.subject_id}; its content could not be read."


def is_routine(event: Event) -> bool:
    """Return whether this comes so often, or matters so little by itself, that a log does without it."""
    return event.type in _ROUTINE


def _planned(fact: DeploymentPlanned, event: Event) -> str:
    what = _named(fact.release)
    who = event.actor or PROGRAM
    where = f"{fact.service} in {fact.environment.name}"
    why = f": {fact.reason}" if fact.reason else "."
    if fact.kind is DeploymentKind.ROLLBACK:
        from_release = f" from {fact.previous.version}" if fact.previous is not None else ""
        return f"{who} ordered {where} back{from_release} to {what}{why}"
    change = "an emergency change" if fact.is_emergency else fact.strategy.value
    stages = f"{len(fact.stages)} {'stage' if len(fact.stages) == 1 else 'stages'}"
    instead = f" to take over from {fact.previous.version}" if fact.previous is not None else ""
    return f"{who} ordered {what} for {where}{instead} ({change}, {stages}){why}"


def _slot_taken(fact: SlotTaken, event: Event) -> str:
    return f"It is the turn of {fact.holder} to move the traffic of {_where(event) or event.subject_id}."


def _slot_freed(fact: SlotFreed, event: Event) -> str:
    return f"{fact.holder} lets the next one move the traffic of {_where(event) or event.subject_id}."


def _started(_: DeploymentStarted, __: Event) -> str:
    return "Nothing stands in the way: the rollout begins."


def _prepared(fact: ReleasePrepared, _: Event) -> str:
    if fact.problem:
        return f"The release {fact.digest[:_SHORT]} did not get ready. {fact.problem}"
    count = f" with {_counted(fact.instances, 'instance')}" if fact.instances is not None else ""
    return f"The release {fact.digest[:_SHORT]} is ready to serve{count}."


def _paused(fact: DeploymentPaused, _: Event) -> str:
    return f"Paused at the present share. {fact.reason}"


def _resumed(_: DeploymentResumed, event: Event) -> str:
    return f"Resumed by {event.actor or PROGRAM}."


def _rolled_back(fact: DeploymentRolledBack, _: Event) -> str:
    if not fact.to:
        return "No traffic is on the release any more."
    return f"All traffic is back on the release before, {fact.to[:_SHORT]}."


def _verified(fact: TrafficVerified, _: Event) -> str:
    if not fact.is_as_wanted:
        return f"The router was asked, and {fact.found or 'traffic is not where it should be'}."
    if not fact.serving:
        return "The router was asked: no traffic is on the release, as it should be."
    return f"The router was asked: all traffic is on {fact.serving[:_SHORT]}, as it should be."


def _finished(fact: DeploymentFinished, _: Event) -> str:
    met = "" if fact.was_exposed else " No user met the release."
    return f"{_capital(fact.outcome.value.replace('-', ' '))}. {fact.reason}{met}"


_ASKED = {
    Action.PAUSE: "asked for a pause",
    Action.RESUME: "asked to go on",
    Action.PROMOTE: "asked to promote without waiting for evidence",
    Action.ABORT: "asked to abort",
}


def _intervention(fact: InterventionRequested, event: Event) -> str:
    return f"{event.actor or PROGRAM} {_ASKED[fact.action]}{f': {fact.reason}' if fact.reason else '.'}"


def _unavailable(fact: TargetUnavailable, _: Event) -> str:
    return f"The target did not do “{fact.wanted}” (attempt {fact.attempt}). {fact.problem}"


def _gate(fact: GateEvaluated, _: Event) -> str:
    return f"Gate {fact.gate}: {fact.answer.value.replace('-', ' ')}. {fact.sentence}"


def _shifted(fact: TrafficShifted, _: Event) -> str:
    took = f"confirmed by the router after {fact.took_ms:,} ms"
    if fact.because == "rollback":
        return f"All traffic is on the release before; {took}."
    share = "all traffic" if fact.weight_bp == ALL_TRAFFIC_BP else f"{share_text(fact.weight_bp)} of traffic"
    return f"The release has {share} ({fact.because}); {took}."


def _stage_started(fact: StageStarted, _: Event) -> str:
    return f"Stage {fact.stage} is watched: {stage_words(fact.planned)}."


def _measured(fact: AnalysisMeasured, _: Event) -> str:
    words = str(fact.verdict.get("sentence", "")) or str(fact.verdict.get("answer", ""))
    return f"Look {fact.look} of stage {fact.stage}: {words}"


_DECIDED = {"promote": "goes on", "roll-back": "goes back", "pause": "waits for a person"}


def _concluded(fact: AnalysisConcluded, _: Event) -> str:
    decided = _DECIDED.get(fact.decision, fact.decision)
    return f"Stage {fact.stage} is judged, and the rollout {decided}. {fact.sentence}"


def _baked(fact: StageBaked, event: Event) -> str:
    # Where the evidence decided, the conclusion has just given the reason.
    reason = f" {fact.reason}" if event.actor not in ("", PROGRAM) else ""
    return f"Stage {fact.stage} is over after {_seconds(fact.watched_ms)} of watching.{reason}"


def _replaced(fact: InstanceReplaced, _: Event) -> str:
    if fact.problem:
        return f"{fact.reason} It could not be replaced: {fact.problem}"
    return f"{fact.instance} was replaced. {fact.reason}"


def _lost(fact: InstanceLost, _: Event) -> str:
    times = "" if fact.count == 1 else f", {fact.count} times by now"
    return (
        f"Instance {fact.instance} of {fact.service} in {fact.environment} "
        f"(release {fact.digest[:_SHORT]}) was lost{times}: {fact.how}. It was started again."
    )


def _disturbed(fact: RouterDisturbed, _: Event) -> str:
    return f"Counts of {fact.service} in {fact.environment} are not judged for a look: {fact.what}."


def _jumped(fact: ClockJumped, _: Event) -> str:
    way = "forward" if fact.by_ms > 0 else "back"
    return f"The machine's time of day jumped {way} by {_seconds(abs(fact.by_ms))}; no duration is affected."


def _deployed(fact: ServiceDeployed, event: Event) -> str:
    return (
        f"{_service(event)} runs in {fact.environment.id} for the first time: {_artifact(fact.artifact_id)}."
    )


def _upgraded(fact: ServiceUpgraded, event: Event) -> str:
    return f"{_service(event)} in {fact.environment.id} runs {_artifact(fact.artifact_id)} now."


def _returned(fact: ServiceRolledBack, event: Event) -> str:
    return f"{_service(event)} in {fact.environment.id} is back on {_artifact(fact.artifact_id)}."


def _catalogued(fact: ServiceCatalogued, event: Event) -> str:
    places = ", ".join(sorted(fact.entry.environments))
    by = f" by {event.actor}" if event.actor else ""
    return f"{fact.entry.name} was catalogued{by}: owner {fact.entry.owner}, runs in {places}."


def _registered(fact: ReleaseRegistered, _: Event) -> str:
    release = fact.release
    brings = f" It brings {_counted(len(fact.changes), 'commit')}." if fact.changes else ""
    return f"Release {_named(release)} of {release.service} was stored.{brings}"


def _retired(fact: ReleaseRetired, _: Event) -> str:
    return f"Release {fact.digest[:_SHORT]} in {fact.environment} had no traffic any more, and was stopped."


def stage_words(stage: PlannedStage) -> str:
    """Return what a stage does, in a few words: `5% of traffic, at least 30s, at most 10m`."""
    instances = f" on {_counted(stage.instances, 'instance')}" if stage.instances is not None else ""
    if stage.kind is StageKind.TESTERS:
        return f"testers only{instances}, for {_duration(stage.bake)}"
    if stage.kind is StageKind.FIRST:
        return f"all traffic{instances}, no release before it, for {_duration(stage.bake)}"
    is_all = stage.kind is StageKind.ALL
    share = "all traffic" if is_all else f"{share_text(stage.share_bp)} of traffic"
    least = f"at least {_duration(stage.bake)}, " if stage.bake else ""
    return f"{share}{instances}, {least}at most {_duration(stage.deadline)}"


def _duration(duration: timedelta) -> str:
    return duration_text(duration - duration % timedelta(milliseconds=1))


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:,.1f} s"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _named(release: Release) -> str:
    return f"{release.version} ({release.short_digest})"


def _where(event: Event) -> str:
    place = read_place(event.subject_source)
    return f"{place[0]} in {place[1]}" if place is not None else ""


def _service(event: Event) -> str:
    place = read_place(event.subject_source)
    return place[0] if place is not None else event.subject_id


def _artifact(package_url: str) -> str:
    """Return `1.3.0 (ab12…)` of `pkg:generic/greeter@1.3.0?checksum=sha256:ab12…`; another form as it is."""
    name, _, digest = package_url.partition("?checksum=sha256:")
    version = name.rpartition("@")[2]
    return f"{version} ({digest[:_SHORT]})" if digest else package_url


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_TOLD: dict[str, tuple[type[Fact], Callable[[Any, Event], str]]] = {
    fact.TYPE: (fact, tell)
    for fact, tell in (
        (DeploymentPlanned, _planned),
        (SlotTaken, _slot_taken),
        (SlotFreed, _slot_freed),
        (DeploymentStarted, _started),
        (ReleasePrepared, _prepared),
        (DeploymentPaused, _paused),
        (DeploymentResumed, _resumed),
        (DeploymentRolledBack, _rolled_back),
        (TrafficVerified, _verified),
        (DeploymentFinished, _finished),
        (InterventionRequested, _intervention),
        (TargetUnavailable, _unavailable),
        (GateEvaluated, _gate),
        (TrafficShifted, _shifted),
        (StageStarted, _stage_started),
        (AnalysisMeasured, _measured),
        (AnalysisConcluded, _concluded),
        (StageBaked, _baked),
        (InstanceLost, _lost),
        (InstanceReplaced, _replaced),
        (RouterDisturbed, _disturbed),
        (ClockJumped, _jumped),
        (ServiceDeployed, _deployed),
        (ServiceUpgraded, _upgraded),
        (ServiceRolledBack, _returned),
        (ServiceCatalogued, _catalogued),
        (ReleaseRegistered, _registered),
        (ReleaseRetired, _retired),
    )
}
