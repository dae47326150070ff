"""Brings a database to the shape that this version of Strandline reads."""

from pathlib import Path

from sqlalchemy import inspect, text

from strandline.adapters.sql_backend import SqlBackend
from strandline.adapters.sql_schema import VERSION_TABLE
from strandline.vocabulary.errors import UnavailableError

NEWEST = "0001"
"""The newest step in `migrations/versions/`; stated here so that an up-to-date database needs no Alembic."""
_FOLDER = Path(__file__).with_name("migrations")


def migrate(backend: SqlBackend) -> None:
    """Move the database to the newest shape, in one transaction.

    Raises:
        UnavailableError: it has a shape that this version does not know.
    """
    if _shape(backend) == NEWEST:
        return
    # Not needed by a ledger that is in shape, and slow to import.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above
    from alembic.util import CommandError  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("version_locations", str(_FOLDER / "versions"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with backend.writing().begin() as connection:
        backend.hold_for_migration(connection)
        config.attributes["connection"] = connection
        shape = _shape(backend)
        if shape and shape not in known:
            what = f"A newer Strandline wrote this ledger: its shape is {shape}, this one knows {NEWEST}."
            remedy = "Update this Strandline, or use the newer one."
            raise UnavailableError(what, where=backend.shown, remedy=remedy)
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            what = f"The ledger cannot be brought to the present shape: {error}."
            raise UnavailableError(what, where=backend.shown, remedy="Please report this.") from error


def _shape(backend: SqlBackend) -> str:
    """Return the database's version, or an empty string if it has none yet."""
    with backend.engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return ""
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() or ""  # noqa: S608 - our own name
