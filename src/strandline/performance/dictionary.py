"""The dictionary of figures: what each is, of what it is made, and where its definition comes from."""

from collections.abc import Mapping

import msgspec


class Definition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One figure's entry."""

    what: str
    """What it is, in one sentence."""
    formula: str
    """How it is computed."""
    source: str
    """Whose definition it is."""
    needs: tuple[str, ...]
    """Which kinds of feeds it relies on."""


_DORA = "DORA, dora.dev/guides/dora-metrics (2026)"
_OURS = "Strandline"

DICTIONARY: Mapping[str, Definition] = {
    "deployment-frequency": Definition(
        what="How often changed content reaches all users.",
        formula="Successful production deployments of changed content / days. A rollback, the same content "
        "again and further targets of one run do not count.",
        source=_DORA,
        needs=("deployments",),
    ),
    "change-lead-time": Definition(
        what="How long a change takes from its first writing until users have it.",
        formula="Median over commits: end of the first production deployment that brought it, less "
        "the earlier of Git's two times. Left out: what the first known deployment brought, and bots.",
        source=_DORA,
        needs=("deployments", "commits"),
    ),
    "change-fail-rate": Definition(
        what="Which share of deployments needs immediate intervention.",
        formula="Deployments that were rolled back, aborted before users, taken back, repaired by a revert, "
        "or to which an incident is linked / deployments that users met.",
        source=_DORA,
        needs=("deployments", "incidents"),
    ),
    "failed-deployment-recovery-time": Definition(
        what="How long users feel a failed deployment.",
        formula="Median (Kaplan-Meier, as what is still open counts) over failed deployments: restored, less "
        "the beginning of the incident, or of the exposure where there was none.",
        source=_DORA,
        needs=("deployments", "incidents"),
    ),
    "deployment-rework-rate": Definition(
        what="Which share of deployments repairs something and was not planned.",
        formula="Deployments that said so when they began, and rollbacks / deployments that say whether they "
        "were planned, and rollbacks.",
        source=_DORA,
        needs=("deployments",),
    ),
    "deployment-success-rate": Definition(
        what="Which share of attempts brings its change to all users.",
        formula="Succeeded / ended production attempts of changed content, whether users met them or not.",
        source=_OURS,
        needs=("deployments",),
    ),
    "rollback-rate": Definition(
        what="Which share of deployments is taken back.",
        formula="Deployments that were rolled back, aborted or taken back later / those that users met.",
        source=_OURS,
        needs=("deployments",),
    ),
    "failure-exposure": Definition(
        what="Which share of users meets a failed deployment.",
        formula="Median over failed deployments: the largest share of traffic that they had.",
        source=_OURS,
        needs=("deployments",),
    ),
    "availability": Definition(
        what="For which share of the time a service is whole.",
        formula="1 - time with an open incident / time, as a mean over services; overlapping incidents once.",
        source="Google SRE workbook, time-based availability",
        needs=("incidents",),
    ),
    "deployment-duration": Definition(
        what="How long a deployment takes.",
        formula="Median over production deployments: its end, less when it was asked for.",
        source=_OURS,
        needs=("deployments",),
    ),
    "approval-wait": Definition(
        what="How long a deployment waits for somebody's consent.",
        formula="Median (Kaplan-Meier) over approvals: answered, less asked.",
        source=_OURS,
        needs=("approvals",),
    ),
    "automation-share": Definition(
        what="Which share of deployments no hand carries out.",
        formula="Deployments that a program carried out / deployments whose source says who did.",
        source=_OURS,
        needs=("deployments",),
    ),
    "user-satisfaction": Definition(
        what="Which share of users is content.",
        formula="Answers of 4 and 5 / answers from 1 to 5; NPS and calls for help around releases beside it.",
        source="CSAT, ISO 10004",
        needs=("feedback",),
    ),
}
