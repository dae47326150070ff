"""What a figure is over: which services, which environment, which time."""

from datetime import datetime, timedelta

import msgspec

from strandline.kpi.deployments import Deployment

PRODUCTION = ("production", "prod", "prd", "live")
"""What environments that serve users are called, where nobody says which one does."""


class Scope(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a figure is over."""

    start: datetime
    end: datetime
    """Not included. What is open at this moment is open."""
    service: str = ""
    """One service; empty for all of them."""
    team: str = ""
    """One team or business unit: all services that it answers for by the newest word of the catalogue."""
    services: tuple[str, ...] | None = None
    """The services of the team, once they are looked up; `None` where no team is asked for."""
    environment: str = ""
    """One environment; empty for production, by the source's word for it or by its usual names."""
    paths: dict[str, tuple[str, ...]] = {}
    """For repositories of several services: the folders of each."""
    cause_within: timedelta = timedelta(hours=24)
    """How soon after a deployment an incident of its service may be taken for its consequence."""

    @property
    def days(self) -> float:
        """How many days it is long."""
        return (self.end - self.start) / timedelta(days=1)

    def has_service(self, service: str) -> bool:
        """Return whether a service belongs to it."""
        return self.service in {"", service} and (self.services is None or service in self.services)

    def has_place(self, service: str, environment: str, tier: str = "") -> bool:
        """Return whether a service and environment belong to it."""
        if not self.has_service(service):
            return False
        if self.environment:
            return environment == self.environment
        return tier == "production" or environment.lower() in PRODUCTION

    def has_deployment(self, each: Deployment) -> bool:
        """Return whether a deployment belongs to it, whenever it was."""
        return self.has_place(each.service, each.environment, each.environment_tier)

    def has_time(self, at: datetime) -> bool:
        """Return whether a moment lies in it."""
        return self.start <= at < self.end
