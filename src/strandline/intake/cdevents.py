"""CDEvents of others, made into the CloudEvents that they should be: batches, bare events, drafts, plugins.

What is right already passes as it is. A *bare* CDEvent (context, subject) gets the CloudEvent around it that
CDEvents' binding asks for. Approvals of the 0.6 draft get our type, whose fields are the draft's. Jenkins'
plugin sends events of CDEvents 0.1 with CloudEvents 0.3 around them, whose ids are build numbers: started and
finished of one build have the same; theirs is made of source, type, id and time.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from strandline.vocabulary.approval import ApprovalClosed, ApprovalCreated
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.pipeline import PipelineRunFinished, PipelineRunStarted

KIND = "cdevents"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://strandline.dev/intake/cdevents")
_DRAFTS = {
    "dev.cdevents.approval.created.0.1.0": ApprovalCreated.TYPE,
    "dev.cdevents.approval.closed.0.1.0": ApprovalClosed.TYPE,
}
_JENKINS_VERSION = "0.3"
_JENKINS = {
    "dev.cdevents.pipelinerun.started": PipelineRunStarted.TYPE,
    "dev.cdevents.pipelinerun.finished": PipelineRunFinished.TYPE,
}
_OUTCOMES = frozenset(("success", "failure", "cancel", "error"))


def cloudevents(document: object) -> list[Mapping[str, Any]]:
    """Return the structured CloudEvents that a payload holds: one, or those of a batch.

    Raises:
        BadInputError: it holds something else.
    """
    if isinstance(document, list):
        return [event for each in document for event in cloudevents(each)]
    if not isinstance(document, dict):
        what = "This is neither a CloudEvent nor a batch of them."
        raise BadInputError(what, remedy="Send structured CloudEvents in JSON.")
    if "context" in document and "subject" in document:
        return [_bound(document)]
    if document.get("specversion") == _JENKINS_VERSION:
        return [_of_jenkins(document)]
    data = document.get("data")
    if isinstance(data, dict) and isinstance(data.get("context"), dict):
        return [_with_known_type(document)]
    return [document]


def _bound(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a bare CDEvent with the CloudEvent around it (CDEvents 0.5.1, CloudEvents binding)."""
    context, subject = event["context"], event["subject"]
    if not isinstance(context, dict) or not isinstance(subject, dict):
        what = "The CDEvent's context and subject are not objects."
        raise BadInputError(what, where="context", remedy="See the CDEvents specification.")
    whole = {
        "specversion": "1.0",
        "id": context.get("id"),
        "source": context.get("source"),
        "type": context.get("type"),
        "time": context.get("timestamp"),
        "subject": subject.get("id"),
        "data": event,
    }
    return _with_known_type(whole)


def _with_known_type(event: Mapping[str, Any]) -> Mapping[str, Any]:
    known = _DRAFTS.get(str(event.get("type")))
    if known is None:
        return event
    data = event["data"]
    return {**event, "type": known, "data": {**data, "context": {**data["context"], "type": known}}}


def _of_jenkins(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event of Jenkins' plugin as a CDEvent of today."""
    named = [str(event.get(name, "")) for name in ("source", "type", "id", "time")]
    known = _JENKINS.get(named[1].rsplit(".", 3)[0], named[1])
    data = event.get("data")
    build = data.get("build") if isinstance(data, dict) else None
    build = build if isinstance(build, dict) else {}
    state = build.get("scmState")
    state = state if isinstance(state, dict) else {}
    url = str(build.get("fullUrl") or event.get("url") or "")
    content: dict[str, Any] = {"pipelineName": str(event.get("pipelinename") or ""), "uri": url}
    if event.get("outcome") in _OUTCOMES:
        content["outcome"] = event["outcome"]
    details = Details(
        commit=str(state.get("commit") or ""),
        repository=str(state.get("url") or ""),
        ref=str(state.get("branch") or ""),
        run=url,
        url=url,
        by="intake/cdevents 1",
    )
    number = str(uuid.uuid5(_NAMESPACE, "\n".join(named)))
    context = {"specversion": "0.5.1", "id": number, "source": named[0], "type": known, "timestamp": named[3]}
    subject = {"id": url or named[2], "content": {key: value for key, value in content.items() if value}}
    return {
        "specversion": "1.0",
        "id": number,
        "source": named[0],
        "type": known,
        "time": named[3],
        "subject": subject["id"],
        "data": {"context": context, "subject": subject, "customData": as_custom_data(details)},
    }
