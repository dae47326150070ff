"""A tiny deployer: what a target of the kind `command` calls. Python 3 is all that it needs.

Strandline tells it everything by variables; it answers by its exit code, and `inspect` by one JSON object.
Traffic goes through `router.py`, which reads `state/traffic.json`; this file is all that a move is.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATE = HERE / "state"
TRAFFIC = STATE / "traffic.json"
PORT = int(os.environ.get("GREETER_PORT", "8090"))
URL = f"http://127.0.0.1:{PORT}"


def read() -> dict:
    """Return where traffic goes; to nobody before the first release."""
    if not TRAFFIC.exists():
        return {"ready": {}, "canary": "", "control": "", "percent": 0.0}
    return json.loads(TRAFFIC.read_text())


def write(traffic: dict) -> None:
    """Replace the file in one step: the router must never read half of it."""
    aside = TRAFFIC.with_name(f"traffic.{os.getpid()}.new")
    aside.write_text(json.dumps(traffic, indent=2))
    aside.replace(TRAFFIC)


def ask_router(path: str) -> dict:
    """Return what the router answers; `OSError` if it does not."""
    with urllib.request.urlopen(URL + path, timeout=5) as answer:  # noqa: S310 - our own router, by http
        return json.load(answer)


def start_router() -> None:
    """Start the router unless it runs; it lives on when this command has ended."""
    try:
        ask_router("/_counts")
    except OSError:
        log = (STATE / "router.log").open("ab")
        command = [sys.executable, str(HERE / "router.py"), str(PORT), str(TRAFFIC)]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - our own router
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            ask_router("/_counts")
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the router does not answer")


def prepare(digest: str, previous: str) -> None:
    """Make the release ready; from now on it is the canary, and the one before the control."""
    folder = Path(os.environ["STRANDLINE_RELEASE"])
    if not (folder / "page.txt").is_file():
        sys.exit(f"release {os.environ['STRANDLINE_VERSION']} has no page.txt")
    STATE.mkdir(exist_ok=True)
    traffic = read()
    traffic["ready"][digest] = str(folder)
    if traffic["canary"] != digest:
        traffic.update(canary=digest, control=previous, percent=0.0)
    write(traffic)
    start_router()


def shift(digest: str, percent: float) -> None:
    """Give the canary its share."""
    traffic = read()
    if traffic["canary"] != digest:
        sys.exit(f"{digest[:12]} is not what was prepared last")
    write({**traffic, "percent": percent})


def restore() -> None:
    """Give all traffic to the control."""
    write({**read(), "percent": 0.0})


def inspect(digest: str, previous: str) -> None:
    """Say what share `STRANDLINE_DIGEST` has, and what was counted."""
    traffic = read()
    shares = {traffic["control"]: 100 - traffic["percent"], traffic["canary"]: traffic["percent"]}
    counted = ask_router("/_counts")
    nothing = {"requests": 0, "errors": 0}
    answer = {"share_percent": shares.get(digest, 0), "epoch": counted["epoch"]}
    answer["canary"] = counted["releases"].get(digest, nothing)
    if previous:
        answer["control"] = counted["releases"].get(previous, nothing)
    print(json.dumps(answer))


def retire(digest: str) -> None:
    """Forget the release; with the last one the router goes, too."""
    traffic = read()
    traffic["ready"].pop(digest, None)
    write(traffic)
    if not traffic["ready"]:
        try:
            ask_router("/_stop")
        except OSError:
            print("the router had ended before", file=sys.stderr)
        TRAFFIC.unlink()


def main() -> None:
    """Do the step that is named on the command line."""
    digest = os.environ["STRANDLINE_DIGEST"]
    previous = os.environ["STRANDLINE_PREVIOUS_DIGEST"]
    match sys.argv[1]:
        case "prepare":
            prepare(digest, previous)
        case "shift":
            shift(digest, float(os.environ["STRANDLINE_SHARE_PERCENT"]))
        case "restore":
            restore()
        case "inspect":
            inspect(digest, previous)
        case "retire":
            retire(digest)
        case other:
            sys.exit(f"unknown step {other}")


if __name__ == "__main__":
    main()
