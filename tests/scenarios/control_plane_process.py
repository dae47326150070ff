"""A control plane as a process of its own, to be killed: it deploys one release, and ends with it.

Run again on the same home it takes up what its killed predecessor left. It writes the deployment's view.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strandline.bootstrap import assemble, claim_home
from strandline.engine.ports import Engine, WorkflowStatus
from strandline.rollout.order import DeploymentOrder
from strandline.settings import Settings
from strandline.testing.killing_engine import KillingEngine


@dataclass(frozen=True)
class Errand:
    """What a control plane is to do, and where it is to die."""

    home: Path
    service_file: Path
    release: Path
    deployment: str
    """The id that the deployment gets, or has."""
    result: Path
    """Where the deployment's view is written at the end."""
    complaints: Path
    """Where standard error goes."""
    kill_at: str = ""


def run(errand: Errand) -> None:
    """Live until the deployment has ended, or until killed."""
    complaints = os.open(errand.complaints, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(complaints, 2)

    def decorate(engine: Engine) -> Engine:
        return KillingEngine(engine, at=errand.kill_at)

    settings = Settings(home=errand.home)
    claim = claim_home(settings)
    app = assemble(settings, decorate_engine=decorate)
    app.start()
    plane = app.control_plane
    if errand.deployment not in {view.id for view in plane.deployments()}:
        text = errand.service_file.read_text()
        plane.catalogue(text, file=str(errand.service_file), actor="tests")
        order = DeploymentOrder(service="greeter", environment="production", release=str(errand.release))
        plane.deploy(order, actor="tests")
    # Until the workflow has ended, not only the story: it frees its turn last.
    while app.engine.status(errand.deployment) is WorkflowStatus.RUNNING:
        time.sleep(0.02)
    failure = app.engine.failure(errand.deployment)
    if failure:
        raise RuntimeError(failure)
    errand.result.write_bytes(msgspec.json.encode(plane.deployment(errand.deployment)))
    app.close()
    claim.release()
