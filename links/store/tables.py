"""The tables of the wall: alembic's truth, declared once. Comments are the data dictionary.

No column holds a name of a person, a national number, an enterprise number of a natural person or
the identifier of an address beside a subject: only references, HMACs of 16 bytes made by the
pseudonymiser with a key per sector and use. Nobody but the owner has a right on a table; every
role calls functions (objects/*.sql).
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TSTZRANGE

SCHEMA = "links"
SECTORS = ("RN", "ENT", "VEH", "PAT")

metadata = sa.MetaData(schema=SCHEMA)
Moment = sa.DateTime(timezone=True)
Reference = sa.LargeBinary
Column = sa.Column[object]


def _text(name: str, comment: str, *, key: bool = False, optional: bool = False) -> Column:
    return sa.Column(name, sa.Text, primary_key=key, nullable=optional, comment=comment)


def _moment(name: str, comment: str, *, optional: bool = False) -> Column:
    return sa.Column(name, Moment, nullable=optional, comment=comment)


def _reference(name: str, comment: str, *, key: bool = False, optional: bool = False) -> Column:
    return sa.Column(name, Reference, primary_key=key, nullable=optional, comment=comment)


def _kid() -> Column:
    return sa.Column("kid", sa.SmallInteger, nullable=False, comment="key generation")


sa.Table(
    "sector",
    metadata,
    _text("code", "RN, ENT, VEH, PAT, or a sector that only holds dossiers", key=True),
    sa.Column("active_kids", sa.ARRAY(sa.SmallInteger), nullable=False, comment="oldest first"),
    comment="a world of references of its own",
)
sa.Table(
    "kind",
    metadata,
    _text("code", "residence, household, ...", key=True),
    sa.Column("sector", sa.ForeignKey(f"{SCHEMA}.sector.code"), nullable=False),
    _text("subject_type", "person, enterprise, establishment, vehicle"),
    _text("source", "enterprise number of the authentic source"),
    sa.Column("natural_person", sa.Boolean, nullable=False, comment="needs four eyes of two"),
    sa.Column("retention_days", sa.Integer, nullable=False, comment="kept after its end"),
    sa.Column(
        "purposes",
        sa.ARRAY(sa.Text),
        nullable=False,
        server_default="{}",
        comment="domains that may ask at all",
    ),
    comment="a kind of link; written from links/domain/kinds.toml",
)
sa.Table(
    "organisation",
    metadata,
    _text("number", "enterprise number, ten digits", key=True),
    _text("name", "as published"),
    _text(
        "category",
        "public_authority, private_legal_mission, private_partner, source, auditor",
    ),
    _text("status", "active, suspended"),
    _text("contact", "address of the data protection officer"),
    comment="who may be granted something, deliver or look on",
)
sa.Table(
    "client",
    metadata,
    _text("id", "OAuth client", key=True),
    sa.Column("organisation", sa.ForeignKey(f"{SCHEMA}.organisation.number"), nullable=False),
    _text("status", "active, suspended, revoked"),
    sa.Column("keys", JSONB, nullable=False, comment="public JWKs, each with kid"),
    comment="a program of an organisation",
)
sa.Table(
    "officer",
    metadata,
    _text("id", "account", key=True),
    sa.Column("organisation", sa.ForeignKey(f"{SCHEMA}.organisation.number"), nullable=False),
    _reference("person_ref", "the human behind it, keyed: two accounts are still one person"),
    sa.Column("public_key", sa.LargeBinary, nullable=False, comment="Ed25519, 32 bytes"),
    _text("status", "active, retired, suspended"),
    comment="who proposes and approves deliberations",
)
sa.Table(
    "deliberation",
    metadata,
    _text("id", "such as CSI/2026/014", key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("organisation", sa.ForeignKey(f"{SCHEMA}.organisation.number"), nullable=False),
    _text("basis_kind", "protocol, csi_deliberation, ministerial_authorisation, law"),
    _text("basis_reference", "the legal text"),
    _text("document_sha256", "of the published decision, hexadecimal"),
    _text("domain", "tax, health, social, justice, mobility, municipal, ..."),
    _text("purpose", "code that each request repeats"),
    sa.Column("purpose_text", JSONB, nullable=False, comment="nl, fr, de"),
    _text("direction", "address_to_subject, subject_to_address"),
    _text("disclosure", "verify, reference, pairwise, address"),
    sa.Column("sector", sa.ForeignKey(f"{SCHEMA}.sector.code"), nullable=False),
    sa.Column("kinds", sa.ARRAY(sa.Text), nullable=False),
    sa.Column("fields", sa.ARRAY(sa.Text), nullable=False, comment="of capacity, valid"),
    sa.Column("territory", sa.ARRAY(sa.Text), comment="NIS codes; null: the whole country"),
    sa.Column("history_days", sa.Integer, nullable=False, comment="how far back may be asked"),
    sa.Column("valid", DATERANGE, nullable=False, comment="days in Brussels, half-open"),
    sa.Column("requires_dossier", sa.Boolean, nullable=False),
    sa.Column("max_per_answer", sa.Integer, nullable=False),
    sa.Column("quota_hour", sa.Integer, nullable=False),
    sa.Column("quota_day", sa.Integer, nullable=False),
    sa.Column("quota_addresses_day", sa.Integer, nullable=False),
    sa.Column("protected_ok", sa.Boolean, nullable=False, comment="may see protected persons"),
    _text("citizen_visibility", "immediate, deferred, exempt"),
    sa.Column("defer_days", sa.Integer, nullable=False),
    sa.Column("combines", sa.ARRAY(sa.Text), nullable=False, comment="deliberations named"),
    _text("proposed_by", "officer"),
    _text("approved_by", "officer", optional=True),
    sa.Column("signature_proposer", sa.LargeBinary, nullable=False, comment="Ed25519"),
    sa.Column("signature_approver", sa.LargeBinary, comment="Ed25519"),
    _text("dpo_advice_sha256", "of the advice annexed", optional=True),
    _moment("proposed_at", "when"),
    _moment("approved_at", "when", optional=True),
    _moment("active_from", "end of the standstill", optional=True),
    _text("state", "proposed, approved, suspended, withdrawn, superseded"),
    sa.CheckConstraint("approved_by <> proposed_by", name="four_eyes"),
    sa.CheckConstraint("max_per_answer between 1 and 100", name="answer_limit"),
    comment="a right as data: who may ask what, why, where, until when; never overwritten",
)
sa.Table(
    "link",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("sector", sa.Text, nullable=False),
    _text("kind", "of links/domain/kinds.toml"),
    _reference("addr_ref", "address, keyed for this sector"),
    _reference("subj_ref", "subject, keyed for this sector"),
    _kid(),
    _text("capacity", "such as resident, reference_person, child, owner, usufruct"),
    _reference("addr_sealed", "the address's identifier, AES-SIV, bound to subj_ref"),
    _reference("household_ref", "household, keyed: what protects one covers it", optional=True),
    sa.Column("valid", DATERANGE, nullable=False, comment="in the world, half-open"),
    sa.Column("recorded", TSTZRANGE, nullable=False, comment="here, half-open; open = current"),
    sa.Column("delivery", sa.BigInteger, nullable=False, comment="that brought it"),
    sa.Column(
        "verdict",
        sa.Text,
        nullable=False,
        server_default="given",
        comment="of its address: given, exact, corrected, owner",
    ),
    sa.Index(
        "ix_link_addr",
        "addr_ref",
        postgresql_where=sa.text("upper_inf(recorded)"),
    ),
    sa.Index(
        "ix_link_subj",
        "subj_ref",
        postgresql_where=sa.text("upper_inf(recorded)"),
    ),
    sa.Index(
        "ix_link_household",
        "household_ref",
        postgresql_where=sa.text("upper_inf(recorded) and household_ref is not null"),
    ),
    comment="a personal link: an address tied to a subject in one sector",
    postgresql_partition_by="LIST (sector)",
)
sa.Table(
    "delivery",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.ForeignKey(f"{SCHEMA}.kind.code"), nullable=False),
    _text("digest", "of the file, keyed, hexadecimal: a file of one row could be guessed"),
    _moment("at", "when"),
    sa.Column("counts", JSONB, nullable=False, comment="read, loaded, ended, class A to D"),
    comment="a sector's file of links",
)
sa.Table(
    "work_item",
    metadata,
    sa.Column("delivery", sa.ForeignKey(f"{SCHEMA}.delivery.id"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, comment="line of the owner's file"),
    _text("class", "A municipality, B street, C house number, D box"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the row, for the owner"),
    comment="a row whose address was not found: for its owner to correct",
)
sa.Table(
    "dossier",
    metadata,
    _text("organisation", "who holds it", key=True),
    _text("sector", "of the reference", key=True),
    _reference("subj_ref", "subject, keyed", key=True),
    _text("capacity", "such as open_file", key=True),
    _kid(),
    sa.Column("valid", DATERANGE, nullable=False),
    sa.Column("subscribed", sa.Boolean, nullable=False, comment="to be told that links changed"),
    _text("handle", "the holder's own number of it, sealed for the holder, base64"),
    comment="who has an open file of whom: the persons' repertory",
)
sa.Table(
    "notice",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False, index=True),
    _text("handle", "of the dossier"),
    _moment("at", "when; the day only"),
    _text("told_under", "correlation of the question that took it", optional=True),
    _moment("told_at", "when; told again for an hour, if that question is repeated", optional=True),
    comment="changed, without what: Once Only",
)
sa.Table(
    "protection",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _text("sector", "of the reference"),
    sa.Column("subj_ref", Reference, nullable=False, index=True),
    _kid(),
    sa.Column("level", sa.SmallInteger, nullable=False, comment="1 not communicable, 2 strict"),
    _text("basis", "the decision, keyed for this sector, hexadecimal"),
    sa.Column("valid", DATERANGE, nullable=False),
    sa.CheckConstraint("level in (1, 2)", name="level"),
    sa.CheckConstraint(  # an open end makes a comparison null, and null would pass
        "level = 2 or coalesce(upper(valid) <= lower(valid) + interval '6 months', false)",
        name="six_months",
    ),
    comment="whose links are answered as if they were not there",
)
sa.Table(
    "chain",
    metadata,
    _text("organisation", "whose", key=True),
    sa.Column("n", sa.BigInteger, nullable=False, comment="number of its last record"),
    _reference("hash", "of its last record"),
    comment="the head of each organisation's chain of records",
)
sa.Table(
    "record",
    metadata,
    _text("organisation", "whose chain", key=True),
    sa.Column("n", sa.BigInteger, primary_key=True),
    sa.Column("at", Moment, primary_key=True, comment="when, by the database"),
    sa.Column("xid", sa.BigInteger, nullable=False, comment="transaction that wrote it"),
    _text("body", "RFC 8785 JSON: what was declared, answered or refused"),
    _reference("prev", "hash of the record before, 32 zero bytes at first"),
    _reference("hash", "SHA-256(0x00, prev, n, microseconds, body)"),
    comment="every request and its outcome, refused ones too: kept ten years",
    postgresql_partition_by="RANGE (at)",
)
sa.Table(
    "sealed_request",
    metadata,
    _text("organisation", "whose", key=True),
    sa.Column("n", sa.BigInteger, primary_key=True),
    _text("month", "data key, 2026-11", key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the signed request, encrypted"),
    comment="what the client signed; unreadable once the month's key is destroyed",
)
sa.Table(
    "ticket",
    metadata,
    _text("organisation", "whose", key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, comment="of the intent"),
    _text("client", "that declared"),
    _moment("at", "when"),
    sa.Column("xid", sa.BigInteger, nullable=False, comment="that must be committed"),
    sa.Column("question", JSONB, nullable=False, comment="what may be answered, keyed"),
    sa.Column("found", sa.Integer, comment="how many are about to be delivered"),
    comment="declared and not yet answered",
)
sa.Table(
    "delivered",
    metadata,
    _text("organisation", "receiver", key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, comment="of the outcome"),
    _reference("audit_ref", "subject, under the key of the log alone", key=True),
    _text("kind", "of link", key=True),
    sa.Column("at", Moment, nullable=False),
    _text("deliberation", "id"),
    sa.Column("version", sa.Integer, nullable=False),
    _moment("visible_from", "null: exempt", optional=True),
    sa.Index("ix_delivered_audit_ref", "audit_ref", "at"),
    comment="about whom something was answered: the citizen's view",
)
sa.Table(
    "asked",
    metadata,
    _text("organisation", "who", key=True),
    _reference("asked_ref", "address or subject, keyed for the organisation", key=True),
    _text("deliberation", "under which", key=True),
    sa.Column("day", sa.Date, primary_key=True, comment="in Brussels; a moment would name records"),
    _text("sector", "of the deliberation"),
    _text("domain", "of the deliberation"),
    _reference("shared_ref", "the same, keyed alike for all; that day only", optional=True),
    _reference("street_ref", "street, keyed for the organisation; that day only", optional=True),
    sa.Index(
        "ix_asked_street",
        "organisation",
        "street_ref",
        "day",
        postgresql_where=sa.text("street_ref is not null"),
    ),
    sa.Index(
        "ix_asked_shared",
        "day",
        "shared_ref",
        postgresql_where=sa.text("shared_ref is not null"),
    ),
    sa.Index("ix_asked_day", "day"),
    comment="what anomalies and the combination rule look at, once a day each; 30 days",
)
sa.Table(
    "usage",
    metadata,
    _text("deliberation", "whose quotas", key=True),
    _text("end_user", "on whose behalf; empty: all of the deliberation", key=True),
    _moment("hour", "that asked_hour counts"),
    sa.Column("asked_hour", sa.Integer, nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True, comment="in Brussels, of the others"),
    sa.Column("asked_day", sa.Integer, nullable=False),
    sa.Column("addresses_day", sa.Integer, nullable=False, comment="different ones"),
    sa.Column("missed_day", sa.Integer, nullable=False, comment="nothing was found"),
    comment="what quotas count: the present hour and day",
)
sa.Table(
    "canary",
    metadata,
    _text("sector", "of the reference", key=True),
    _reference("ref", "of an address or subject that nobody has a reason to ask", key=True),
    sa.Column(
        "is_subject", sa.Boolean, nullable=False, server_default=sa.false(), comment="how it moves"
    ),
    sa.Column("kid", sa.SmallInteger, nullable=False, server_default="1", comment="key generation"),
    comment="asking one suspends the client at once",
)
sa.Table(
    "alarm",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _moment("at", "when"),
    _text("rule", "which"),
    _text("organisation", "who", optional=True),
    sa.Column("facts", JSONB, nullable=False, comment="numbers of records; no references"),
    _moment("seen_at", "by the data protection officer", optional=True),
    comment="what somebody must look at",
)
sa.Table(
    "seen_token",
    metadata,
    _reference("digest", "SHA-256 of client and jti", key=True),
    sa.Column("expires_at", Moment, nullable=False, index=True),
    comment="assertions and proofs that were used once",
)
sa.Table(
    "handle",
    metadata,
    _reference("digest", "of a sealed handle that was opened", key=True),
    _moment("expires_at", "when it could not be opened any more"),
    comment="handles are opened once",
)
sa.Table(
    "tree_leaf",
    metadata,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    _text("organisation", "of the record"),
    sa.Column("n", sa.BigInteger, nullable=False),
    _reference("hash", "leaf of the RFC 9162 tree: the record's hash"),
    sa.Index("uq_tree_leaf", "organisation", "n", unique=True),
    comment="all records in the order in which checkpoints took them; outlives them",
)
sa.Table(
    "checkpoint",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    _reference("root", "of the tree"),
    _moment("at", "when"),
    _text("note", "signed note (C2SP), with the witness's line when it has answered"),
    comment="signed states of the tree",
)
sa.Table(
    "citizen_request",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    _text("kind", "complaint, protection"),
    _reference("audit_ref", "whose"),
    _moment("at", "when"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="what was written, encrypted"),
    _text("status", "received, answered"),
    comment="complaints and requests for protection",
)
sa.Table(
    "replica_address",
    metadata,
    _text("id", "public identifier, such as bru-210225", key=True),
    _text("municipality", "NIS code"),
    _text("street", "public identifier of the street name"),
    _text("house_number", "as published"),
    sa.Column("valid", DATERANGE, nullable=False),
    _text("box_number", "as published", optional=True),
    comment="public addresses, fetched whole: what is asked of it betrays nothing outside",
)
sa.Table(
    "replica_former",
    metadata,
    _text("id", "public identifier", key=True),
    sa.Column("valid", DATERANGE, primary_key=True),
    _text("municipality", "NIS code it had then"),
    comment="municipalities that addresses had before",
)
sa.Table(
    "replica_position",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("seq", sa.BigInteger, nullable=False),
    _text("root", "proof of the release it was made of"),
    _text("url", "the register's"),
    sa.CheckConstraint("one", name="one"),
    comment="how far the replica of the public register is",
)
