"""The database in which the DBOS engine remembers: opened, made ready, and claimed for one process.

Two processes under one executor id would each take up what the other is running. So a launched engine holds
a claim that the operating system, or the database server, lets go of when the process dies.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from strandline.vocabulary.errors import BadInputError, RefusedError, UnavailableError

_CLAIM_KEY = 0x5354_5241_4E44  # "STRAND": our advisory lock on a PostgreSQL database
_CLAIM_PATIENCE_SECONDS = 5.0
_CONNECT_SECONDS = 5


class DbosStore:
    """Where the engine remembers.

    Args:
        database_url: `sqlite:////path/engine.db` or `postgresql://…`.

    Raises:
        BadInputError: the URL is neither.
    """

    schema = "strandline_engine"
    """The schema of our tables in PostgreSQL; SQLite has none, and the engine a file of its own."""

    def __init__(self, database_url: str) -> None:
        try:
            url = make_url(database_url)
        except ArgumentError as unreadable:
            raise _unusable(database_url) from unreadable
        backend = url.get_backend_name()
        if backend not in {"sqlite", "postgresql"} or not url.database:
            raise _unusable(url.render_as_string(hide_password=True))
        driver = "sqlite" if backend == "sqlite" else "postgresql+psycopg"
        self._url: URL = url.set(drivername=driver)
        self._file = Path(url.database).absolute() if backend == "sqlite" else None
        self._claim_file: int | None = None
        self._claim_connection: Connection | None = None

    @property
    def shown(self) -> str:
        """The place, as it may be shown: without the password."""
        return str(self._file) if self._file else self._url.render_as_string(hide_password=True)

    @property
    def url_for_dbos(self) -> str:
        """The URL in the form that DBOS reads."""
        return self._url.render_as_string(hide_password=False)

    def open(self) -> None:
        """Reach the database, make it ready, and claim it.

        Raises:
            UnavailableError: it cannot be reached.
            RefusedError: another process has claimed it, and is alive.
        """
        try:
            if self._file:
                self._claim_by_file(self._file)
                self._write_ahead()
            else:
                self._claim_by_connection()
        except (OSError, SQLAlchemyError) as unreachable:
            self.close()
            said = str(getattr(unreachable, "orig", None) or unreachable).strip()
            msg = f"The engine's store cannot be reached: {said}"
            raise UnavailableError(msg, where=self.shown, remedy=self._remedy()) from unreachable
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the claim."""
        if self._claim_file is not None:
            os.close(self._claim_file)
            self._claim_file = None
        if self._claim_connection is not None:
            self._claim_connection.close()
            self._claim_connection = None

    def _claim_by_file(self, file: Path) -> None:
        claim = file.with_name(f"{file.name}.claim")
        self._claim_file = os.open(claim, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._claim_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._claim_file, 32, 0).decode(errors="replace").strip()
            raise self._claimed(holder) from None
        os.ftruncate(self._claim_file, 0)
        os.pwrite(self._claim_file, f"{os.getpid()}\n".encode(), 0)

    def _write_ahead(self) -> None:
        """Set the journal once: the file remembers it. DBOS leaves SQLite's default, at half the speed."""
        engine = self._engine()
        with engine.connect() as connection:
            connection.execute(text("PRAGMA busy_timeout = 30000"))
            connection.execute(text("PRAGMA journal_mode = WAL"))

    def _claim_by_connection(self) -> None:
        connection = self._engine(isolation_level="AUTOCOMMIT").connect()
        self._claim_connection = connection
        # A server takes a moment to notice that a process was killed.
        give_up_at = time.monotonic() + _CLAIM_PATIENCE_SECONDS
        while not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _CLAIM_KEY}).scalar():
            if time.monotonic() > give_up_at:
                raise self._claimed()
            time.sleep(0.05)

    def _engine(self, **options: Any) -> Engine:  # noqa: ANN401 - handed on to SQLAlchemy
        timeout = {"timeout": 30} if self._file else {"connect_timeout": _CONNECT_SECONDS}
        return create_engine(self._url, poolclass=NullPool, connect_args=timeout, **options)

    def _claimed(self, process_id: str = "") -> RefusedError:
        msg = (
            f"The engine's store is in use by {f'process {process_id}' if process_id else 'another process'}."
        )
        return RefusedError(msg, where=self.shown, remedy="Let that one do the work, or stop it first.")

    def _remedy(self) -> str:
        if self._file:
            return f"Check that {self._file.parent} exists, can be written to and is not full."
        return "Check that the server runs, and that user, password and database are right."


def _unusable(shown: str) -> BadInputError:
    msg = f"{shown!r} is no database that the engine can use."
    return BadInputError(msg, remedy="Give sqlite:////absolute/path/engine.db or postgresql://host/database.")
