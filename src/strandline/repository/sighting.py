"""What can be seen in the files of a repository, and where it was seen."""

import re
from enum import Enum

import msgspec

_MOST_WORDS = 160


class Show(Enum):
    """What a place in a file shows. The value says it in words."""

    # Pipelines
    PIPELINE = "a pipeline"
    TESTS_IN_PIPELINE = "tests in a pipeline"
    SECURITY_CHECK_IN_PIPELINE = "a security check in a pipeline"
    TESTS_BEFORE_DEPLOYMENT = "tests before what is delivered"
    DEPLOYMENT_BY_PIPELINE = "a deployment by a pipeline"
    PUBLICATION_BY_PIPELINE = "a release by a pipeline"
    APPROVAL_BEFORE_DEPLOYMENT = "an approval before a deployment"
    ENVIRONMENT = "an environment with rules of its own"
    NOTICE_BY_PIPELINE = "a notice that a pipeline sends"
    SIGNING = "a signature of an artefact"
    PROVENANCE = "a statement of where an artefact comes from"
    SBOM = "a bill of materials"
    DOCUMENT_CHECK = "a check of documents in a pipeline"
    DRIFT_CHECK = "a comparison of what is declared with what runs"
    # Manifests
    MANIFEST = "a manifest of what runs"
    CHART = "a chart"
    IMAGE_BY_DIGEST = "an image by its digest"
    HEALTH_CHECK = "a check of health"
    STAGED_ROLLOUT = "a staged rollout"
    METRIC_ANALYSIS = "metrics that decide on a rollout"
    AUTOMATIC_ROLLBACK = "a rollback without a person"
    GITOPS = "an environment that follows the repository"
    FREEZE = "a time in which nothing is deployed"
    ALERT_RULE = "an alert"
    DASHBOARD = "a dashboard"
    SERVICE_LEVEL = "an objective of a service"
    SERVICE_CATALOGUE = "an entry of a catalogue of services"
    DEPENDENCY_UPDATES = "updates of dependencies by a program"
    # Documents
    DEPLOYMENT_DOCUMENT = "a document on deploying or releasing"
    ROLLBACK_DOCUMENT = "a document on going back"
    RUNBOOK = "a runbook"
    RISK_ASSESSMENT = "an assessment of risks"
    POSTMORTEM = "a review of an incident"
    INCIDENT_TEMPLATE = "a template for incidents"
    READINESS_CHECKLIST = "a checklist before production"
    TRAINING_DOCUMENT = "a document for training"
    RELEASE_SCHEDULE = "a schedule of releases"
    CHANGELOG = "a changelog"
    METRIC_DEFINITION = "a definition of figures"
    CHANGE_TEMPLATE = "a template for changes"
    STATUS_PAGE = "a status page"
    OWNERS = "owners of the code"
    REVIEW_DATE = "a date of the last review"
    BROKEN_REFERENCE = "a reference that leads nowhere"


class Sighting(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something that was seen at a place."""

    path: str
    """From the top of the repository."""
    line: int
    """From 1."""
    show: Show
    words: str
    """What stands there, cut to a line."""

    @property
    def place(self) -> str:
        """Return where, as compilers write it."""
        return f"{self.path}:{self.line}"


def seen(show: Show, path: str, line: int, words: str) -> Sighting:
    """Return a sighting, its words on one line of printable characters."""
    said = re.sub(r"\s+", " ", "".join(each if each.isprintable() else " " for each in words)).strip()
    return Sighting(
        path=path,
        line=max(line, 1),
        show=show,
        words=said if len(said) <= _MOST_WORDS else f"{said[: _MOST_WORDS - 1]}…",
    )
