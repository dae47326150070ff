"""A control plane that rolls a release out, and dies by kill -9 at a given moment of its own doing.

The moments are what Python audits (files opened, renamed, listed, programs started, connections made): each
lies between two system calls of the target, so going through them goes through every place where it could
be killed and leave something half done.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.adapters.greeter import COMMAND, RELEASES, policy_at, target_of

from strandline.adapters.release_store import FolderReleaseStore
from strandline.vocabulary.release import Release

COUNTED = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "subprocess.Popen", "socket.connect"}


async def roll_out(home: Path, listen: str) -> None:
    """Bring 1.0.0 to serve, 1.1.0 to half of the traffic; take one instance, replace another; and back."""
    policy = policy_at(listen, instances=2, drain=1)
    store = FolderReleaseStore(home / "releases")
    target = target_of(policy, store, home / "target")
    first, second = (release_of(store, version) for version in ("1.0.0", "1.1.0"))
    await target.prepare(first, instances=None, operation="1")
    await target.promote(first, operation="2")
    await target.prepare(second, instances=None, operation="3")
    await target.shift(second, 5_000, operation="4")
    await target.prepare(second, instances=1, operation="5")
    await target.replace(second.digest, f"{second.short_digest}-3", operation="6")
    await target.restore(operation="7")
    await target.observe()


def release_of(store: FolderReleaseStore, version: str) -> Release:
    return Release(service="greeter", digest=store.keep(RELEASES / version), version=version, command=COMMAND)


def die_at(moment: int, home: Path) -> None:
    """Kill this process at the so manieth moment that concerns the target; 0: count them and print it."""
    passed = 0
    is_armed = True

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal passed
        if not is_armed or event not in COUNTED:
            return
        if event not in {"subprocess.Popen", "socket.connect"} and str(home / "target") not in str(
            arguments[0]
        ):
            return
        passed += 1
        if passed == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)
    if moment == 0:
        import atexit  # noqa: PLC0415 - only the counting run needs it

        atexit.register(lambda: print(passed))


if __name__ == "__main__":
    home_given, listen_given, moment_given = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    FolderReleaseStore(home_given / "releases")
    die_at(moment_given, home_given)
    asyncio.run(roll_out(home_given, listen_given))
