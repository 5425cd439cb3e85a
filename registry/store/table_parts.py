"""What all tables are declared with."""

from typing import Any

import sqlalchemy as sa

SCHEMA = "registry"

metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    },
)

Column = sa.Column[Any]

Code = sa.Text(collation="C")
Moment = sa.DateTime(timezone=True)


def make_region() -> Column:
    """Return the column that says whose object it is."""
    return sa.Column(
        "region", Code, nullable=False, comment="bru, vlg or wal: the region that owns the object"
    )
