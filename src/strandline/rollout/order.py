"""An order: what somebody asks to be deployed, before it is planned."""

import msgspec


class DeploymentOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which release should go where."""

    service: str
    environment: str
    release: str
    """A release folder's absolute path; or the version or the first digits of the digest of a known one."""
    is_emergency: bool = False
    """Passes a change freeze; needs a reason."""
    reason: str = ""
    requests_per_hour: int | None = None
    """For a plan's power: the traffic that is to be expected, as stated; `None`: as it was measured."""
    base_errors_bp: int | None = None
    """For a plan's power: the usual share of failed requests, as stated; `None`: as it was measured."""
    power_bp: int | None = None
    """For a plan's power: the wanted chance of seeing a change or passing a good release; `None`: 90 %."""
