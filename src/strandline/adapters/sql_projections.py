"""Rows of projections beside the ledger, in the same database."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, insert, select

from strandline.adapters.sql_backend import SqlBackend, explained
from strandline.adapters.sql_schema import PROJECTION_CHECKPOINTS, PROJECTION_ROWS

_ASKED_AT_ONCE = 500


class SqlProjectionStore:
    """A `ProjectionStore` in an SQL database."""

    def __init__(self, backend: SqlBackend) -> None:
        self._backend = backend

    def rows(self, projection: str, keys: Iterable[str] | None = None) -> dict[str, bytes]:
        """Return the rows of a projection, by key: all, or those of these keys that there are."""
        table = PROJECTION_ROWS.c
        every = select(table.key, table.row).where(table.projection == projection)
        queries = [every]
        if keys is not None:
            wanted = list(keys)
            starts = range(0, len(wanted), _ASKED_AT_ONCE)
            queries = [every.where(table.key.in_(wanted[i : i + _ASKED_AT_ONCE])) for i in starts]
        found: dict[str, bytes] = {}
        with explained(self._backend), self._backend.engine.connect() as connection:
            for query in queries:
                found.update((key, row) for key, row in connection.execute(query))
        return found

    def row(self, projection: str, key: str) -> bytes | None:
        """Return one row, or `None`."""
        return self.rows(projection, (key,)).get(key)

    def checkpoint(self, projection: str) -> tuple[int, int]:
        """Return how far it has read (a place in the ledger; 0 if not at all) and its version then."""
        with explained(self._backend), self._backend.engine.connect() as connection:
            return _checkpoint(connection, projection)

    def save(
        self, projection: str, *, version: int, seq: int, rows: Mapping[str, bytes | None], base: int
    ) -> bool:
        """Write changed rows and the checkpoint in one transaction; not where another went on from `base`."""
        with explained(self._backend), self._backend.writing().begin() as connection:
            self._backend.hold_projection(connection, projection)
            if _checkpoint(connection, projection)[0] != base:
                return False
            of_this = PROJECTION_ROWS.c.projection == projection
            keys = list(rows)
            for start in range(0, len(keys), _ASKED_AT_ONCE):
                some = PROJECTION_ROWS.c.key.in_(keys[start : start + _ASKED_AT_ONCE])
                connection.execute(delete(PROJECTION_ROWS).where(of_this, some))
            written = [
                {"projection": projection, "key": key, "row": row}
                for key, row in rows.items()
                if row is not None
            ]
            if written:
                connection.execute(insert(PROJECTION_ROWS), written)
            _forget_checkpoint(connection, projection)
            values = {"projection": projection, "seq": seq, "version": version}
            connection.execute(insert(PROJECTION_CHECKPOINTS), values)
            return True

    def drop(self, projection: str) -> None:
        """Forget the projection's rows and checkpoint, so that it is built again from the start."""
        with explained(self._backend), self._backend.writing().begin() as connection:
            self._backend.hold_projection(connection, projection)
            connection.execute(delete(PROJECTION_ROWS).where(PROJECTION_ROWS.c.projection == projection))
            _forget_checkpoint(connection, projection)


def _checkpoint(connection: Connection, projection: str) -> tuple[int, int]:
    table = PROJECTION_CHECKPOINTS.c
    row = connection.execute(select(table.seq, table.version).where(table.projection == projection)).first()
    return (row.seq, row.version) if row is not None else (0, 0)


def _forget_checkpoint(connection: Connection, projection: str) -> None:
    of_this = PROJECTION_CHECKPOINTS.c.projection == projection
    connection.execute(delete(PROJECTION_CHECKPOINTS).where(of_this))
