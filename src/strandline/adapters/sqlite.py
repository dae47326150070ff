"""SQLite: the ledger in one file, for one machine.

In WAL mode readers never wait for the writer; `synchronous=FULL` keeps what was acknowledged through a power
cut. A writer takes the lock when its transaction begins (`BEGIN IMMEDIATE`), so it never finds halfway that
it must wait for another.
"""

import sqlite3
import time
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from strandline.adapters.sql_backend import Cursor, driver_cursor
from strandline.vocabulary.errors import UnavailableError

PATIENCE_SECONDS = 30.0
"""How long to wait for another process that is writing; `?timeout=` in the URL says otherwise."""
_PRIMARY = 0xFF
"""The extended result codes of SQLite have the primary one in their lowest byte."""
_WRITES = "strandline_writes"


class SqliteBackend:
    """A ledger file.

    Args:
        url: `sqlite:////absolute/path/ledger.db`.
    """

    driver_error: type[Exception] = sqlite3.Error
    placeholder = "?"
    head_lock = ""
    look_every = timedelta(milliseconds=50)

    def __init__(self, url: URL) -> None:
        self.shown = str(url.database)
        query = {name: value for name, value in url.query.items() if name != "timeout"}
        self._patience = float(str(url.query.get("timeout", PATIENCE_SECONDS)))
        self.engine = create_engine(
            url.set(drivername="sqlite+pysqlite", query=query),
            poolclass=QueuePool,
            max_overflow=-1,
            connect_args={
                "timeout": self._patience,
                "check_same_thread": False,
                # Transactions begin where we say, not where the driver guesses.
                "isolation_level": None,
            },
        )
        event.listen(self.engine, "connect", _set_up)
        event.listen(self.engine, "begin", _begin)
        self._writing = self.engine.execution_options(**{_WRITES: True})

    def prepare(self) -> None:
        """Switch to the write-ahead log, once: the file remembers it."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                with self.engine.connect() as connection:
                    connection.connection.execute("PRAGMA journal_mode = WAL")
                break
            except SQLAlchemyError as error:
                raise self.explain(error) from error
            except sqlite3.Error as error:
                # The switch does not wait by itself for another process that is making it too.
                if (
                    _code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                    or time.monotonic() > deadline
                ):
                    raise self._explained(error) from error
                time.sleep(0.01)

    def writing(self) -> Engine:
        """Return the engine whose transactions begin with the lock."""
        return self._writing

    def appending(self) -> AbstractContextManager[Cursor]:
        """Return a transaction that begins with the lock."""
        return driver_cursor(self.engine, begin="BEGIN IMMEDIATE")

    def reading(self) -> Engine:
        """Return the engine; any transaction of SQLite sees one moment."""
        return self.engine

    def hold_for_migration(self, connection: Connection) -> None:
        """Do nothing: a writing transaction holds the file already."""

    def hold_projection(self, connection: Connection, projection: str) -> None:
        """Do nothing: a writing transaction holds the file already."""

    def explain(self, error: Exception) -> UnavailableError:
        """Say in one sentence what is wrong with the file, and what to do."""
        return self._explained(getattr(error, "orig", None) or error)

    def _explained(self, error: BaseException) -> UnavailableError:
        what, remedy = _SENTENCES.get(
            _code(error), (f"The ledger's database does not work: {error}.", "Check the file and its folder.")
        )
        return UnavailableError(what, where=self.shown, remedy=remedy)


def _set_up(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's connection
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA trusted_schema = OFF")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _code(error: BaseException) -> int:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY


_SENTENCES = {
    sqlite3.SQLITE_FULL: (
        "The disk is full, or its quota is used up: nothing was recorded.",
        "Free some space, then try again.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk does not take or give what it should: nothing was recorded.",
        "See whether it is full or broken, then try again.",
    ),
    sqlite3.SQLITE_BUSY: (
        "Another process has been writing into the ledger for too long: nothing was recorded.",
        "See which process holds the file, then try again.",
    ),
    sqlite3.SQLITE_LOCKED: (
        "Another process has been writing into the ledger for too long: nothing was recorded.",
        "See which process holds the file, then try again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The ledger's file cannot be opened.",
        "Check that its folder exists and that you may write there.",
    ),
    sqlite3.SQLITE_READONLY: (
        "The ledger's file may not be written.",
        "Check who owns the file and its folder.",
    ),
    sqlite3.SQLITE_PERM: ("The ledger's file may not be used.", "Check who owns the file and its folder."),
    sqlite3.SQLITE_NOTADB: (
        "The file is no SQLite database.",
        "Choose another place with --database, or put the right file back.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "The ledger's file is damaged.",
        "Put a copy of it back; `strandline ledger verify` shows whether the copy is whole.",
    ),
}
