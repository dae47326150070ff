"""Where Strandline keeps its state and where it listens: what a user may set, and what it is by default."""

from pathlib import Path

import msgspec

DEFAULT_HOME = Path(".strandline")
"""In the folder one works in, like `.git`: nothing is installed, nothing is left elsewhere."""
DEFAULT_PORT = 8440


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What decides where everything lies."""

    home: Path
    """The folder of all state: ledger, engine, releases, what runs, keys. Absolute."""
    database_url: str = ""
    """Where the ledger is; empty for SQLite within the home. `postgresql://…` shares it between machines."""
    host: str = "127.0.0.1"
    """Where pages and the HTTP interface listen; this machine only, until somebody decides otherwise."""
    port: int = DEFAULT_PORT
    """The port they listen on; 0 takes any free one."""

    @property
    def ledger_url(self) -> str:
        """The ledger's database."""
        return self.database_url or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def engine_url(self) -> str:
        """The engine's database: beside the ledger, or in the same PostgreSQL."""
        return self.database_url or f"sqlite:///{self.home / 'engine.db'}"

    @property
    def anchor(self) -> Path:
        """The file of signed heads, outside the database that it proves."""
        return self.home / "checkpoints.jsonl"

    @property
    def key_folder(self) -> Path:
        """Where the signing key lies."""
        return self.home / "keys"

    @property
    def release_folder(self) -> Path:
        """Where releases are kept, by digest."""
        return self.home / "releases"

    @property
    def lock(self) -> Path:
        """Held by the control plane that runs on this home; says which and where."""
        return self.home / "control-plane.json"

    def target_folder(self, service: str, environment: str) -> Path:
        """Return where a target keeps what it runs."""
        return self.home / "targets" / service / environment
