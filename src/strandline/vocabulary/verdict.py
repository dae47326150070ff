"""Verdicts: the judgement of a gate or an analysis."""

from enum import Enum


class GateAnswer(Enum):
    """What a gate says. Only `PASS` and `NOT_APPLICABLE` let a rollout go on."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"


class AnalysisAnswer(Enum):
    """What an analysis says of a canary. Only `NO_HARM_SHOWN` is a pass."""

    HARM_SHOWN = "harm-shown"
    """The canary is worse than its control (or than the ceiling), beyond what chance explains."""
    NO_HARM_SHOWN = "no-harm-shown"
    """The canary is not worse than its control by more than the margin, beyond what chance explains."""
    NOT_ENOUGH_EVIDENCE = "not-enough-evidence"
    """Neither is shown yet; the verdict names why."""


class EvidenceGap(Enum):
    """Why there is not enough evidence. None of these is a pass."""

    NONE = "none"
    """There is no gap: the question is decided."""
    TOO_LITTLE = "too-little"
    """Both arms serve and are measured; more requests are needed."""
    NO_DATA = "no-data"
    """No measurement could be made at all."""
    NO_TRAFFIC = "no-traffic"
    """Measurements were made; neither arm had a request."""
    CANARY_SILENT = "canary-silent"
    """The control has requests, the canary has none."""
    CONTROL_SILENT = "control-silent"
    """The canary has requests, the control, which should have some, has none."""
    SPLIT_WRONG = "split-wrong"
    """The requests are not split as was ordered (sample-ratio mismatch): other counts then mean little."""
    INSTANCE_FAULT = "instance-fault"
    """One instance of the canary is bad and its siblings are not: a bad host rather than a bad release."""
    ARM_RESTARTED = "arm-restarted"
    """Counters of an arm began anew, or it was being started: this look cannot be judged."""
    SOURCE_DOWN = "source-down"
    """The source of a metric did not answer."""
    SOURCE_PARTIAL = "source-partial"
    """The source of a metric said something of one arm only, or of a part."""
    COLD_START = "cold-start"
    """The arm has only just begun to serve; its first requests are not judged."""
    TOO_SLOW = "too-slow"
    """At this traffic the question cannot be decided before the deadline."""
