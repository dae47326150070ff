"""Artifacts: immutable outputs of a build, identified by digest (CDEvents 0.5.1).

The event's subject id is the artifact's package URL (https://github.com/package-url).
"""

from typing import ClassVar

import msgspec

from strandline.vocabulary.event import Fact


class ChangeReference(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A reference to the pull request or commit that an artifact was built from, as CDEvents writes it."""

    id: str
    source: str = ""


class ArtifactPackaged(Fact, frozen=True, kw_only=True):
    """An artifact was built."""

    TYPE: ClassVar[str] = "dev.cdevents.artifact.packaged.0.3.0"
    change: ChangeReference


class ArtifactPublished(Fact, frozen=True, kw_only=True):
    """An artifact was made available to those who deploy."""

    TYPE: ClassVar[str] = "dev.cdevents.artifact.published.0.3.0"
    user: str = ""


class ArtifactSigned(Fact, frozen=True, kw_only=True):
    """An artifact was signed."""

    TYPE: ClassVar[str] = "dev.cdevents.artifact.signed.0.3.0"
    signature: str
