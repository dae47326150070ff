"""The tables of the ledger and of projections, the same on SQLite and PostgreSQL.

The migrations make them (`migrations/`); a test holds the two together.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text

METADATA = MetaData()
VERSION_TABLE = "strandline_version"
"""Where Alembic keeps the version; not its default name, since others may use this database too."""

_SEQ = BigInteger().with_variant(Integer, "sqlite")
"""In SQLite only an `INTEGER` primary key is the row's own address."""

RECORDS = Table(
    "ledger_records",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("chain_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("body_digest", LargeBinary, nullable=False),
    Column("payload_digest", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ledger_records_event", "source", "event_id", unique=True),
    Index("ledger_records_subject", "subject_id", "seq"),
    Index(
        "ledger_records_chain",
        "chain_id",
        "seq",
        sqlite_where=text("chain_id <> ''"),
        postgresql_where=text("chain_id <> ''"),
    ),
)

PAYLOADS = Table(
    "ledger_payloads",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

HEAD = Table(
    "ledger_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""One row: the newest head, signed. Whoever appends holds it."""

CHECKPOINTS = Table(
    "ledger_checkpoints",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""Heads that are kept: one for every thousand records or so."""

ANCHORS = Table(
    "ledger_anchors",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""How many lines the anchor file that is written with a key has safely had."""

PROJECTION_ROWS = Table(
    "projection_rows",
    METADATA,
    Column("projection", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("row", LargeBinary, nullable=False),
)

PROJECTION_CHECKPOINTS = Table(
    "projection_checkpoints",
    METADATA,
    Column("projection", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)
