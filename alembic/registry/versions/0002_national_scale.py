"""what a weekly edition of the whole country needs."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_INDEXES = ("street_name_parts.v2.sql",)
_FILES = ("record_hash.v2.sql", "pruning.v2.sql", "attach_first_load.v2.sql", "grants.v2.sql")
_KINDS = ("municipality", "part_of_municipality", "postal_info", "street_name", "address")


def upgrade() -> None:
    # First and by itself: building keeps only writers out. What follows keeps readers out too,
    # until it commits, so it must take no time.
    with op.get_context().autocommit_block():
        for name in _INDEXES:
            op.execute((_OBJECTS / name).read_text())
    for name in _FILES:
        op.execute((_OBJECTS / name).read_text())


def downgrade() -> None:
    first = (_OBJECTS / "first_load.v1.sql").read_text()
    begin = first.index("create function registry.attach_first_load")
    attach = first[begin : first.index("end $$;", begin) + len("end $$;")]
    op.execute(attach.replace("create function", "create or replace function"))
    for index in ("part", "pair"):
        op.drop_index(f"ix_street_name_version_{index}", schema="registry")
    op.execute("drop view best.pruning")
    op.drop_table("pruning", schema="registry")
    for kind in _KINDS:
        op.drop_column(f"{kind}_version", "record_hash", schema="registry")
