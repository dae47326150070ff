"""Random audits: which deployments are looked into, by lots that the ledger gives and nobody chooses.

A deployment's lot comes of the hash of the record that told its end (`told.py`): it is not known before it
is written, it rests on everything written before, and whoever has the ledger comes to the same draw. A draw
by names would not do: who names a deployment could go on until its name is not drawn.
"""

from collections.abc import Iterable
from hashlib import sha256

from strandline.kpi.deployments import Deployment
from strandline.maturity.case import Case, Item
from strandline.vocabulary.delivery import ServiceDeployed, ServiceUpgraded
from strandline.vocabulary.deployment import DeploymentFinished

_ENDS = (ServiceDeployed, ServiceUpgraded, DeploymentFinished)
_LOTS = 2**32


def lot(case: Case, each: Deployment) -> int:
    """Return the number, from 0 on and below 2³², that a deployment is drawn by."""

    def by_event() -> dict[str, int]:
        return {told.id: told.lot for kind in _ENDS for told in case.practice.all(kind)}

    lots = case.remembered("lots", by_event)
    found = next((lots[event] for event in each.events if event in lots), None)
    # No event of its own told its end, as with one whose pipeline alone is known: then its name has to do.
    return int(sha256(each.key.encode()).hexdigest()[:8], 16) if found is None else found


def is_drawn(case: Case, each: Deployment, share: float) -> bool:
    """Return whether a deployment is among the share (0 to 1) of all that is drawn."""
    return lot(case, each) < share * _LOTS


def lowest(case: Case, items: Iterable[Item], count: int) -> list[Item]:
    """Return so many deployments, those of the lowest lots, by when they began."""
    drawn = sorted(items, key=lambda item: (lot(case, item.what), item.name))[:count]
    return sorted(drawn, key=lambda item: (item.at, item.name))
