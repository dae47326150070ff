"""A control plane as a process of its own, to be killed: it deploys one release, and ends when that has ended.

Run again on the same home it takes up what its killed predecessor left. It prints the deployment's view.
"""

import argparse
import sys
import time
from pathlib import Path

import msgspec

from strandline.bootstrap import assemble, claim_home
from strandline.engine.ports import Engine, WorkflowStatus
from strandline.rollout.order import DeploymentOrder
from strandline.settings import Settings
from strandline.testing.killing_engine import KillingEngine


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--service-file", type=Path, required=True)
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--deployment", required=True, help="the id that the deployment gets or has")
    parser.add_argument("--kill-at", default="")
    parser.add_argument("--points-log", type=Path)
    arguments = parser.parse_args()

    def decorate(engine: Engine) -> Engine:
        return KillingEngine(engine, at=arguments.kill_at, points_log=arguments.points_log)

    settings = Settings(home=arguments.home)
    claim_home(settings)
    app = assemble(settings, decorate_engine=decorate)
    app.start()
    plane = app.control_plane
    known = {view.id for view in plane.deployments()}
    if arguments.deployment not in known:
        text = arguments.service_file.read_text()
        plane.catalogue(text, file=str(arguments.service_file), actor="tests")
        order = DeploymentOrder(
            service="greeter", environment="production", release=str(arguments.release)
        )
        plane.deploy(order, actor="tests")
    # Until the workflow has ended, not only the story: it frees its turn last.
    while app.engine.status(arguments.deployment) is WorkflowStatus.RUNNING:
        time.sleep(0.02)
    failure = app.engine.failure(arguments.deployment)
    if failure:
        print(failure, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(msgspec.json.encode(plane.deployment(arguments.deployment)))
    app.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
