"""Documents: what is written down, how fresh it is, and whether it was used."""

from enum import Enum
from typing import ClassVar

from strandline.vocabulary.event import Fact


class DocumentKind(Enum):
    """What a document is."""

    PROCEDURE = "procedure"
    """How the service is deployed."""
    PLAN = "plan"
    RISK_ASSESSMENT = "risk-assessment"
    ROLLBACK_PROCEDURE = "rollback-procedure"
    RUNBOOK = "runbook"
    REVIEW = "review"
    METRIC_DEFINITION = "metric-definition"
    OTHER = "other"


class DocumentPublished(Fact, frozen=True, kw_only=True):
    """A document was written, or written anew; subject.

    The document. Service and deployment in the details.
    """

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-document.published.0.1.0"
    kind: DocumentKind
    author: str = ""
    digest: str = ""
    """SHA-256 of its text."""
    words: int = 0
    is_checked: bool | None = None
    """Whether links, schema and snippets were checked by a pipeline before; `None` where nobody says."""
    pinned_to: str = ""
    """The artefact version that it belongs to."""
    action: str = ""
    """The action that it carries out, if it does."""


class DocumentReviewed(Fact, frozen=True, kw_only=True):
    """Somebody read whether it is still right; subject: the document."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-document.reviewed.0.1.0"
    reviewer: str


class DocumentChecked(Fact, frozen=True, kw_only=True):
    """A program looked whether everything that it names exists; subject: the document."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-document.checked.0.1.0"
    broken: tuple[str, ...] = ()
    """Jobs, scripts, environments, people and addresses that do not exist."""


class PlanCompared(Fact, frozen=True, kw_only=True):
    """How alike a plan and the one before are; subject: the plan, deployment in the details."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-plan.compared.0.1.0"
    alike_bp: int
    """How much of the text is the same, in basis points."""
    is_same_change: bool = False
    """Whether the changes that they bring are the same, too."""


class PlanRated(Fact, frozen=True, kw_only=True):
    """One of two people from outside went through the list of five; subject: the plan."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-plan.rated.0.1.0"
    rater: str
    passed: tuple[bool, ...]
    """The answer to each item of the list."""


class RunbookStepTaken(Fact, frozen=True, kw_only=True):
    """A step of a runbook was taken; subject: the runbook, deployment in the details."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-runbookstep.taken.0.1.0"
    is_automated: bool
    log: str = ""
    """Where its log is."""


class ChangeRecordPublished(Fact, frozen=True, kw_only=True):
    """The record of a deployment was published; subject: the deployment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-changerecord.published.0.1.0"
    parts: tuple[str, ...]
    """What it holds: `digest`, `difference`, `approvers`, `configuration`, `verdicts`."""
    is_generated: bool


class EvidencePackMade(Fact, frozen=True, kw_only=True):
    """Everything that proves a deployment was put together; subject: the deployment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-evidencepack.made.0.1.0"
    took_ms: int
    is_verified: bool
    """Whether every hash in it was proved."""
    is_drawn: bool = False
    """Whether the deployment was drawn by chance."""


class InventoryCompared(Fact, frozen=True, kw_only=True):
    """What is declared was compared with what runs; subject: the environment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-inventory.compared.0.1.0"
    drifts: int
    """How many things differ."""


class DriftRepaired(Fact, frozen=True, kw_only=True):
    """What had drifted is as declared again; subject: the thing."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-drift.repaired.0.1.0"
    lasted_ms: int
    """From when it was found."""
