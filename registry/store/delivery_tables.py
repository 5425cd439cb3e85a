"""The tables behind the agencies' door: who may deliver, what was delivered, what people report.

In a schema of their own: the open API's role cannot even see that it is there.
"""

from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from registry.store.table_parts import Code, Column, Moment, metadata

DELIVERIES = "deliveries"
"""The schema of these tables."""


def _make_region() -> Column:
    return sa.Column("region", Code, nullable=False, comment="bru, vlg or wal")


def _make_moment(name: str, comment: str, *, may_lack: bool = False) -> Column:
    return sa.Column(name, Moment, nullable=may_lack, comment=comment)


def _allow(column: str, *words: str) -> sa.CheckConstraint:
    """Let a column hold these words and no others."""
    told = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} in ({told})", name=column)


def _match(column: str, pattern: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} ~ '^{pattern}$'", name=column)


def _limit(column: str, most: int) -> sa.CheckConstraint:
    """Let a text have so many characters and no more."""
    return sa.CheckConstraint(f"length({column}) <= {most}", name=f"{column}_length")


_REGIONS = ("bru", "vlg", "wal")
_ID = "[a-z2-7]{26}"
_CLIENT_ID = "[a-z0-9][a-z0-9._-]{0,63}"
_SHA256 = "[0-9a-f]{64}"
_STATES = (
    *("created", "receiving", "received", "checking", "checked", "awaitingSecondPerson"),
    *("publishing", "published", "rejected", "withdrawn", "superseded", "failed"),
)


def _table(name: str, *columns: Column | sa.Index | sa.CheckConstraint, comment: str) -> None:
    parts: list[Any] = list(columns)
    sa.Table(name, metadata, *parts, schema=DELIVERIES, comment=comment)


_table(
    "agency",
    sa.Column("id", Code, primary_key=True, comment="lower-case name without blanks"),
    sa.Column("name", sa.Text, nullable=False, comment="as people write it"),
    _make_moment("added_at", "when the operator added it"),
    _make_moment("suspended_at", "nothing of it is accepted since; null = active", may_lack=True),
    _match("id", _CLIENT_ID),
    comment="an organisation that delivers: the owner of a region's addresses",
)

_table(
    "member",
    sa.Column("client_id", Code, primary_key=True, comment="OAuth client, one person or program"),
    sa.Column("agency_id", Code, nullable=False, comment="whose member"),
    sa.Column("name", sa.Text, nullable=False, comment="what the agency calls it"),
    _make_moment("added_at", "when the operator added it"),
    _make_moment("removed_at", "may do nothing since; null = active", may_lack=True),
    sa.Index("ix_member_agency", "agency_id"),
    _match("client_id", _CLIENT_ID),
    comment="who acts for an agency; two of them are two persons",
)

_table(
    "member_key",
    sa.Column("client_id", Code, primary_key=True, comment="whose key"),
    sa.Column("kid", Code, primary_key=True, comment="name of the key, in the client's own set"),
    sa.Column("jwk", JSONB, nullable=False, comment="public key, P-256 or Ed25519 (RFC 7517)"),
    _make_moment("added_at", "when the operator added it"),
    _make_moment("retired_at", "not accepted since; null = in use", may_lack=True),
    _limit("kid", 128),
    comment="public keys by which members are known",
)

_table(
    "authorisation",
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("agency_id", Code, nullable=False, comment="who may deliver"),
    _make_region(),
    sa.Column("kinds", ARRAY(Code), nullable=False, comment="kinds of object it may deliver"),
    _make_moment("valid_from", "from then on"),
    _make_moment("valid_to", "until before it; renewing adds a row"),
    sa.Column(
        "publishing_alone", ARRAY(Code), nullable=False, comment="clients that need no second one"
    ),
    _make_moment("granted_at", "when the operator granted it"),
    sa.Index("ix_authorisation_agency", "agency_id"),
    _allow("region", *_REGIONS),
    comment="what an agency may deliver, and until when",
)

_table(
    "used_assertion",
    sa.Column("digest", BYTEA, primary_key=True, comment="SHA-256 of client and jti"),
    _make_moment("expires_at", "forgotten after it"),
    comment="client assertions that were used: each is good for once",
)

