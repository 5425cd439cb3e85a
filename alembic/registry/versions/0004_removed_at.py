"""which of the versions that have ended were removed."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_KINDS = ("municipality", "part_of_municipality", "postal_info", "street_name", "address")


def upgrade() -> None:
    op.execute((_OBJECTS / "removed_at.v4.sql").read_text())


def downgrade() -> None:
    for kind in _KINDS:
        op.drop_index(f"ix_{kind}_version_removed", schema="registry")
