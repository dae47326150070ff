"""Flux's events, as its notification controller sends them (`generic`, `generic-hmac`).

A reconciliation that succeeded is a deployment of its revision, and is told again every few minutes: all of
these are the same deployment. What failed is an attempt of its own, so that the same revision may still
succeed after it. What Helm did is told once each time. A failure before there was a revision to deploy is a
task that failed, and nobody's deployment.

The controller takes the group off the keys of `metadata` and adds what the alert's `eventMetadata` says; both
forms of the keys are read. The revision is of the repository of the configuration; which one is not said.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec

from strandline.intake.moments import moment
from strandline.intake.package_urls import COMMIT_FALLBACK, commit_package, full_hash
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place, ServiceDeployed, ServiceRolledBack
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Event, Fact, JsonValue
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import RunOutcome, TaskRunFinished

_BY = "intake/flux 1"
_SOURCE = "/flux"
_TASK = "deploy"
_KINDS = frozenset(("Kustomization", "HelmRelease"))
"""What deploys; the other objects fetch, build or watch."""
_DONE = frozenset(("ReconciliationSucceeded", "InstallSucceeded", "UpgradeSucceeded"))
_ROLLED_BACK = "RollbackSucceeded"
_BY_HELM = ("Install", "Upgrade", "Rollback", "Test", "Uninstall")
_REVISION = re.compile(r"(?:(?P<ref>.*?)@)?(?P<algorithm>sha1|sha256):(?P<hash>[0-9A-Fa-f]+)")
_OLD_REVISION = re.compile(r"(?P<ref>.+)/(?P<hash>[0-9A-Fa-f]{40})")

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Subject(msgspec.Struct, frozen=True):
    """The object that an event is about."""

    kind: _Text
    name: _Text
    namespace: str | None = None
    uid: str | None = None


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """An event of Flux."""

    involved_object: Subject
    reason: str
    severity: str | None = None
    timestamp: Any = None
    message: str | None = None
    metadata: dict[str, str] | None = None


class Revision(NamedTuple):
    """What was reconciled."""

    text: str
    """As Flux writes it."""
    ref: str
    commit: str
    digest: str
    """Of the artifact that the configuration came in, where it came in none of Git's."""


def translate(payload: Payload) -> Translation:
    """Return what an event of Flux says."""
    message = msgspec.convert(payload.document, Message)
    subject = message.involved_object
    if subject.kind not in _KINDS:
        return Translation(ignored=f"A {subject.kind} deploys nothing by itself.")
    is_failed = message.severity == "error"
    if not is_failed and message.reason not in {*_DONE, _ROLLED_BACK}:
        return Translation(ignored=f"The reason “{message.reason}” says nothing of a deployment's end.")
    said = _said(message)
    revision = _revision(said)
    environment = _environment(said, subject, payload.names)
    if not environment:
        return _unmapped(
            "The event does not say which environment it is about.",
            "metadata",
            "Set it in the alert's eventMetadata (env or cluster), or say it of the feed: names.environment.",
        )
    if not revision.text and not is_failed:
        return _unmapped(
            "The event names no revision, so it cannot be told from the one before.",
            "metadata.revision",
            "The payload is kept. Flux names the revision of every Kustomization and HelmRelease.",
        )
    at = moment(message.timestamp, "timestamp")
    service = _service(said, subject, payload.names)
    details = Details(
        deployment=_deployment(message, revision, at, is_failed=is_failed),
        service=service,
        environment=environment,
        commit=revision.commit,
        ref=revision.ref,
        version="" if revision.commit or revision.digest else revision.text,
        is_automated=True,
        by=_BY,
        more=_more(message, revision, said),
    )
    return Translation(events=(_event(message, revision, details, at, is_failed=is_failed),))


