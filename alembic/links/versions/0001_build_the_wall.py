"""build the wall."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_FILES = (
    "tables.v1.sql",
    "foundation.v1.sql",
    "chain.v1.sql",
    "govern.v1.sql",
    "keys.v1.sql",
    "replica.v1.sql",
    "ingest.v1.sql",
    "tokens.v1.sql",
    "declare.v1.sql",
    "answer.v1.sql",
    "audit.v1.sql",
    "citizen.v1.sql",
)


def upgrade() -> None:
    # As it is: SQLAlchemy would take a colon or a per cent sign for a parameter.
    connection = op.get_bind().connection.driver_connection
    for name in _FILES:
        connection.execute((_OBJECTS / name).read_text())


def downgrade() -> None:
    raise NotImplementedError("records are kept ten years: nothing here is undone")
