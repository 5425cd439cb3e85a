"""The tables of releases: from which files, and what is found, counted and proven in them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, DOUBLE_PRECISION, JSONB

from registry.store.table_parts import Code, Moment, make_region, metadata

sa.Table(
    "release",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    make_region(),
    sa.Column("dataset", Code, nullable=False, comment="open or sample"),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False, unique=True),
    sa.Column("published_at", Moment, nullable=False, comment="when readers first saw it"),
    sa.Column("counts", JSONB, nullable=False, comment="per kind: seen, added, altered, ..."),
    sa.Column("datum_shift", Code, nullable=False, comment="pipeline of derived positions"),
    sa.Column("accuracy_metres", DOUBLE_PRECISION, nullable=False, comment="of that pipeline"),
    sa.Column("withdrawn_at", Moment, comment="when a sample gave way to real data"),
    sa.Column("root", BYTEA, comment="digest of all that was current then; null = not proven"),
    sa.Column(
        "undoes", sa.Integer, comment="the release that this one takes back, and what followed"
    ),
    comment="one publication of one region: a range of sequence numbers",
)

sa.Table(
    "source",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("release_number", sa.Integer, comment="null: the file changed nothing"),
    make_region(),
    sa.Column("dataset", Code, nullable=False),
    sa.Column("resource", Code, nullable=False, comment="kind of object in the file"),
    sa.Column("family", Code, nullable=False, comment="format family, e.g. bestXml"),
    sa.Column("rank", sa.Integer, nullable=False, comment="of the family: higher knows more"),
    sa.Column("complete", sa.Boolean, nullable=False, comment="a full file, not mutations"),
    sa.Column("container", sa.Text, nullable=False, comment="name of the file that was given"),
    sa.Column("sha256", Code, nullable=False, comment="of that file"),
    sa.Column("path", sa.Text, nullable=False, comment="inside it, down to the XML"),
    sa.Column("extracted_at", Moment, nullable=False, comment="the file's own timestamp"),
    sa.Column("imported_at", Moment, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False, comment="objects in the file"),
    sa.Index("ix_source_region", "region", "resource", "imported_at"),
    comment="every file that was imported, and where rows were found",
)

sa.Table(
    "finding",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("rule", Code, nullable=False, comment="which rule, lowerCamelCase"),
    make_region(),
    sa.Column("resource", Code, nullable=False),
    sa.Column("object_id", Code, nullable=False, comment="empty: unreadable, see source_offset"),
    sa.Column("detail", sa.Text, nullable=False, comment="what was met"),
    sa.Column("source_id", sa.Integer, nullable=False),
    sa.Column("source_offset", sa.BigInteger, nullable=False),
    sa.Column("seq_from", sa.BigInteger, nullable=False, comment="found by this release"),
    sa.Column("seq_to", sa.BigInteger, comment="repaired by this release; null = open"),
    sa.Column("municipality_id", Code, comment="NIS code of its object when found; null = none"),
    sa.Index("ix_finding_open", "region", "resource", "rule", "object_id"),
    sa.Index(
        "ix_finding_rule",
        *("region", "rule", "resource", sa.text("(seq_to is null)"), "id"),
        postgresql_include=["seq_to"],
    ),
    sa.Index(
        "ix_finding_municipality",
        *("municipality_id", "rule", "resource", sa.text("(seq_to is null)"), "id"),
        postgresql_include=["seq_to"],
    ),
    comment="what is wrong or odd in the data, said but not changed",
)

sa.Table(
    "total",
    metadata,
    make_region(),
    sa.Column("resource", Code, nullable=False),
    sa.Column("dimension", Code, nullable=False, comment="region, municipality, postalCode"),
    sa.Column("code", Code, nullable=False, comment="value of the dimension"),
    sa.Column("status", Code, nullable=False, comment="empty where the kind has no status"),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="true as of this number"),
    sa.Index("uq_total", "region", "resource", "dimension", "code", "status", unique=True),
    comment="how many objects are current; recounted by each release of the region",
)

sa.Table(
    "pruning",
    metadata,
    sa.Column(
        "history_from",
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="the register can be asked as of this number and later ones",
    ),
    sa.Column("pruned_at", Moment, nullable=False, comment="when this was decided"),
    sa.Column("versions", sa.BigInteger, nullable=False, comment="closed versions to let go of"),
    sa.Column("findings", sa.BigInteger, nullable=False, comment="closed findings to let go of"),
    comment="what the operator let go of, so that nobody takes what is left for the whole history",
)

sa.Table(
    "proof",
    metadata,
    sa.Column("release_number", sa.Integer, nullable=False, comment="the release it came with"),
    make_region(),
    sa.Column(
        "municipality_id", Code, nullable=False, comment="NIS code; empty: of no municipality"
    ),
    sa.Column("digest", BYTEA, comment="SHA-256 over what is current there; null = nothing is"),
    sa.Column("records", sa.BigInteger, nullable=False, comment="how many records that is"),
    sa.Index("uq_proof", "region", "municipality_id", "release_number", unique=True),
    comment="digest of each municipality, whenever a release changed it",
)

sa.Table(
    "proof_street",
    metadata,
    make_region(),
    sa.Column("municipality_id", Code, nullable=False, comment="NIS code, of the records"),
    sa.Column("street_name_id", Code, nullable=False, comment="object id of the street name"),
    sa.Column("digest", BYTEA, nullable=False, comment="SHA-256 over its current records"),
    sa.Column("records", sa.BigInteger, nullable=False, comment="how many records that is"),
    sa.Index("uq_proof_street", "region", "municipality_id", "street_name_id", unique=True),
    comment="digest of each street name with its addresses, as they are now",
)

sa.Table(
    "succession",
    metadata,
    make_region(),
    sa.Column("resource", Code, nullable=False, comment="kind of both objects"),
    sa.Column("object_id", Code, nullable=False, comment="the object that went"),
    sa.Column("successor_id", Code, nullable=False, comment="object id of what took its place"),
    sa.Column("basis", Code, nullable=False, comment="declared by a source, or inferred"),
    sa.Column("rule", Code, nullable=False, comment="why it is taken for the successor"),
    sa.Column("evidence", JSONB, nullable=False, comment="what that rests on, in figures"),
    sa.Column("happened_at", Moment, comment="when in the world; null = no source says"),
    sa.Column("seq_from", sa.BigInteger, nullable=False, comment="recorded from this number"),
    sa.Column("seq_to", sa.BigInteger, comment="taken back at this number; null = it stands"),
    sa.Index(
        "uq_succession", "region", "resource", "object_id", "successor_id", "seq_from", unique=True
    ),
    sa.Index("ix_succession_successor", "region", "resource", "successor_id"),
    sa.Index("ix_succession_seq_from", "seq_from"),
    comment="what took the place of an object that went",
)
