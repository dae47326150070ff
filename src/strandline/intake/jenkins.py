"""Jenkins' builds, as its REST API has them: one, a list of them, or a job with its builds.

A build is a run of a pipeline. It is a deployment as well where it says to which environment: by a
parameter, by its job's name in `names.environments`, or as the whole feed is about one. Where nothing says
that, it stays a run, since most builds deploy nothing.

Traps: `result` is null while it builds, and may be filled in before it ends, so `building` decides. Half of
the `actions` are empty. A build that uses a shared library names the library's commit too. What the CDEvents
plugin of Jenkins sends is for the translator `cdevents`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from strandline.intake.jenkins_build import Build, Revision, Sources, job_and_instance
from strandline.intake.moments import moment
from strandline.intake.package_urls import (
    COMMIT_FALLBACK,
    DEPLOYMENT_FALLBACK,
    commit_package,
    unknown_package,
)
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place, ServiceDeployed
from strandline.vocabulary.details import Details
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import (
    PipelineRunFinished,
    PipelineRunStarted,
    RunOutcome,
    RunReference,
    TaskRunFinished,
    TaskRunStarted,
)

_BY = "intake/jenkins 1"
_TASK = "deploy"
_OUTCOMES = {
    "SUCCESS": RunOutcome.SUCCESS,
    "FAILURE": RunOutcome.FAILURE,
    # It ran to its end, but tests failed: Jenkins itself counts it as no success.
    "UNSTABLE": RunOutcome.FAILURE,
    "ABORTED": RunOutcome.CANCEL,
    "NOT_BUILT": RunOutcome.CANCEL,
}
_UNCLEAR = Unmapped(
    what="The build names commits of several repositories, and not which of them is deployed.",
    where="actions",
    remedy="Say which repository is a service's: names.services, from its address to the service.",
)
_ENDLESS = Unmapped(
    what="The build does not say how long it took, so not when it ended.",
    where="duration",
    remedy="Ask for `timestamp` and `duration` in `tree`.",
)


class Builds(msgspec.Struct, frozen=True, rename="camel"):
    """A job with its builds; all of them, or the newest hundred."""

    all_builds: list[Any] | None = None
    builds: list[Any] | None = None
    specversion: str | None = None


def translate(payload: Payload) -> Translation:
    """Return what builds say."""
    document = payload.document
    if isinstance(document, list):
        return _each(document, "", payload.names)
    job = msgspec.convert(document, Builds)
    if job.specversion is not None:
        what = "This is a CloudEvent, as the CDEvents plugin sends it, and no build."
        remedy = "Set up the feed with the kind cdevents."
        return Translation(unmapped=(Unmapped(what=what, where="specversion", remedy=remedy),))
    if job.all_builds is not None:
        return _each(job.all_builds, "allBuilds", payload.names)
    if job.builds is not None:
        return _each(job.builds, "builds", payload.names)
    return _build(msgspec.convert(document, Build), payload.names)


def _each(builds: list[Any], where: str, names: Names) -> Translation:
    """Translate builds one by one, so that one that cannot be read does not take the others along."""
    events: list[Event] = []
    unmapped: list[Unmapped] = []
    for number, each in enumerate(builds):
        place = f"{where}[{number}]"
        try:
            found = _build(msgspec.convert(each, Build), names)
        except msgspec.ValidationError as error:
            sentence, _, inside = str(error).partition(" - at `$")
            unmapped.append(Unmapped(what=f"{sentence}.", where=f"{place}{inside.rstrip('`')}"))
        except BadInputError as error:
            unmapped.append(Unmapped(what=error.what, where=f"{place}.{error.where}", remedy=error.remedy))
        else:
            events += found.events
            unmapped += [
                msgspec.structs.replace(reason, where=f"{place}.{reason.where}") for reason in found.unmapped
            ]
    nothing = "" if builds else "There is no build in it."
    return Translation(events=tuple(events), unmapped=tuple(unmapped), ignored=nothing)


def _build(build: Build, names: Names) -> Translation:
    instance, job = job_and_instance(build.url)
    sources = Sources.of(build)
    revision = sources.revision(names)
    details = _details(build, job, sources, revision, names)
    began_at = moment(build.timestamp, "timestamp")
    facts: list[tuple[Fact, datetime]] = [(PipelineRunStarted(pipeline_name=job, uri=build.url), began_at)]
    reference = RunReference(id=details.run, source=instance)
    if details.environment:
        task = TaskRunStarted(task_name=_TASK, uri=build.url, pipeline_run=reference)
        facts.append((task, began_at))
    unmapped: list[Unmapped] = []
    if details.environment and sources.is_ambiguous(revision):
        unmapped.append(_UNCLEAR)
    # Some pipelines set the result before they are done.
    result = None if build.building else build.result
    outcome = _OUTCOMES.get(result) if result is not None else None
    if result is not None and outcome is None:
        what = f"The result “{result}” of a build is not known."
        unmapped.append(Unmapped(what=what, where="result", remedy="The payload is kept."))
    elif outcome is not None and build.ended_ms is None:
        unmapped.append(_ENDLESS)
    elif outcome is not None:
        ended_at = moment(build.ended_ms, "duration")
        facts += [(fact, ended_at) for fact in _end(outcome, build, job, details, reference)]
    events = tuple(_event(fact, at, details, instance, sources.actor) for fact, at in facts)
    return Translation(events=events, unmapped=tuple(unmapped))


def _details(build: Build, job: str, sources: Sources, revision: Revision, names: Names) -> Details:
    said = _parameter(sources.parameters, names.service_fields)
    service = names.service_of(said) if said else names.services.get(job) or names.service or job
    environment = _parameter(sources.parameters, names.environment_fields)
    return Details(
        service=service,
        environment=names.environment_of(environment or (job if job in names.environments else "")),
        commit=revision.commit,
        repository=revision.repository,
        ref=revision.branch,
        version=sources.parameters.get("version", ""),
        run=f"{job}#{build.number}",
        url=build.url,
        is_automated=sources.is_automated,
        by=_BY,
        more={"revisions": list(sources.revisions_told())} if sources.is_ambiguous(revision) else {},
    )


def _end(
    outcome: RunOutcome, build: Build, job: str, details: Details, reference: RunReference
) -> Iterator[Fact]:
    """Yield how the run ended, and how the deployment did if it is one."""
    errors = (build.result or "") if outcome is not RunOutcome.SUCCESS else ""
    yield PipelineRunFinished(pipeline_name=job, uri=build.url, outcome=outcome, errors=errors)
    if not details.environment:
        return
    if outcome is not RunOutcome.SUCCESS:
        yield TaskRunFinished(
            task_name=_TASK, uri=build.url, pipeline_run=reference, outcome=outcome, errors=errors
        )
        return
    if details.commit:
        artifact = commit_package(details.repository, details.commit, details.service)
    else:
        artifact = unknown_package(details.service, details.run)
    yield ServiceDeployed(environment=Place(id=details.environment), artifact_id=artifact)


def _event(fact: Fact, at: datetime, details: Details, instance: str, actor: str) -> Event:
    subject = details.run
    if not isinstance(fact, PipelineRunStarted | PipelineRunFinished):
        details = msgspec.structs.replace(details, deployment=details.run)
        subject = f"{details.run}/{_TASK}"
    if isinstance(fact, ServiceDeployed):
        resolution = COMMIT_FALLBACK if details.commit else DEPLOYMENT_FALLBACK
        details = msgspec.structs.replace(details, artifact_resolution=resolution)
        subject = details.service
    return stated(fact, source=instance, subject_id=subject, occurred_at=at, details=details, actor=actor)


def _parameter(parameters: dict[str, str], names: tuple[str, ...]) -> str:
    return next((told for name in names if (told := parameters.get(name.lower()))), "")
