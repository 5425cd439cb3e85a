"""The tables of the register: alembic's truth, declared once.

One identity row per object ever seen, one version row per state of it. Current is
`seq_to is null`; the register at sequence number S is
`seq_from <= S and (seq_to is null or seq_to > S)`. Comments are the data dictionary.
"""

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

from registry.domain.resource import Resource
from registry.store import (  # noqa: F401 - declared into the same metadata
    delivery_tables,
    quality_tables,
    release_tables,
)
from registry.store.table_parts import SCHEMA, Code, Column, Moment, make_region, metadata

__all__ = ["LANGUAGES", "MUNICIPALITY_LANGUAGES", "SCHEMA", "metadata"]


def _object_id() -> Column:
    return sa.Column(
        "object_id", Code, nullable=False, comment="BeSt objectIdentifier, unique in region + kind"
    )


def _names(languages: tuple[str, ...]) -> list[Column]:
    published = [
        sa.Column(f"name_{language}", sa.Text, comment=f"name in {language}, as published")
        for language in languages
    ]
    keys = [
        sa.Column(f"key_{language}", Code, comment=f"name in {language} as compared: folded")
        for language in languages
    ]
    return published + keys


def _identity(resource: Resource) -> sa.Table:
    return sa.Table(
        resource.value,
        metadata,
        make_region(),
        _object_id(),
        sa.Column("seq_first", sa.BigInteger, nullable=False, comment="when it was first seen"),
        sa.Index(f"uq_{resource.value}", "region", "object_id", unique=True),
        comment=f"every {resource.value} ever seen; stays when the object goes",
        postgresql_partition_by=_partitioning(resource),
    )


def _partitioning(resource: Resource) -> str | None:
    # A region's first load fills a table of its own and attaches it; small kinds are plain.
    return "LIST (region)" if resource is Resource.ADDRESS else None


def _recorded() -> list[Column]:
    return [
        sa.Column("version_id", sa.Text, comment="BeSt versionIdentifier, as published"),
        sa.Column("namespace", sa.Text, comment="as published, when not the region's usual one"),
        sa.Column("seq_from", sa.BigInteger, nullable=False, comment="recorded from this number"),
        sa.Column("seq_to", sa.BigInteger, comment="recorded until before it; null = current"),
        sa.Column("change", Code, nullable=False, comment="what made it: added, altered, ..."),
        sa.Column("content_hash", sa.BigInteger, nullable=False, comment="of what was published"),
        sa.Column("source_id", sa.Integer, nullable=False, comment="the file it came from"),
        sa.Column("source_offset", sa.BigInteger, nullable=False, comment="byte offset in it"),
        sa.Column("status", Code, comment="current, proposed, reserved, retired; others as met"),
        sa.Column("valid_from", Moment, comment="true in the world from; null = unknown"),
        sa.Column("valid_to", Moment, comment="true in the world until before; null = open"),
        sa.Column(
            "valid_from_assumed", sa.Boolean, nullable=False, comment="valid_from is our assumption"
        ),
        sa.Column("published_valid_from", Moment, comment="validFrom, as published"),
        sa.Column("life_begin", Moment, comment="beginLifeSpanVersion: the source's own life span"),
        sa.Column("life_end", Moment, comment="endLifeSpanVersion; shown, never computed with"),
    ]


def _version(resource: Resource, *columns: Column | sa.Index) -> sa.Table:
    name = f"{resource.value}_version"
    return sa.Table(
        name,
        metadata,
        make_region(),
        _object_id(),
        *_recorded(),
        *columns,
        sa.Column(
            "record_hash",
            sa.BigInteger,
            comment="of the record as delivered, to know it again; null = read it every time",
        ),
        sa.Column(
            "removed_at",
            Moment,
            comment="when what no longer has it was extracted; null = not closed by a removal",
        ),
        sa.Index(f"uq_{name}", "region", "object_id", "seq_from", unique=True),
        sa.Index(
            f"uq_{name}_current",
            "region",
            "object_id",
            unique=True,
            postgresql_where=sa.text("seq_to is null"),
        ),
        sa.Index(f"ix_{name}_seq_from", "seq_from"),
        sa.Index(
            f"ix_{name}_removed", "seq_to", postgresql_where=sa.text("removed_at is not null")
        ),
        comment=f"every state of every {resource.value}",
        postgresql_partition_by=_partitioning(resource),
    )


