"""create the register."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_FILES = ("tables.v1.sql", "first_load.v1.sql", "published_views.v1.sql", "grants.v1.sql")
_FUNCTIONS = (
    "analyze_register()",
    "analyze_names()",
    "drop_sample_addresses()",
    "withdraw_sample()",
    "attach_first_load(text, integer)",
    "finish_first_load(text, integer)",
    "start_first_load(text, integer)",
)
_TABLES = (
    *("address", "municipality", "part_of_municipality", "postal_info", "street_name"),
    *("address_version", "municipality_version", "part_of_municipality_version"),
    *("postal_info_version", "street_name_version", "release", "source", "finding", "total"),
)


def upgrade() -> None:
    for name in _FILES:
        op.execute((_OBJECTS / name).read_text())


def downgrade() -> None:
    op.execute("drop schema best cascade")
    for function in _FUNCTIONS:
        op.execute(sa.text(f"drop function registry.{function}"))
    for table in _TABLES:
        op.drop_table(table, schema="registry")
