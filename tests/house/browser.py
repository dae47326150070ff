"""Find a browser for the browser tests, or bring one: run by `make browser`.

A browser of the distribution is taken if there is one. Where there is none, the distribution's package is
installed if we may, else Playwright's own build.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed_browser() -> str:
    """Return the path of a browser that is here, or an empty string."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def from_distribution() -> bool:
    """Install the distribution's own; return whether there is a browser now."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "-y", "--no-install-recommends", "chromium")):
        subprocess.run(["apt-get", "-qq", *words], check=False, stdout=subprocess.DEVNULL, env=environment)
    return bool(installed_browser())


def bring() -> int:
    if installed_browser():
        return 0
    print("There is no browser for the browser tests yet; one is installed.", file=sys.stderr)
    if os.geteuid() == 0 and shutil.which("apt-get") and from_distribution():
        return 0
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if done.returncode:
        print(
            "No browser could be installed; the browser tests will be skipped, and say so.", file=sys.stderr
        )
    return 0


if __name__ == "__main__":
    sys.exit(bring())
