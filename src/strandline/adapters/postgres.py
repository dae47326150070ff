"""PostgreSQL: the ledger on a server, for more than one machine."""

from contextlib import AbstractContextManager
from datetime import timedelta

import psycopg
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL

from strandline.adapters.sql_backend import Cursor, driver_cursor
from strandline.vocabulary.errors import UnavailableError

_MIGRATION_LOCK = 0x5354_5241_4E44_4C00
"""Our own advisory lock in the database ("STRANDL"); projections have those that follow."""
_CONNECT_SECONDS = 10
_PATIENCE_MILLISECONDS = 30_000


class PostgresBackend:
    """A ledger in a database on a server.

    Args:
        url: `postgresql://user@host/database`.
    """

    driver_error: type[Exception] = psycopg.Error
    placeholder = "%s"
    head_lock = " FOR UPDATE"
    look_every = timedelta(milliseconds=100)

    def __init__(self, url: URL) -> None:
        self.shown = url.render_as_string(hide_password=True)
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            max_overflow=-1,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "application_name": "strandline",
                "options": f"-c lock_timeout={_PATIENCE_MILLISECONDS}",
            },
        )
        self._reading = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def prepare(self) -> None:
        """Do nothing: a server is ready, or it is not."""

    def writing(self) -> Engine:
        """Return the engine; who writes holds the head's row."""
        return self.engine

    def appending(self) -> AbstractContextManager[Cursor]:
        """Return a transaction; the query of the head takes the lock."""
        return driver_cursor(self.engine)

    def reading(self) -> Engine:
        """Return the engine whose transactions keep the moment they began at."""
        return self._reading

    def hold_for_migration(self, connection: Connection) -> None:
        """Take the lock that lasts until the transaction ends."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})

    def hold_projection(self, connection: Connection, projection: str) -> None:
        """Let nobody else save this projection until the transaction ends."""
        query = text("SELECT pg_advisory_xact_lock(:key, hashtext(:name))")
        connection.execute(query, {"key": _MIGRATION_LOCK >> 32, "name": projection})

    def explain(self, error: Exception) -> UnavailableError:
        """Say in one sentence what is wrong with the database, and what to do."""
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None) or ""
        what, remedy = _SENTENCES.get(
            state,
            (
                f"The ledger's database does not answer as it should: {_first_line(cause)}.",
                "Check that the server runs, and that user, password and database are right.",
            ),
        )
        return UnavailableError(what, where=self.shown, remedy=remedy)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


_SENTENCES = {
    "53100": ("The disk of the database server is full: nothing was recorded.", "Free some space there."),
    "55P03": (
        "Another process has been writing into the ledger for too long: nothing was recorded.",
        "See in pg_stat_activity who holds the row in ledger_head, then try again.",
    ),
    "25006": (
        "The database only reads: nothing was recorded.",
        "Connect to the primary server, not to a standby.",
    ),
    "42501": (
        "The database user may not do this.",
        "Grant it to create and use tables, functions and triggers in the database.",
    ),
}
