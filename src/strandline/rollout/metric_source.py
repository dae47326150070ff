"""What a rollout needs of the sources of metrics: readings of both arms, and never a surprise.

A source that is down, slow or says something odd is a fact about the reading, not an error of the rollout: it
stands in the reading's `problem`, and the guard says that it cannot judge.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from strandline.vocabulary.release import Release
from strandline.vocabulary.service import MetricGuardPolicy
from strandline.vocabulary.traffic import MetricState

PPM = 1_000_000


class MetricArms(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to read."""

    service: str
    environment: str
    canary: Release
    control: Release | None = None
    """`None` where there is nothing to compare with."""


class MetricSources(Protocol):
    """Reads the metrics of guards."""

    async def read(self, guards: Sequence[MetricGuardPolicy], arms: MetricArms) -> tuple[MetricState, ...]:
        """Return one reading for each guard, in their order.

        It raises nothing for what is the source's trouble, and takes three seconds at most.
        """
        ...


class MetricSink(Protocol):
    """Takes metrics that are pushed."""

    def take(self, body: bytes, *, is_json: bool) -> bytes:
        """Take in one OTLP export; return the answer, in the same encoding.

        Raises:
            BadInputError: the body is no export of metrics; nothing of it was taken.
        """
        ...


def filled(query: str, arms: MetricArms, release: Release) -> str:
    """Return a query with its placeholders filled for one arm.

    Values are escaped as inside a quoted string of PromQL, so that a version cannot break out of it.
    """
    arm = "canary" if release is arms.canary else "control"
    values = {
        "digest": release.digest,
        "short_digest": release.short_digest,
        "version": release.version,
        "service": arms.service,
        "environment": arms.environment,
        "arm": arm,
    }
    for name, value in values.items():
        query = query.replace(f"{{{name}}}", _escaped(value))
    return query


def _escaped(value: str) -> str:
    escapes = {"\\": r"\\", '"': r"\"", "'": r"\'", "\n": r"\n"}
    return "".join(escapes.get(letter, letter) for letter in value)