_table(
    "delivery",
    sa.Column("id", Code, primary_key=True, comment="random, 26 letters and digits"),
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), unique=True, comment="order"),
    sa.Column("agency_id", Code, nullable=False, comment="whose delivery"),
    _make_region(),
    sa.Column("complete", sa.Boolean, nullable=False, comment="full, or mutations"),
    _make_moment("extracted_at", "declared: when the source wrote it"),
    sa.Column("file_name", sa.Text, nullable=False, comment="declared; its ending tells the kind"),
    sa.Column("declared_size", sa.BigInteger, comment="bytes, as declared"),
    sa.Column("declared_sha256", Code, comment="as declared"),
    sa.Column("declared_counts", JSONB, comment="objects per kind, as declared"),
    sa.Column("size", sa.BigInteger, comment="bytes of the whole file; null = not told yet"),
    sa.Column("received", sa.BigInteger, nullable=False, comment="bytes that are on the disk"),
    sa.Column("sha256", Code, comment="of the file, once it is whole"),
    sa.Column("state", Code, nullable=False, comment="created, receiving, received, ..."),
    sa.Column("version", sa.Integer, nullable=False, comment="of this row: its ETag"),
    _make_moment("state_at", "when it came into that state"),
    _make_moment("created_at", "when it was announced"),
    sa.Column("created_by", Code, nullable=False, comment="client"),
    sa.Column("publisher", Code, comment="client that asked for its publication"),
    sa.Column("second_publisher", Code, comment="another client, that looked and agreed"),
    sa.Column("failed_doing", Code, comment="state it was in when it failed: goes on from there"),
    sa.Column("attempts", sa.Integer, nullable=False, comment="failures in a row"),
    sa.Column("checks", sa.Integer, nullable=False, comment="how often it was checked"),
    sa.Column("basis", sa.Integer, comment="newest release of the region when checked; 0 = none"),
    sa.Column("release_number", sa.Integer, comment="the release it became; null: changed nothing"),
    sa.Column("undoing", sa.Boolean, nullable=False, comment="its roll-back was asked for"),
    sa.Column("undone_by", sa.Integer, comment="the release that took it back"),
    sa.Index("ix_delivery_agency", "agency_id", "number"),
    sa.Index("ix_delivery_region", "region", "number"),
    _match("id", _ID),
    _allow("region", *_REGIONS),
    _limit("file_name", 200),
    _match("declared_sha256", _SHA256),
    _match("sha256", _SHA256),
    _allow("state", *_STATES),
    _allow("failed_doing", "checking", "publishing"),
    sa.CheckConstraint("attempts between 0 and 30", name="attempts_range"),
    _match("publisher", _CLIENT_ID),
    _match("second_publisher", _CLIENT_ID),
    sa.CheckConstraint("publisher <> second_publisher", name="two_persons"),
    comment="a file for a region, from its announcement to its publication",
)

_table(
    "delivery_event",
    sa.Column("delivery_id", Code, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, comment="of the delivery, by this event"),
    sa.Column("state", Code, nullable=False, comment="after it"),
    _make_moment("at", "when"),
    sa.Column("actor", Code, nullable=False, comment="client, or `worker`"),
    sa.Column("detail", sa.Text, nullable=False, comment="why; empty when the state says it"),
    _allow("state", *_STATES),
    _limit("actor", 64),
    _limit("detail", 10_000),
    comment="everything that happened to a delivery; nothing is ever taken away",
)

_table(
    "delivery_check",
    sa.Column("delivery_id", Code, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, comment="1 is the first check"),
    _make_moment("made_at", "when it was done"),
    sa.Column("report", JSONB, nullable=False, comment="what is wrong"),
    sa.Column("preview", JSONB, comment="what will change; null: nothing can be published"),
    sa.Column("shape", JSONB, comment="fields, types, values and systems, for the next drift"),
    comment="what a check found, kept with the file",
)

_table(
    "guard_threshold",
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    _make_region(),
    sa.Column("guard", Code, nullable=False, comment="which guard"),
    sa.Column("value", sa.Float, nullable=False, comment="above it a second person must look"),
    _make_moment("set_at", "the newest row of a guard holds"),
    sa.Column("set_by", sa.Text, nullable=False, comment="who"),
    _allow("region", *_REGIONS),
    sa.CheckConstraint("value between 0 and 1", name="value"),
    comment="thresholds of the guards per region, with their history",
)

_table(
    "report",
    sa.Column("id", Code, primary_key=True, comment="random, 26 letters and digits"),
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), unique=True, comment="order"),
    _make_region(),
    sa.Column("municipality_id", Code, comment="NIS code; null = not known"),
    sa.Column("address_id", Code, comment="object id of the address it is about; null = a place"),
    sa.Column(
        "position", Geometry("POINT", srid=3812, spatial_index=False), comment="Lambert 2008, m"
    ),
    sa.Column("kind", Code, nullable=False, comment="missing, wrongName, wrongNumber, ..."),
    sa.Column("text", sa.Text, comment="for the owner alone; deleted when it is closed"),
    sa.Column("state", Code, nullable=False, comment="open, accepted, corrected, declined"),
    sa.Column("reason", sa.Text, comment="why it was declined, in the owner's words"),
    sa.Column("release_number", sa.Integer, comment="the release that corrected it"),
    _make_moment("created_at", "when it was made"),
    _make_moment("state_at", "when it came into that state"),
    sa.Column("answered_by", Code, comment="client"),
    sa.Index("ix_report_region", "region", "number"),
    sa.Index("ix_report_municipality", "municipality_id", "number"),
    _match("id", _ID),
    _allow("region", *_REGIONS),
    _limit("municipality_id", 100),
    _limit("address_id", 100),
    _allow("kind", "missing", "wrongName", "wrongNumber", "wrongPosition", "duplicate", "other"),
    _limit("text", 500),
    _allow("state", "open", "accepted", "corrected", "declined"),
    _limit("reason", 500),
    comment="what people say is wrong, and what its owner answered",
)
