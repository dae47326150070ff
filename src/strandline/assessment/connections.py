"""What to connect so that what is unknown comes to be known: for each kind of source, how to begin."""

from collections.abc import Iterable, Mapping

import msgspec

from strandline.assessment.report import CriterionReport

HOW: Mapping[str, str] = {
    "deployments": "`strandline deploy`, or a feed of the tool that deploys: `strandline feed add github …`",
    "commits": "`strandline ledger import --git PATH`",
    "incidents": "a feed of alerts or on-call: `strandline feed add pagerduty …`, or alertmanager, opsgenie",
    "approvals": "a feed of changes: `strandline feed add jira …`, or servicenow, github",
    "feedback": "the widget for feedback, or a table: `strandline ledger import --kind csv_rows …`",
    "training": "a feed of the learning system: `strandline feed add xapi …`",
    "catalogue": "a catalogue of services: events `service.profiled`",
    "directory": "a directory of people: events `person.listed`",
    "runtime": "the audit log of cloud or cluster: events `runtime.changed`",
    "documents": "`strandline assess PATH --record`",
    "document-checks": "`strandline assess PATH --record`",
    "document-reviews": "reviews of documents: events `document.reviewed`",
    "practice-changes": "`strandline assess PATH --record`",
    "attestations": "`strandline attest make …`",
    "surveys": "`strandline survey open …`",
    "rollouts": "`strandline deploy`",
    "gates": "`strandline deploy`, or the checks of a pipeline as events `gate.evaluated`",
    "notices": "what is sent to people: events `notice.sent`",
    "schedule": "a calendar of deployments: events `deployment.scheduled`",
    "reviews": "reviews of incidents and of the process: events `review.held`",
    "actions": "what follows from reviews: events `action.opened` and `action.closed`",
    "support": "the service desk: `strandline feed add jira …`, events `support.contacted`",
}


class Connection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A kind of source that is not connected, and what it would let be judged."""

    carries: str
    how: str
    criteria: tuple[str, ...]
    """Ids of the criteria that wait for it, the lowest level first."""


def connections(criteria: Iterable[CriterionReport]) -> tuple[Connection, ...]:
    """Return the sources that are missing: those first for which the lowest levels wait, then the most."""
    waiting: dict[str, list[CriterionReport]] = {}
    for each in criteria:
        for carries in sorted({name for part in each.parts for name in part.without}):
            waiting.setdefault(carries, []).append(each)
    ordered = sorted(waiting.items(), key=lambda entry: (-_weight(entry[1]), entry[0]))
    return tuple(
        Connection(
            carries=carries,
            how=HOW.get(carries, f"events that carry {carries}: `strandline ledger import`"),
            criteria=tuple(each.id for each in sorted(found, key=lambda each: (each.level, each.id))),
        )
        for carries, found in ordered
    )


def _weight(found: Iterable[CriterionReport]) -> float:
    """What a low level waits for comes before what a high one waits for."""
    return sum(2.0**-each.level for each in found)
