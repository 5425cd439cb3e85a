"""what owners say of findings, scores, and outlines of municipalities."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_TABLES = ("finding_mark", "quality_score", "municipality_outline")


def upgrade() -> None:
    for name in ("quality.v5.sql", "withdraw_sample.v5.sql", "grants.v5.sql"):
        op.execute((_OBJECTS / name).read_text())


def downgrade() -> None:
    op.execute((_OBJECTS / "withdraw_sample.v3.sql").read_text())
    for table in _TABLES:
        op.execute(sa.text(f"drop view best.{table}"))
        op.drop_table(table, schema="registry")
    op.execute((_OBJECTS / "back_from.v5.sql").read_text())