def _event(message: Message, revision: Revision, details: Details, at: datetime, *, is_failed: bool) -> Event:
    if is_failed:
        fact: Fact = TaskRunFinished(
            task_name=_TASK, outcome=RunOutcome.FAILURE, errors=message.message or message.reason
        )
        subject = details.deployment or _called(message.involved_object)[0]
        return stated(fact, source=_SOURCE, subject_id=subject, occurred_at=at, details=details)
    place, artifact = Place(id=details.environment), _artifact(revision, details.service)
    if message.reason == _ROLLED_BACK:
        fact = ServiceRolledBack(environment=place, artifact_id=artifact)
    else:
        fact = ServiceDeployed(environment=place, artifact_id=artifact)
    resolution = COMMIT_FALLBACK if revision.commit and not revision.digest else ""
    said = msgspec.structs.replace(details, artifact_resolution=resolution)
    return stated(fact, source=_SOURCE, subject_id=details.service, occurred_at=at, details=said)


def _said(message: Message) -> dict[str, str]:
    """Return the metadata, with the keys as the controller sends them on: without the group."""
    metadata = message.metadata or {}
    plain = {key.rpartition("/")[2]: value for key, value in metadata.items() if "/" in key}
    return {**plain, **{key: value for key, value in metadata.items() if "/" not in key}}


def _revision(said: Mapping[str, str]) -> Revision:
    """Read `main@sha1:<hash>`, `sha1:<hash>`, the older `main/<hash>`, and a chart's version."""
    text = said.get("revision", "")
    ref, algorithm, found = _parsed(text)
    if algorithm != "sha256":
        return Revision(text, ref, full_hash(found), "")
    # An artifact of a registry or a bucket; what it was made from stands in the origin's revision, if at all.
    _, of, origin = _parsed(said.get("originRevision", ""))
    digest = f"sha256:{found.lower()}" if full_hash(found) else ""
    return Revision(text, ref, full_hash(origin) if of == "sha1" else "", digest)


def _parsed(text: str) -> tuple[str, str, str]:
    """Return the branch or tag, the kind of hash, and the hash."""
    found = _REVISION.fullmatch(text)
    if found is not None:
        return (found["ref"] or "").removeprefix("refs/heads/"), found["algorithm"], found["hash"]
    old = _OLD_REVISION.fullmatch(text)
    return (old["ref"], "sha1", old["hash"]) if old is not None else ("", "", "")


def _deployment(message: Message, revision: Revision, at: datetime, *, is_failed: bool) -> str:
    subject = message.involved_object
    home = subject.uid or _called(subject)[0]
    if not revision.text:
        return ""
    if message.reason.startswith(_BY_HELM):
        return f"{home}@{revision.text}@{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    return f"{home}@{revision.text}/failed" if is_failed else f"{home}@{revision.text}"


def _environment(said: Mapping[str, str], subject: Subject, names: Names) -> str:
    told = next((said[name] for name in names.environment_fields if said.get(name)), "")
    if told:
        return names.environment_of(told)
    called = next((each for each in _called(subject) if each in names.environments), "")
    space = subject.namespace or ""
    return names.environment_of(called or (space if space in names.environments else ""))


def _service(said: Mapping[str, str], subject: Subject, names: Names) -> str:
    told = next((said[name] for name in names.service_fields if said.get(name)), "")
    called = next((each for each in _called(subject) if each in names.services), subject.name)
    return names.service_of(told or called)


def _called(subject: Subject) -> tuple[str, ...]:
    """Return what an object may be called, the fullest name first."""
    space = subject.namespace or "default"
    return f"{subject.kind}/{space}/{subject.name}", f"{space}/{subject.name}", subject.name


def _artifact(revision: Revision, service: str) -> str:
    if revision.digest:
        version = revision.ref or revision.digest.partition(":")[2]
        return f"{commit_package('', version, service)}?checksum={revision.digest}"
    return commit_package("", revision.commit or revision.text, service)


def _more(message: Message, revision: Revision, said: Mapping[str, str]) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {
        "object": _called(message.involved_object)[0],
        "reason": message.reason,
        "revision": revision.text,
        "summary": said.get("summary", ""),
        "revisionOf": "configuration" if revision.commit else "",
    }
    return {name: value for name, value in told.items() if value}


def _unmapped(what: str, where: str, remedy: str) -> Translation:
    return Translation(unmapped=(Unmapped(what=what, where=where, remedy=remedy),))
