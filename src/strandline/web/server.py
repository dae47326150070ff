"""The server of the site: uvicorn, taught to end live streams before it waits for open answers.

A live stream has no end of its own. Plain uvicorn waits for it until its time limit for a graceful
shutdown has passed, or for ever where there is none.
"""

import socket

import uvicorn
from fastapi import FastAPI

GRACE_SECONDS = 5
"""How long ordinary answers may still take after it was told to stop."""


class SiteServer(uvicorn.Server):
    """Serves a site that was made by `make_site`."""

    def __init__(self, site: FastAPI, *, host: str, port: int) -> None:
        """Prepare to listen; `host` and `port` as in the settings."""
        super().__init__(
            uvicorn.Config(
                site,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._site = site

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what has no end of its own, then everything else."""
        self._site.state.streams.close()
        await super().shutdown(sockets)
