"""Agencies, their members and keys, and what they are authorised to do.

What changes them is in the caller's transaction.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import import_key
from psycopg import Connection
from psycopg.types.json import Jsonb

from registry.deliveries.statements import fetch_rows, read_statement
from registry.deliveries.states import WORKER, Authorisation, State
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

_CURVES = (("EC", "P-256"), ("OKP", "Ed25519"))
_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 bytes in base64url: one spelling, so that one key is never two."""
_KID = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An OAuth client, one person or program; `kids` are its keys in use."""

    client_id: str
    agency_id: str
    name: str
    added_at: datetime
    removed_at: datetime | None
    kids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An owner of addresses, with its members and, per region, the authorisation that holds."""

    id: str
    name: str
    added_at: datetime
    suspended_at: datetime | None
    members: tuple[Member, ...]
    authorisations: tuple[Authorisation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a member that was not removed, of an agency that is not suspended."""

    client_id: str
    agency_id: str
    agency_name: str
    authorisations: tuple[Authorisation, ...]

    def find_authorisation(self, region: Region) -> Authorisation | None:
        """Return the authorisation for a region; whether it holds now is asked of it."""
        return next((a for a in self.authorisations if a.region is region), None)


def add_agency(connection: Connection, agency_id: str, name: str, now: datetime) -> None:
    """Add an agency; InputRefused when the id is taken, or no id."""
    _check_id(agency_id)
    parameters = {"id": agency_id, "name": name, "now": now}
    _change(connection, "add_agency", parameters, f"There is an agency {agency_id} already.")


def suspend_agency(connection: Connection, agency_id: str, now: datetime) -> None:
    """Accept nothing of an agency any more; InputRefused when there is none that acts."""
    _require_agency(connection, agency_id)
    parameters = {"id": agency_id, "now": now}
    _change(connection, "suspend_agency", parameters, f"{agency_id} is suspended already.")


def resume_agency(connection: Connection, agency_id: str) -> None:
    """Accept an agency again; InputRefused when there is none that is suspended."""
    _require_agency(connection, agency_id)
    parameters = {"id": agency_id}
    _change(connection, "resume_agency", parameters, f"{agency_id} is not suspended.")


def add_member(
    connection: Connection, agency_id: str, client_id: str, name: str, now: datetime
) -> None:
    """Add a client to an agency; InputRefused when there is no agency, or the id is taken."""
    _check_id(client_id)
    _require_agency(connection, agency_id)
    parameters = {"id": client_id, "agency_id": agency_id, "name": name, "now": now}
    refusal = f"There is, or was, a client {client_id}: ids are never used again."
    _change(connection, "add_member", parameters, refusal)


def remove_member(connection: Connection, client_id: str, now: datetime) -> None:
    """Let a client do nothing any more; InputRefused when there is none that may."""
    parameters = {"id": client_id, "now": now}
    _change(connection, "remove_member", parameters, f"No client {client_id} is active.")


def add_key(connection: Connection, client_id: str, jwk: Mapping[str, Any], now: datetime) -> str:
    """Add a client's public key (RFC 7517) and return its `kid`: its own, or its thumbprint.

    InputRefused when it is none we take, when it is private, or when any client has it or had it:
    whoever holds one key is one person, and a key that was retired may be in anybody's hands.
    """
    kid, public = _read_public_key(jwk)
    parameters = {"id": client_id, "kid": kid, "jwk": Jsonb(public), "now": now}
    connection.execute(read_statement("lock_agencies"))
    for owner, is_former in connection.execute(read_statement("find_key_owner"), parameters):
        told = "was a former key of" if is_former else "is already the key of"
        raise InputRefused(f"This key {told} {owner}: ./best agency new-key makes a new one.")
    refusal = f"No client {client_id} is active, or it has another key named {kid}."
    _change(connection, "add_key", parameters, refusal)
    return kid


def retire_keys(
    connection: Connection, client_id: str, now: datetime, *, kept: str | None = None
) -> list[str]:
    """Accept a client's keys no more, but for the one named `kept`; return what was retired."""
    parameters = {"id": client_id, "kept": kept, "now": now}
    rows = connection.execute(read_statement("retire_keys"), parameters).fetchall()
    return [str(kid) for (kid,) in rows]


def grant_authorisation(
    connection: Connection, authorisation: Authorisation, now: datetime
) -> None:
    """Grant or renew: an authorisation takes the place of the former one from its first moment.

    An empty range ends that one. InputRefused when there is no such agency, when a range ends
    before it begins, or when who publishes alone is no client of the agency.
    """
    if authorisation.valid_to < authorisation.valid_from:
        raise InputRefused("An authorisation cannot end before it begins.")
    if not authorisation.kinds:
        raise InputRefused("An authorisation is for one kind of object at least.")
    _require_agency(connection, authorisation.agency_id)
    parameters = {
        "agency_id": authorisation.agency_id,
        "region": authorisation.region,
        "kinds": [str(kind) for kind in Resource if kind in authorisation.kinds],
        "valid_from": authorisation.valid_from,
        "valid_to": authorisation.valid_to,
        "publishing_alone": sorted(authorisation.publishing_alone),
        "now": now,
    }
    refusal = (
        f"Not all who would publish alone are active clients of {authorisation.agency_id}:"
        f" {', '.join(sorted(authorisation.publishing_alone))}."
    )
    _change(connection, "grant_authorisation", parameters, refusal)


def list_agencies(connection: Connection, now: datetime | None = None) -> list[Agency]:
    """Return every agency with its members and authorisations, by id.

    Of a region's authorisations the newest that has begun, else the newest; `now` None: by the
    clock of the database.
    """
    return [
        Agency(
            **agency,
            members=tuple(
                Member(**member | {"kids": tuple(member["kids"])})
                for member in fetch_rows(connection, "list_members", agency)
            ),
            authorisations=_list_authorisations(connection, agency["id"], now),
        )
        for agency in fetch_rows(connection, "list_agencies", {})
    ]


def find_actor(connection: Connection, client_id: str, now: datetime | None = None) -> Actor | None:
    """Return who a client is; None when it is unknown or removed, or its agency suspended."""
    for row in fetch_rows(connection, "find_actor", {"id": client_id}):
        authorisations = _list_authorisations(connection, row["agency_id"], now)
        return Actor(**row, authorisations=authorisations)
    return None


def lock_actor(connection: Connection, client_id: str, now: datetime | None = None) -> Actor | None:
    """Return who a client is, and stays until the transaction ends.

    Whoever suspends its agency, removes it or changes what it may do waits so long.
    """
    connection.execute(read_statement("lock_agencies"))
    return find_actor(connection, client_id, now)


def list_wanted(connection: Connection, client_id: str) -> list[tuple[str, State]]:
    """Return ids and states of deliveries that a client wants published, or rolled back, now."""
    rows = connection.execute(read_statement("list_wanted"), {"id": client_id}).fetchall()
    return [(str(delivery_id), State(state)) for delivery_id, state in rows]


def find_keys(connection: Connection, client_id: str) -> dict[str, dict[str, Any]]:
    """Return the public keys in use of a client by `kid`; none when it may not act."""
    rows = connection.execute(read_statement("find_keys"), {"id": client_id}).fetchall()
    return {str(kid): jwk for kid, jwk in rows}


def remember_assertion(
    connection: Connection, digest: bytes, expires_at: datetime, now: datetime
) -> bool:
    """Remember that a client assertion was used; False when it was used before.

    Those that have expired are forgotten: they are refused for their age.
    """
    connection.execute(read_statement("forget_assertions"), {"now": now})
    parameters = {"digest": digest, "expires_at": expires_at}
    return connection.execute(read_statement("remember_assertion"), parameters).rowcount == 1


def _change(connection: Connection, name: str, parameters: dict[str, Any], refusal: str) -> None:
    """Run a statement that changes one row; no row is a refusal in the caller's words.

    In the caller's transaction, it waits for who relies on what it changes: a publication that is
    being committed.
    """
    connection.execute(read_statement("lock_agencies"))
    if connection.execute(read_statement(name), parameters).rowcount != 1:
        raise InputRefused(refusal)


def _require_agency(connection: Connection, agency_id: str) -> None:
    known = [row["id"] for row in fetch_rows(connection, "list_agencies", {})]
    if agency_id not in known:
        raise InputRefused(
            f"There is no agency {agency_id}; those there are: {', '.join(known) or 'none'}."
        )


def _check_id(name: str) -> None:
    if not _CLIENT_ID.fullmatch(name) or name == WORKER:
        raise InputRefused(
            f"{name} is no id: it has at most 64 lower-case letters, digits and . _ -, begins with"
            f" a letter or digit, and is not `{WORKER}`."
        )


def _read_public_key(jwk: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a key's name and its public members, and nothing else that was sent with them."""
    if (jwk.get("kty"), jwk.get("crv")) not in _CURVES:
        curves = " or ".join(f"{curve} (kty {kind})" for kind, curve in _CURVES)
        raise InputRefused(f"A key is a JWK on the curve {curves}.")
    if "d" in jwk:
        raise InputRefused("This is a private key: keep it, and give its public half.")
    public = {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}
    try:
        thumbprint = import_key(public).thumbprint()
    except (JoseError, ValueError) as error:
        raise InputRefused(f"The key cannot be read: {error}") from error
    if not all(_COORDINATE.fullmatch(public[name]) for name in ("x", "y") if name in public):
        raise InputRefused("The key cannot be read: x and y are 32 bytes each, in base64url.")
    kid = str(jwk.get("kid") or thumbprint)
    if not _KID.fullmatch(kid):
        raise InputRefused("A key's kid is at most 128 printable ASCII characters, without blanks.")
    return kid, {**public, "kid": kid}


def _list_authorisations(
    connection: Connection, agency_id: str, now: datetime | None
) -> tuple[Authorisation, ...]:
    rows = fetch_rows(connection, "list_authorisations", {"id": agency_id, "now": now})
    return tuple(
        Authorisation(
            agency_id=agency_id,
            region=Region(row["region"]),
            kinds=frozenset(map(Resource, row["kinds"])),
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            publishing_alone=frozenset(row["publishing_alone"]),
        )
        for row in rows
    )
