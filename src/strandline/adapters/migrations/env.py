"""Run by Alembic: moves the database at the other end of a connection that the caller has opened."""

from alembic import context

from strandline.adapters.sql_schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