def _key_indexes(resource: Resource, languages: tuple[str, ...]) -> list[sa.Index]:
    return [
        sa.Index(
            f"ix_{resource.value}_version_key_{language}",
            f"key_{language}",
            "region",
            "object_id",
        )
        for language in languages
    ]


LANGUAGES = ("nl", "fr", "de")
_KEYS = tuple(f"key_{language}" for language in LANGUAGES)
MUNICIPALITY_LANGUAGES = ("nl", "fr", "de", "en")

for _resource in Resource:
    _identity(_resource)

_version(
    Resource.MUNICIPALITY,
    *_names(MUNICIPALITY_LANGUAGES),
    *_key_indexes(Resource.MUNICIPALITY, MUNICIPALITY_LANGUAGES),
)
for _resource in (Resource.PART_OF_MUNICIPALITY, Resource.POSTAL_INFO):
    _version(_resource, *_names(LANGUAGES), *_key_indexes(_resource, LANGUAGES))
_version(
    Resource.STREET_NAME,
    sa.Column("municipality_id", Code, nullable=False, comment="NIS code; may dangle"),
    *_names(LANGUAGES),
    sa.Column("homonym_addition", sa.Text, comment="tells same-named streets apart (Flanders)"),
    sa.Column("street_name_type", Code, comment="streetname or hamlet; others as met"),
    *_key_indexes(Resource.STREET_NAME, LANGUAGES),
    sa.Index("ix_street_name_version_municipality", "municipality_id", "region", "object_id"),
    sa.Index(
        "ix_street_name_version_part",
        *_KEYS,
        postgresql_using="gin",
        postgresql_ops=dict.fromkeys(_KEYS, "gin_trgm_ops"),
    ),
    # Spread by zeros, 0l0a0a0n0: the trigrams of that are single letters and pairs.
    sa.Index(
        "ix_street_name_version_pair",
        *(sa.literal_column(f"regexp_replace({key}, '', '0', 'g')").label(key) for key in _KEYS),
        postgresql_using="gin",
        postgresql_ops=dict.fromkeys(_KEYS, "gin_trgm_ops"),
    ),
)
_version(
    Resource.ADDRESS,
    sa.Column("street_name_id", Code, nullable=False, comment="object id; may dangle"),
    sa.Column("municipality_id", Code, nullable=False, comment="NIS code; may dangle"),
    sa.Column("part_id", Code, comment="part of municipality (Wallonia); may dangle"),
    sa.Column("postal_code", Code, comment="text of four digits; may dangle"),
    sa.Column("house_number", sa.Text, nullable=False, comment="as published"),
    sa.Column("box_number", sa.Text, comment="as published"),
    sa.Column("sort_key", Code, nullable=False, comment="natural order within the street"),
    sa.Column("officially_assigned", sa.Boolean, comment="null = the source does not say"),
    sa.Column("published_position", Code, comment="`x y` exactly as published"),
    sa.Column("published_crs", sa.Integer, comment="EPSG code of published_position"),
    sa.Column("position_method", Code, comment="positionGeometryMethod"),
    sa.Column("position_specification", Code, comment="positionSpecification"),
    sa.Column(
        "position", Geometry("POINT", srid=3812, spatial_index=False), comment="Lambert 2008, m"
    ),
    sa.Column("longitude", DOUBLE_PRECISION, comment="ETRS89 = WGS 84, degrees"),
    sa.Column("latitude", DOUBLE_PRECISION, comment="ETRS89 = WGS 84, degrees"),
    sa.Column("datum_shift", Code, comment="name of the pipeline that made position"),
    sa.Index("ix_address_version_street", "street_name_id", "sort_key", "object_id"),
    sa.Index("ix_address_version_postal", "postal_code", "street_name_id", "sort_key", "object_id"),
    sa.Index(
        "ix_address_version_municipality",
        "municipality_id",
        "street_name_id",
        "sort_key",
        "object_id",
    ),
    sa.Index(
        "ix_address_version_status",
        "status",
        "street_name_id",
        "sort_key",
        "object_id",
        postgresql_where=sa.text("status <> 'current'"),
    ),
    sa.Index("ix_address_version_position", "position", postgresql_using="gist"),
)
