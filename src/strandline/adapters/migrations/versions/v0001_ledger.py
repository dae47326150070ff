"""The ledger's tables, which refuse to forget, and those of projections, which may."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_KEPT = ("ledger_records", "ledger_payloads", "ledger_checkpoints")
_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and the triggers that guard them."""
    _records()
    op.create_table(
        "ledger_payloads",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_signed_head(),
    )
    op.create_table(
        "ledger_checkpoints", sa.Column("seq", _SEQ, primary_key=True, autoincrement=False), *_signed_head()
    )
    op.create_table(
        "ledger_anchors",
        sa.Column("key_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "projection_rows",
        sa.Column("projection", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("row", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "projection_checkpoints",
        sa.Column("projection", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    _guard()
    empty = (
        "INSERT INTO ledger_head (id, seq, hash, recorded_us, key_id, signature) VALUES (1, 0, :g, 0, '', :n)"
    )
    genesis, none = sa.bindparam("g", bytes(32), sa.LargeBinary()), sa.bindparam("n", b"", sa.LargeBinary())
    op.execute(sa.text(empty).bindparams(genesis, none))


def _records() -> None:
    op.create_table(
        "ledger_records",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("payload_digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    has_chain = sa.text("chain_id <> ''")
    op.create_index("ledger_records_event", "ledger_records", ["source", "event_id"], unique=True)
    op.create_index("ledger_records_subject", "ledger_records", ["subject_id", "seq"])
    op.create_index(
        "ledger_records_chain",
        "ledger_records",
        ["chain_id", "seq"],
        sqlite_where=has_chain,
        postgresql_where=has_chain,
    )


def _signed_head() -> tuple[sa.Column[bytes], sa.Column[int], sa.Column[str], sa.Column[bytes]]:
    return (
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
    )


def _guard() -> None:
    """Let the database itself refuse to change or forget what is recorded."""
    if op.get_bind().dialect.name == "sqlite":
        for table in _KEPT:
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
        )
