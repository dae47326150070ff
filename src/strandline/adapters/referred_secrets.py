"""Secrets by reference: what is written down says where a secret is, never what it is."""

import os
from pathlib import Path

from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.feed import Feed


class ReferredSecrets:
    """Reads a feed's secrets when they are needed: `env:NAME` or `file:PATH`, within the home if relative."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def __call__(self, feed: Feed) -> tuple[bytes, ...]:
        """Return the active secrets of a feed.

        Raises:
            UnavailableError: one of them is not where it should be. The message does not tell any.
        """
        return tuple(self.read(reference, feed.name) for reference in feed.secrets)

    def read(self, reference: str, feed: str) -> bytes:
        """Return one secret of a feed.

        Raises:
            UnavailableError: it is not where it should be. The message does not tell it.
        """
        kind, _, where = reference.partition(":")
        found = b""
        if kind == "env":
            found = os.environ.get(where, "").encode()
        elif kind == "file":
            try:
                found = (self._home / Path(where).expanduser()).read_bytes().strip()
            except OSError:
                found = b""
        if found:
            return found
        what = f"The secret {reference} of the feed “{feed}” is not there."
        remedy = "Set it where the control plane runs. Until then deliveries are turned away, to come again."
        raise UnavailableError(what, where=reference, remedy=remedy)
