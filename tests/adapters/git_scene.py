"""Small repositories with fixed times, made by the real `git`."""

import os
import subprocess
from pathlib import Path

FIRST = 1_767_225_600
"""2026-01-01T00:00:00Z: when the first commit of a scene is made; each one more is a minute later."""


class Scene:
    """A repository, and what is done in it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.seconds = FIRST
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(self, *arguments: str | bytes, told: bytes | None = None, authored: int | None = None) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada L",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ben C",
            "GIT_COMMITTER_EMAIL": "ben@example.org",
            "GIT_AUTHOR_DATE": f"{self.seconds if authored is None else authored} +0200",
            "GIT_COMMITTER_DATE": f"{self.seconds} +0000",
            "GIT_ALLOW_PROTOCOL": "file",
        }
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            env=environment,
            input=told,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace").strip()

    def write(self, **files: str) -> None:
        """Write files whose names are words."""
        for name, content in files.items():
            (self.folder / name).write_text(content)

    def commit(self, message: str | bytes = "Work", *options: str, **files: str) -> str:
        """Commit all that lies there, a minute later, and return the hash."""
        self.seconds += 60
        self.write(**files)
        self.git("add", "--all")
        body = message.encode() if isinstance(message, str) else message
        self.git("commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-", *options, told=body)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def raw_commit(self, text: bytes) -> str:
        """Store a commit as it is written, and let the branch be at it."""
        made = self.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", told=text)
        self.git("update-ref", "refs/heads/main", made)
        return made
