"""create the register."""

from pathlib import Path

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OBJECTS = Path(__file__).parent.parent / "objects"
_FILES = ("first_load.v1.sql", "published_views.v1.sql", "grants.v1.sql")
_FUNCTIONS = (
    "analyze_register()",
    "drop_sample_addresses()",
    "withdraw_sample()",
    "attach_first_load(text, integer)",
    "finish_first_load(text, integer)",
    "start_first_load(text, integer)",
)


def upgrade() -> None:
    op.create_table(
        "address",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column("seq_first", sa.BigInteger(), nullable=False, comment="when it was first seen"),
        schema="registry",
        comment="every address ever seen; stays when the object goes",
        postgresql_partition_by="LIST (region)",
    )
    op.create_index(
        "uq_address", "address", ["region", "object_id"], unique=True, schema="registry"
    )
    op.create_table(
        "address_version",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column(
            "version_id", sa.Text(), nullable=True, comment="BeSt versionIdentifier, as published"
        ),
        sa.Column(
            "namespace",
            sa.Text(),
            nullable=True,
            comment="as published, when not the region's usual one",
        ),
        sa.Column("seq_from", sa.BigInteger(), nullable=False, comment="recorded from this number"),
        sa.Column(
            "seq_to",
            sa.BigInteger(),
            nullable=True,
            comment="recorded until before it; null = current",
        ),
        sa.Column(
            "change",
            sa.Text(collation="C"),
            nullable=False,
            comment="what made it: added, altered, ...",
        ),
        sa.Column("content_hash", sa.BigInteger(), nullable=False, comment="of what was published"),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="the file it came from"),
        sa.Column("source_offset", sa.BigInteger(), nullable=False, comment="byte offset in it"),
        sa.Column(
            "status",
            sa.Text(collation="C"),
            nullable=True,
            comment="current, proposed, reserved, retired; others as met",
        ),
        sa.Column(
            "valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world from; null = unknown",
        ),
        sa.Column(
            "valid_to",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world until before; null = open",
        ),
        sa.Column(
            "valid_from_assumed", sa.Boolean(), nullable=False, comment="valid_from is our assumption"
        ),
        sa.Column(
            "published_valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="validFrom, as published",
        ),
        sa.Column(
            "life_begin",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="beginLifeSpanVersion: the source's own life span",
        ),
        sa.Column(
            "life_end",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="endLifeSpanVersion; shown, never computed with",
        ),
        sa.Column(
            "street_name_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="object id; may dangle",
        ),
        sa.Column(
            "municipality_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="NIS code; may dangle",
        ),
        sa.Column(
            "part_id",
            sa.Text(collation="C"),
            nullable=True,
            comment="part of municipality (Wallonia); may dangle",
        ),
        sa.Column(
            "postal_code",
            sa.Text(collation="C"),
            nullable=True,
            comment="text of four digits; may dangle",
        ),
        sa.Column("house_number", sa.Text(), nullable=False, comment="as published"),
        sa.Column("box_number", sa.Text(), nullable=True, comment="as published"),
        sa.Column(
            "sort_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="natural order within the street",
        ),
        sa.Column(
            "officially_assigned",
            sa.Boolean(),
            nullable=True,
            comment="null = the source does not say",
        ),
        sa.Column(
            "published_position",
            sa.Text(collation="C"),
            nullable=True,
            comment="`x y` exactly as published",
        ),
        sa.Column(
            "published_crs", sa.Integer(), nullable=True, comment="EPSG code of published_position"
        ),
        sa.Column(
            "position_method",
            sa.Text(collation="C"),
            nullable=True,
            comment="positionGeometryMethod",
        ),
        sa.Column(
            "position_specification",
            sa.Text(collation="C"),
            nullable=True,
            comment="positionSpecification",
        ),
        sa.Column(
            "position",
            Geometry(
                geometry_type="POINT",
                srid=3812,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
            comment="Lambert 2008, m",
        ),
        sa.Column(
            "longitude", sa.DOUBLE_PRECISION(), nullable=True, comment="ETRS89 = WGS 84, degrees"
        ),
        sa.Column(
            "latitude", sa.DOUBLE_PRECISION(), nullable=True, comment="ETRS89 = WGS 84, degrees"
        ),
        sa.Column(
            "datum_shift",
            sa.Text(collation="C"),
            nullable=True,
            comment="name of the pipeline that made position",
        ),
        schema="registry",
        comment="every state of every address",
        postgresql_partition_by="LIST (region)",
    )
    op.create_index(
        "ix_address_version_municipality",
        "address_version",
        ["municipality_id", "street_name_id", "sort_key", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_address_version_position",
        "address_version",
        ["position"],
        unique=False,
        schema="registry",
        postgresql_using="gist",
    )
    op.create_index(
        "ix_address_version_postal",
        "address_version",
        ["postal_code", "street_name_id", "sort_key", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_address_version_status",
        "address_version",
        ["status", "street_name_id", "sort_key", "object_id"],
        unique=False,
        schema="registry",
        postgresql_where=sa.text("status <> 'current'"),
    )
    op.create_index(
        "ix_address_version_street",
        "address_version",
        ["street_name_id", "sort_key", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_address_version",
        "address_version",
        ["region", "object_id", "seq_from"],
        unique=True,
        schema="registry",
    )
    op.create_index(
        "uq_address_version_current",
        "address_version",
        ["region", "object_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "rule", sa.Text(collation="C"), nullable=False, comment="which rule, lowerCamelCase"
        ),
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column("resource", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="empty: unreadable, see source_offset",
        ),
        sa.Column("detail", sa.Text(), nullable=False, comment="what was met"),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("source_offset", sa.BigInteger(), nullable=False),
        sa.Column("seq_from", sa.BigInteger(), nullable=False, comment="found by this release"),
        sa.Column(
            "seq_to",
            sa.BigInteger(),
            nullable=True,
            comment="repaired by this release; null = open",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        schema="registry",
        comment="what is wrong or odd in the data, said but not changed",
    )
    op.create_index(
        "ix_finding_open",
        "finding",
        ["region", "resource", "rule", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_table(
        "municipality",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column("seq_first", sa.BigInteger(), nullable=False, comment="when it was first seen"),
        schema="registry",
        comment="every municipality ever seen; stays when the object goes",
    )
    op.create_index(
        "uq_municipality", "municipality", ["region", "object_id"], unique=True, schema="registry"
    )
    op.create_table(
        "municipality_version",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column(
            "version_id", sa.Text(), nullable=True, comment="BeSt versionIdentifier, as published"
        ),
        sa.Column(
            "namespace",
            sa.Text(),
            nullable=True,
            comment="as published, when not the region's usual one",
        ),
        sa.Column("seq_from", sa.BigInteger(), nullable=False, comment="recorded from this number"),
        sa.Column(
            "seq_to",
            sa.BigInteger(),
            nullable=True,
            comment="recorded until before it; null = current",
        ),
        sa.Column(
            "change",
            sa.Text(collation="C"),
            nullable=False,
            comment="what made it: added, altered, ...",
        ),
        sa.Column("content_hash", sa.BigInteger(), nullable=False, comment="of what was published"),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="the file it came from"),
        sa.Column("source_offset", sa.BigInteger(), nullable=False, comment="byte offset in it"),
        sa.Column(
            "status",
            sa.Text(collation="C"),
            nullable=True,
            comment="current, proposed, reserved, retired; others as met",
        ),
        sa.Column(
            "valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world from; null = unknown",
        ),
        sa.Column(
            "valid_to",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world until before; null = open",
        ),
        sa.Column(
            "valid_from_assumed", sa.Boolean(), nullable=False, comment="valid_from is our assumption"
        ),
        sa.Column(
            "published_valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="validFrom, as published",
        ),
        sa.Column(
            "life_begin",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="beginLifeSpanVersion: the source's own life span",
        ),
        sa.Column(
            "life_end",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="endLifeSpanVersion; shown, never computed with",
        ),
        sa.Column("name_nl", sa.Text(), nullable=True, comment="name in nl, as published"),
        sa.Column("name_fr", sa.Text(), nullable=True, comment="name in fr, as published"),
        sa.Column("name_de", sa.Text(), nullable=True, comment="name in de, as published"),
        sa.Column("name_en", sa.Text(), nullable=True, comment="name in en, as published"),
        sa.Column(
            "key_nl",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in nl as compared: folded",
        ),
        sa.Column(
            "key_fr",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in fr as compared: folded",
        ),
        sa.Column(
            "key_de",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in de as compared: folded",
        ),
        sa.Column(
            "key_en",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in en as compared: folded",
        ),
        schema="registry",
        comment="every state of every municipality",
    )
    op.create_index(
        "ix_municipality_version_key_de",
        "municipality_version",
        ["key_de", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_municipality_version_key_en",
        "municipality_version",
        ["key_en", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_municipality_version_key_fr",
        "municipality_version",
        ["key_fr", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_municipality_version_key_nl",
        "municipality_version",
        ["key_nl", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_municipality_version",
        "municipality_version",
        ["region", "object_id", "seq_from"],
        unique=True,
        schema="registry",
    )
    op.create_index(
        "uq_municipality_version_current",
        "municipality_version",
        ["region", "object_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.create_table(
        "part_of_municipality",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column("seq_first", sa.BigInteger(), nullable=False, comment="when it was first seen"),
        schema="registry",
        comment="every part_of_municipality ever seen; stays when the object goes",
    )
    op.create_index(
        "uq_part_of_municipality",
        "part_of_municipality",
        ["region", "object_id"],
        unique=True,
        schema="registry",
    )
    op.create_table(
        "part_of_municipality_version",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column(
            "version_id", sa.Text(), nullable=True, comment="BeSt versionIdentifier, as published"
        ),
        sa.Column(
            "namespace",
            sa.Text(),
            nullable=True,
            comment="as published, when not the region's usual one",
        ),
        sa.Column("seq_from", sa.BigInteger(), nullable=False, comment="recorded from this number"),
        sa.Column(
            "seq_to",
            sa.BigInteger(),
            nullable=True,
            comment="recorded until before it; null = current",
        ),
        sa.Column(
            "change",
            sa.Text(collation="C"),
            nullable=False,
            comment="what made it: added, altered, ...",
        ),
        sa.Column("content_hash", sa.BigInteger(), nullable=False, comment="of what was published"),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="the file it came from"),
        sa.Column("source_offset", sa.BigInteger(), nullable=False, comment="byte offset in it"),
        sa.Column(
            "status",
            sa.Text(collation="C"),
            nullable=True,
            comment="current, proposed, reserved, retired; others as met",
        ),
        sa.Column(
            "valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world from; null = unknown",
        ),
        sa.Column(
            "valid_to",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world until before; null = open",
        ),
        sa.Column(
            "valid_from_assumed", sa.Boolean(), nullable=False, comment="valid_from is our assumption"
        ),
        sa.Column(
            "published_valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="validFrom, as published",
        ),
        sa.Column(
            "life_begin",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="beginLifeSpanVersion: the source's own life span",
        ),
        sa.Column(
            "life_end",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="endLifeSpanVersion; shown, never computed with",
        ),
        sa.Column("name_nl", sa.Text(), nullable=True, comment="name in nl, as published"),
        sa.Column("name_fr", sa.Text(), nullable=True, comment="name in fr, as published"),
        sa.Column("name_de", sa.Text(), nullable=True, comment="name in de, as published"),
        sa.Column(
            "key_nl",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in nl as compared: folded",
        ),
        sa.Column(
            "key_fr",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in fr as compared: folded",
        ),
        sa.Column(
            "key_de",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in de as compared: folded",
        ),
        schema="registry",
        comment="every state of every part_of_municipality",
    )
    op.create_index(
        "ix_part_of_municipality_version_key_de",
        "part_of_municipality_version",
        ["key_de", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_part_of_municipality_version_key_fr",
        "part_of_municipality_version",
        ["key_fr", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_part_of_municipality_version_key_nl",
        "part_of_municipality_version",
        ["key_nl", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_part_of_municipality_version",
        "part_of_municipality_version",
        ["region", "object_id", "seq_from"],
        unique=True,
        schema="registry",
    )
    op.create_index(
        "uq_part_of_municipality_version_current",
        "part_of_municipality_version",
        ["region", "object_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.create_table(
        "postal_info",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column("seq_first", sa.BigInteger(), nullable=False, comment="when it was first seen"),
        schema="registry",
        comment="every postal_info ever seen; stays when the object goes",
    )
    op.create_index(
        "uq_postal_info", "postal_info", ["region", "object_id"], unique=True, schema="registry"
    )
    op.create_table(
        "postal_info_version",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column(
            "version_id", sa.Text(), nullable=True, comment="BeSt versionIdentifier, as published"
        ),
        sa.Column(
            "namespace",
            sa.Text(),
            nullable=True,
            comment="as published, when not the region's usual one",
        ),
        sa.Column("seq_from", sa.BigInteger(), nullable=False, comment="recorded from this number"),
        sa.Column(
            "seq_to",
            sa.BigInteger(),
            nullable=True,
            comment="recorded until before it; null = current",
        ),
        sa.Column(
            "change",
            sa.Text(collation="C"),
            nullable=False,
            comment="what made it: added, altered, ...",
        ),
        sa.Column("content_hash", sa.BigInteger(), nullable=False, comment="of what was published"),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="the file it came from"),
        sa.Column("source_offset", sa.BigInteger(), nullable=False, comment="byte offset in it"),
        sa.Column(
            "status",
            sa.Text(collation="C"),
            nullable=True,
            comment="current, proposed, reserved, retired; others as met",
        ),
        sa.Column(
            "valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world from; null = unknown",
        ),
        sa.Column(
            "valid_to",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world until before; null = open",
        ),
        sa.Column(
            "valid_from_assumed", sa.Boolean(), nullable=False, comment="valid_from is our assumption"
        ),
        sa.Column(
            "published_valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="validFrom, as published",
        ),
        sa.Column(
            "life_begin",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="beginLifeSpanVersion: the source's own life span",
        ),
        sa.Column(
            "life_end",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="endLifeSpanVersion; shown, never computed with",
        ),
        sa.Column("name_nl", sa.Text(), nullable=True, comment="name in nl, as published"),
        sa.Column("name_fr", sa.Text(), nullable=True, comment="name in fr, as published"),
        sa.Column("name_de", sa.Text(), nullable=True, comment="name in de, as published"),
        sa.Column(
            "key_nl",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in nl as compared: folded",
        ),
        sa.Column(
            "key_fr",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in fr as compared: folded",
        ),
        sa.Column(
            "key_de",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in de as compared: folded",
        ),
        schema="registry",
        comment="every state of every postal_info",
    )
    op.create_index(
        "ix_postal_info_version_key_de",
        "postal_info_version",
        ["key_de", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_postal_info_version_key_fr",
        "postal_info_version",
        ["key_fr", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_postal_info_version_key_nl",
        "postal_info_version",
        ["key_nl", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_postal_info_version",
        "postal_info_version",
        ["region", "object_id", "seq_from"],
        unique=True,
        schema="registry",
    )
    op.create_index(
        "uq_postal_info_version_current",
        "postal_info_version",
        ["region", "object_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.create_table(
        "release",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column("dataset", sa.Text(collation="C"), nullable=False, comment="open or sample"),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when readers first saw it",
        ),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="per kind: seen, added, altered, ...",
        ),
        sa.Column(
            "datum_shift",
            sa.Text(collation="C"),
            nullable=False,
            comment="pipeline of derived positions",
        ),
        sa.Column(
            "accuracy_metres", sa.DOUBLE_PRECISION(), nullable=False, comment="of that pipeline"
        ),
        sa.Column(
            "withdrawn_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when a sample gave way to real data",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_release")),
        sa.UniqueConstraint("last_seq", name=op.f("uq_release_last_seq")),
        schema="registry",
        comment="one publication of one region: a range of sequence numbers",
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "release_number", sa.Integer(), nullable=True, comment="null: the file changed nothing"
        ),
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column("dataset", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "resource", sa.Text(collation="C"), nullable=False, comment="kind of object in the file"
        ),
        sa.Column(
            "family", sa.Text(collation="C"), nullable=False, comment="format family, e.g. bestXml"
        ),
        sa.Column("rank", sa.Integer(), nullable=False, comment="of the family: higher knows more"),
        sa.Column("complete", sa.Boolean(), nullable=False, comment="a full file, not mutations"),
        sa.Column(
            "container", sa.Text(), nullable=False, comment="name of the file that was given"
        ),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False, comment="of that file"),
        sa.Column("path", sa.Text(), nullable=False, comment="inside it, down to the XML"),
        sa.Column(
            "extracted_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the file's own timestamp",
        ),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False, comment="objects in the file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        schema="registry",
        comment="every file that was imported, and where rows were found",
    )
    op.create_index(
        "ix_source_region",
        "source",
        ["region", "resource", "imported_at"],
        unique=False,
        schema="registry",
    )
    op.create_table(
        "street_name",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column("seq_first", sa.BigInteger(), nullable=False, comment="when it was first seen"),
        schema="registry",
        comment="every street_name ever seen; stays when the object goes",
    )
    op.create_index(
        "uq_street_name", "street_name", ["region", "object_id"], unique=True, schema="registry"
    )
    op.create_table(
        "street_name_version",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column(
            "object_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="BeSt objectIdentifier, unique in region + kind",
        ),
        sa.Column(
            "version_id", sa.Text(), nullable=True, comment="BeSt versionIdentifier, as published"
        ),
        sa.Column(
            "namespace",
            sa.Text(),
            nullable=True,
            comment="as published, when not the region's usual one",
        ),
        sa.Column("seq_from", sa.BigInteger(), nullable=False, comment="recorded from this number"),
        sa.Column(
            "seq_to",
            sa.BigInteger(),
            nullable=True,
            comment="recorded until before it; null = current",
        ),
        sa.Column(
            "change",
            sa.Text(collation="C"),
            nullable=False,
            comment="what made it: added, altered, ...",
        ),
        sa.Column("content_hash", sa.BigInteger(), nullable=False, comment="of what was published"),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="the file it came from"),
        sa.Column("source_offset", sa.BigInteger(), nullable=False, comment="byte offset in it"),
        sa.Column(
            "status",
            sa.Text(collation="C"),
            nullable=True,
            comment="current, proposed, reserved, retired; others as met",
        ),
        sa.Column(
            "valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world from; null = unknown",
        ),
        sa.Column(
            "valid_to",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="true in the world until before; null = open",
        ),
        sa.Column(
            "valid_from_assumed", sa.Boolean(), nullable=False, comment="valid_from is our assumption"
        ),
        sa.Column(
            "published_valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="validFrom, as published",
        ),
        sa.Column(
            "life_begin",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="beginLifeSpanVersion: the source's own life span",
        ),
        sa.Column(
            "life_end",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="endLifeSpanVersion; shown, never computed with",
        ),
        sa.Column(
            "municipality_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="NIS code; may dangle",
        ),
        sa.Column("name_nl", sa.Text(), nullable=True, comment="name in nl, as published"),
        sa.Column("name_fr", sa.Text(), nullable=True, comment="name in fr, as published"),
        sa.Column("name_de", sa.Text(), nullable=True, comment="name in de, as published"),
        sa.Column(
            "key_nl",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in nl as compared: folded",
        ),
        sa.Column(
            "key_fr",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in fr as compared: folded",
        ),
        sa.Column(
            "key_de",
            sa.Text(collation="C"),
            nullable=True,
            comment="name in de as compared: folded",
        ),
        sa.Column(
            "homonym_addition",
            sa.Text(),
            nullable=True,
            comment="tells same-named streets apart (Flanders)",
        ),
        sa.Column(
            "street_name_type",
            sa.Text(collation="C"),
            nullable=True,
            comment="streetname or hamlet; others as met",
        ),
        schema="registry",
        comment="every state of every street_name",
    )
    op.create_index(
        "ix_street_name_version_key_de",
        "street_name_version",
        ["key_de", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_street_name_version_key_fr",
        "street_name_version",
        ["key_fr", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_street_name_version_key_nl",
        "street_name_version",
        ["key_nl", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_street_name_version_municipality",
        "street_name_version",
        ["municipality_id", "region", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_street_name_version",
        "street_name_version",
        ["region", "object_id", "seq_from"],
        unique=True,
        schema="registry",
    )
    op.create_index(
        "uq_street_name_version_current",
        "street_name_version",
        ["region", "object_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.create_table(
        "total",
        sa.Column(
            "region",
            sa.Text(collation="C"),
            nullable=False,
            comment="bru, vlg or wal: the region that owns the object",
        ),
        sa.Column("resource", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "dimension",
            sa.Text(collation="C"),
            nullable=False,
            comment="region, municipality, postalCode",
        ),
        sa.Column("code", sa.Text(collation="C"), nullable=False, comment="value of the dimension"),
        sa.Column(
            "status",
            sa.Text(collation="C"),
            nullable=False,
            comment="empty where the kind has no status",
        ),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="true as of this number"),
        schema="registry",
        comment="how many objects are current; recounted by each release of the region",
    )
    op.create_index(
        "uq_total",
        "total",
        ["region", "resource", "dimension", "code", "status"],
        unique=True,
        schema="registry",
    )
    for name in _FILES:
        op.execute((_OBJECTS / name).read_text())


def downgrade() -> None:
    op.execute("drop schema best cascade")
    for function in _FUNCTIONS:
        op.execute(f"drop function registry.{function}")
    op.drop_index("uq_total", table_name="total", schema="registry")
    op.drop_table("total", schema="registry")
    op.drop_index(
        "uq_street_name_version_current",
        table_name="street_name_version",
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.drop_index("uq_street_name_version", table_name="street_name_version", schema="registry")
    op.drop_index(
        "ix_street_name_version_municipality", table_name="street_name_version", schema="registry"
    )
    op.drop_index(
        "ix_street_name_version_key_nl", table_name="street_name_version", schema="registry"
    )
    op.drop_index(
        "ix_street_name_version_key_fr", table_name="street_name_version", schema="registry"
    )
    op.drop_index(
        "ix_street_name_version_key_de", table_name="street_name_version", schema="registry"
    )
    op.drop_table("street_name_version", schema="registry")
    op.drop_index("uq_street_name", table_name="street_name", schema="registry")
    op.drop_table("street_name", schema="registry")
    op.drop_index("ix_source_region", table_name="source", schema="registry")
    op.drop_table("source", schema="registry")
    op.drop_table("release", schema="registry")
    op.drop_index(
        "uq_postal_info_version_current",
        table_name="postal_info_version",
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.drop_index("uq_postal_info_version", table_name="postal_info_version", schema="registry")
    op.drop_index(
        "ix_postal_info_version_key_nl", table_name="postal_info_version", schema="registry"
    )
    op.drop_index(
        "ix_postal_info_version_key_fr", table_name="postal_info_version", schema="registry"
    )
    op.drop_index(
        "ix_postal_info_version_key_de", table_name="postal_info_version", schema="registry"
    )
    op.drop_table("postal_info_version", schema="registry")
    op.drop_index("uq_postal_info", table_name="postal_info", schema="registry")
    op.drop_table("postal_info", schema="registry")
    op.drop_index(
        "uq_part_of_municipality_version_current",
        table_name="part_of_municipality_version",
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.drop_index(
        "uq_part_of_municipality_version",
        table_name="part_of_municipality_version",
        schema="registry",
    )
    op.drop_index(
        "ix_part_of_municipality_version_key_nl",
        table_name="part_of_municipality_version",
        schema="registry",
    )
    op.drop_index(
        "ix_part_of_municipality_version_key_fr",
        table_name="part_of_municipality_version",
        schema="registry",
    )
    op.drop_index(
        "ix_part_of_municipality_version_key_de",
        table_name="part_of_municipality_version",
        schema="registry",
    )
    op.drop_table("part_of_municipality_version", schema="registry")
    op.drop_index("uq_part_of_municipality", table_name="part_of_municipality", schema="registry")
    op.drop_table("part_of_municipality", schema="registry")
    op.drop_index(
        "uq_municipality_version_current",
        table_name="municipality_version",
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.drop_index("uq_municipality_version", table_name="municipality_version", schema="registry")
    op.drop_index(
        "ix_municipality_version_key_nl", table_name="municipality_version", schema="registry"
    )
    op.drop_index(
        "ix_municipality_version_key_fr", table_name="municipality_version", schema="registry"
    )
    op.drop_index(
        "ix_municipality_version_key_en", table_name="municipality_version", schema="registry"
    )
    op.drop_index(
        "ix_municipality_version_key_de", table_name="municipality_version", schema="registry"
    )
    op.drop_table("municipality_version", schema="registry")
    op.drop_index("uq_municipality", table_name="municipality", schema="registry")
    op.drop_table("municipality", schema="registry")
    op.drop_index("ix_finding_open", table_name="finding", schema="registry")
    op.drop_table("finding", schema="registry")
    op.drop_index(
        "uq_address_version_current",
        table_name="address_version",
        schema="registry",
        postgresql_where=sa.text("seq_to is null"),
    )
    op.drop_index("uq_address_version", table_name="address_version", schema="registry")
    op.drop_index("ix_address_version_street", table_name="address_version", schema="registry")
    op.drop_index(
        "ix_address_version_status",
        table_name="address_version",
        schema="registry",
        postgresql_where=sa.text("status <> 'current'"),
    )
    op.drop_index("ix_address_version_postal", table_name="address_version", schema="registry")
    op.drop_index("ix_address_version_position", table_name="address_version", schema="registry")
    op.drop_index(
        "ix_address_version_municipality", table_name="address_version", schema="registry"
    )
    op.drop_table("address_version", schema="registry")
    op.drop_index("uq_address", table_name="address", schema="registry")
    op.drop_table("address", schema="registry")
