"""Approvals: the recorded consent of an authorised person.

The field names are those of the CDEvents 0.6 draft (`approval.created|updated|closed` 0.1.0), so that the
later renaming of the types is mechanical.
"""

from enum import Enum
from typing import ClassVar

from strandline.vocabulary.event import Fact


class ApprovalStatus(Enum):
    """How an approval ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ApprovalCreated(Fact, frozen=True, kw_only=True):
    """Somebody was asked for consent."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-approval.created.0.1.0"
    approval_details_url: str = ""
    resource_target_url: str = ""
    """What it is about: the deployment, change request or pull request."""
    requestor: str = ""


class ApprovalClosed(Fact, frozen=True, kw_only=True):
    """It was answered, withdrawn, or nobody answered in time."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-approval.closed.0.1.0"
    status: ApprovalStatus
    approval_details_url: str = ""
    resource_target_url: str = ""
    responder: str = ""
    decision: str = ""
    comment: str = ""
