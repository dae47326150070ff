"""What differs between the databases that a ledger can lie in."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPICursor as Cursor
from sqlalchemy.exc import SQLAlchemyError

from strandline.vocabulary.errors import UnavailableError

__all__ = ["Cursor", "SqlBackend", "driver_cursor", "explained"]


class SqlBackend(Protocol):
    """One kind of database, at one address."""

    engine: Engine
    shown: str
    """The address, without the password."""
    driver_error: type[Exception]
    """What the driver raises where it is used without SQLAlchemy."""
    placeholder: str
    """How the driver marks a parameter."""
    head_lock: str
    """What to add to a query of the head so that nobody else may append until the transaction ends."""
    look_every: timedelta
    """How often a waiting reader looks for records of other processes."""

    def prepare(self) -> None:
        """Make the database ready to be used at all; called once."""
        ...

    def writing(self) -> Engine:
        """Return the engine whose transactions are for writing."""
        ...

    def appending(self) -> AbstractContextManager[Cursor]:
        """Return a transaction on the driver's own cursor; an exception undoes it."""
        ...

    def reading(self) -> Engine:
        """Return the engine whose transactions see one moment, however long they last."""
        ...

    def hold_for_migration(self, connection: Connection) -> None:
        """Keep every other process from migrating until the transaction ends."""
        ...

    def hold_projection(self, connection: Connection, projection: str) -> None:
        """Let nobody else save this projection until the transaction ends."""
        ...

    def explain(self, error: Exception) -> UnavailableError:
        """Say in one sentence what is wrong with the database, and what to do."""
        ...


@contextmanager
def explained(backend: SqlBackend) -> Iterator[None]:
    """Turn what the database raises into an `UnavailableError`."""
    try:
        yield
    except (SQLAlchemyError, backend.driver_error) as error:
        raise backend.explain(error) from error


@contextmanager
def driver_cursor(engine: Engine, *, begin: str = "") -> Iterator[Cursor]:
    """Open a transaction on a connection of the pool, past SQLAlchemy.

    Args:
        engine: whose pool it is.
        begin: the statement that begins the transaction, for a driver that does not begin by itself.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if begin:
            cursor.execute(begin)
        yield cursor
        connection.commit()
    except BaseException as error:
        if isinstance(error, engine.dialect.loaded_dbapi.Error):
            # Whatever state the connection is in, nobody else shall have it.
            connection.invalidate()
        else:
            connection.rollback()
        raise
    finally:
        connection.close()
