"""What the rest of the delivery world understands: the CDEvents 0.5.1 types that Strandline states itself.

Source: https://cdevents.dev, continuous deployment events, and the content that their schemas demand.
"""

from typing import ClassVar

import msgspec

from strandline.vocabulary.event import Fact
from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import Service


class Place(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A reference to an environment, as CDEvents writes it."""

    id: str
    source: str = ""


class ServiceDeployed(Fact, frozen=True, kw_only=True):
    """A service runs in an environment for the first time."""

    TYPE: ClassVar[str] = "dev.cdevents.service.deployed.0.3.0"
    environment: Place
    artifact_id: str


class ServiceUpgraded(Fact, frozen=True, kw_only=True):
    """A service runs a new release in an environment."""

    TYPE: ClassVar[str] = "dev.cdevents.service.upgraded.0.3.0"
    environment: Place
    artifact_id: str


class ServiceRolledBack(Fact, frozen=True, kw_only=True):
    """A service was returned to its previous release."""

    TYPE: ClassVar[str] = "dev.cdevents.service.rolledback.0.3.0"
    environment: Place
    artifact_id: str


class ServiceCatalogued(Fact, frozen=True, kw_only=True):
    """A service was made known, or its catalogue entry was changed."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-service.catalogued.0.1.0"
    entry: Service


class ReleaseRegistered(Fact, frozen=True, kw_only=True):
    """A release was stored; from now on its digest names this content and no other."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-release.registered.0.1.0"
    release: Release
    changes: tuple[Commit, ...] | None = None


class ReleaseRetired(Fact, frozen=True, kw_only=True):
    """A release without traffic was stopped."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-release.retired.0.1.0"
    digest: str
    environment: str


def artifact_id(release: Release) -> str:
    """Return the package URL of a release, which its digest makes immutable (https://github.com/package-url)."""
    return f"pkg:generic/{release.service}@{release.version}?checksum=sha256:{release.digest}"
