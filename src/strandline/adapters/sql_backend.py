"""What differs between the databases that a ledger can lie in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from strandline.vocabulary.errors import UnavailableError


class SqlBackend(Protocol):
    """One kind of database, at one address."""

    engine: Engine
    shown: str
    """The address, without the password."""
    look_every: timedelta
    """How often a waiting reader looks for records of other processes."""

    def prepare(self) -> None:
        """Make the database ready to be used at all; called once."""
        ...

    def writing(self) -> Engine:
        """Return the engine whose transactions are for writing."""
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

    def explain(self, error: SQLAlchemyError) -> UnavailableError:
        """Say in one sentence what is wrong with the database, and what to do."""
        ...


@contextmanager
def explained(backend: SqlBackend) -> Iterator[None]:
    """Turn what the database raises into an `UnavailableError`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise backend.explain(error) from error
