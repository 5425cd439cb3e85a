"""what a weekly edition of the whole country needs."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_FILES = ("record_hash.v2.sql",)


def upgrade() -> None:
    for name in _FILES:
        op.execute((_OBJECTS / name).read_text())


def downgrade() -> None:
    op.drop_column("address_version", "record_hash", schema="registry")
