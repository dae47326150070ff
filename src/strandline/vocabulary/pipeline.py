"""Runs of pipelines and of their tasks: what builds, tests and deploys elsewhere (CDEvents 0.5.1)."""

from enum import Enum
from typing import ClassVar

import msgspec

from strandline.vocabulary.event import Fact


class RunOutcome(Enum):
    """How a run ended, in the words of CDEvents."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCEL = "cancel"
    ERROR = "error"
    """It could not be carried out, which says nothing about what it was about."""


class RunReference(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A reference to a run, as CDEvents writes it."""

    id: str
    source: str = ""


class PipelineRunQueued(Fact, frozen=True, kw_only=True):
    """A run of a pipeline waits for its turn."""

    TYPE: ClassVar[str] = "dev.cdevents.pipelinerun.queued.0.3.0"
    pipeline_name: str = ""
    uri: str = ""


class PipelineRunStarted(Fact, frozen=True, kw_only=True):
    """A run of a pipeline began."""

    TYPE: ClassVar[str] = "dev.cdevents.pipelinerun.started.0.3.0"
    pipeline_name: str
    uri: str


class PipelineRunFinished(Fact, frozen=True, kw_only=True):
    """A run of a pipeline ended."""

    TYPE: ClassVar[str] = "dev.cdevents.pipelinerun.finished.0.3.0"
    pipeline_name: str = ""
    uri: str = ""
    outcome: RunOutcome | None = None
    errors: str = ""


class TaskRunStarted(Fact, frozen=True, kw_only=True):
    """A task began; for us above all: somebody else's deployment."""

    TYPE: ClassVar[str] = "dev.cdevents.taskrun.started.0.3.0"
    task_name: str = ""
    uri: str = ""
    pipeline_run: RunReference | None = None


class TaskRunFinished(Fact, frozen=True, kw_only=True):
    """A task ended. CDEvents has no failed deployment: that is a deployment's task with another outcome."""

    TYPE: ClassVar[str] = "dev.cdevents.taskrun.finished.0.3.0"
    task_name: str = ""
    uri: str = ""
    pipeline_run: RunReference | None = None
    outcome: RunOutcome | None = None
    errors: str = ""


class DeploymentSuperseded(Fact, frozen=True, kw_only=True):
    """A deployment elsewhere is no longer what runs, as a newer one took its place."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-deployment.superseded.0.1.0"
