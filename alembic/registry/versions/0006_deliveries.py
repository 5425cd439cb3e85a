"""the agencies' door: deliveries, their jobs, and what the public reports."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"


def upgrade() -> None:
    for name in ("delivery_tables.v6.sql", "jobs.v6.sql", "reports.v6.sql", "grants.v6.sql"):
        op.execute((_OBJECTS / name).read_text())


def downgrade() -> None:
    op.execute(sa.text("drop view best.report"))
    op.execute(sa.text("drop schema jobs cascade"))
    op.execute(sa.text("drop schema deliveries cascade"))
