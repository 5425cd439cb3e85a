"""versions that say how they ended, digests of what is current, and successions."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_FILES = ("time.v3.sql", "proof.v3.sql", "withdraw_sample.v3.sql", "grants.v3.sql")
_KINDS = ("municipality", "part_of_municipality", "postal_info", "street_name", "address")


def upgrade() -> None:
    # First and by itself: building keeps only writers out.
    with op.get_context().autocommit_block():
        op.execute((_OBJECTS / "seq_indexes.v3.sql").read_text())
    for name in _FILES:
        op.execute((_OBJECTS / name).read_text())


def downgrade() -> None:
    op.execute((_OBJECTS / "back_from.v3.sql").read_text())
    for table in ("proof", "succession"):
        op.execute(sa.text(f"drop view best.{table}"))
    for table in ("proof", "proof_street", "succession"):
        op.drop_table(table, schema="registry")
    for column in ("root", "undoes"):
        op.drop_column("release", column, schema="registry")
    for kind in _KINDS:
        op.drop_index(f"ix_{kind}_version_seq_from", schema="registry")
        op.drop_column(f"{kind}_version", "removed_at", schema="registry")
    first = (_OBJECTS / "first_load.v1.sql").read_text()
    begin = first.index("create function registry.withdraw_sample")
    withdraw = first[begin : first.index("end $$;", begin) + len("end $$;")]
    op.execute(withdraw.replace("create function", "create or replace function"))
