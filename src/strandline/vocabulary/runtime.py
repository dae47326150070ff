"""What changed at run time, as the audit log of the cloud or the cluster tells: the unit cannot choose it."""

from enum import Enum
from typing import ClassVar

from strandline.vocabulary.event import Fact


class Principal(Enum):
    """By whose credentials it was done."""

    PERSON = "person"
    PIPELINE = "pipeline"
    PROGRAM = "program"


class RuntimeChanged(Fact, frozen=True, kw_only=True):
    """What runs was changed; subject: the service. The deployment that it matches is in the details."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-runtime.changed.0.1.0"
    principal: Principal
    name: str = ""
    """Whose credentials."""
    artifact: str = ""
    """What runs now."""
    human_steps: int = 0
    """Steps that people took in it, approvals aside."""
    is_authorised: bool | None = None
    """Whether a change allows it; `None` where that was not looked up."""
