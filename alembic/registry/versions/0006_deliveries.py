"""the agencies' door: deliveries, their jobs, and what the public reports."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_REVOKE = """
do $$ begin
    if exists (select from pg_roles where rolname = 'best_deliveries') then
        revoke all on all tables in schema best from best_deliveries;
        revoke all on schema best from best_deliveries;
    end if;
end $$
"""


def upgrade() -> None:
    for name in ("delivery_tables", "jobs", "reports", "rehearse_first_load", "grants"):
        op.execute((_OBJECTS / f"{name}.v6.sql").read_text())


def downgrade() -> None:
    op.execute(sa.text("drop function registry.rehearse_first_load"))
    op.execute(sa.text("drop view best.report"))
    op.execute(sa.text("drop schema jobs cascade"))
    op.execute(sa.text("drop schema deliveries cascade"))
    op.execute(sa.text(_REVOKE))
