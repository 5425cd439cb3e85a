"""The tables of quality: what owners said of findings, scores, and outlines of municipalities."""

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

from registry.store.table_parts import Code, Moment, make_region, metadata

sa.Table(
    "finding_mark",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("rule", Code, nullable=False, comment="rule of the findings it is about"),
    make_region(),
    sa.Column("resource", Code, nullable=False, comment="kind of the object"),
    sa.Column("object_id", Code, nullable=False, comment="object they are about"),
    sa.Column("mark", Code, nullable=False, comment="confirmed, or exception: it is right so"),
    sa.Column("reason", sa.Text, nullable=False, comment="why, in the owner's words"),
    sa.Column("marked_by", sa.Text, nullable=False, comment="who said so; not published"),
    sa.Column("marked_at", Moment, nullable=False, comment="when it was said"),
    sa.Column("withdrawn_at", Moment, comment="taken back, or said anew; null = it stands"),
    sa.Index(
        "uq_finding_mark",
        "region",
        "rule",
        "resource",
        "object_id",
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    ),
    comment="what the owner of the data says of findings; survives imports",
)

sa.Table(
    "quality_score",
    metadata,
    make_region(),
    sa.Column("municipality_id", Code, nullable=False, comment="NIS code; empty: whole region"),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="true as of this number"),
    sa.Column("objects", sa.BigInteger, nullable=False, comment="current addresses and streets"),
    sa.Column(
        "affected",
        sa.BigInteger,
        nullable=False,
        comment="of them, those with an open error or warning that is no exception",
    ),
    sa.Column("errors", sa.BigInteger, nullable=False, comment="open findings that are errors"),
    sa.Column("warnings", sa.BigInteger, nullable=False, comment="open findings, warnings"),
    sa.Column("remarks", sa.BigInteger, nullable=False, comment="open findings, remarks"),
    sa.Column("exceptions", sa.BigInteger, nullable=False, comment="open, but marked exception"),
    sa.Column(
        "score", DOUBLE_PRECISION, nullable=False, comment="100 (objects - affected) / objects"
    ),
    sa.Index("uq_quality_score", "region", "municipality_id", "seq", unique=True),
    comment="how good the data of a municipality is, whenever that changed",
)

sa.Table(
    "municipality_outline",
    metadata,
    sa.Column("municipality_id", Code, nullable=False, comment="NIS code"),
    sa.Column("origin", Code, nullable=False, comment="imported, or hull: drawn round streets"),
    sa.Column("source", sa.Text, nullable=False, comment="name of the file; of a hull, empty"),
    sa.Column("made_at", Moment, nullable=False, comment="when it was imported or drawn"),
    sa.Column("replaced_at", Moment, comment="when another took its place; null = in use"),
    sa.Column(
        "geometry",
        Geometry("MULTIPOLYGON", srid=3812, spatial_index=False),
        nullable=False,
        comment="Lambert 2008, m",
    ),
    sa.Index(
        "uq_municipality_outline",
        "municipality_id",
        unique=True,
        postgresql_where=sa.text("replaced_at is null"),
    ),
    sa.Index("ix_municipality_outline_geometry", "geometry", postgresql_using="gist"),
    comment="outlines of municipalities that the operator imported, or hulls of streets",
)
