"""What the pseudonymiser is asked: a function for each operation, by the socket that may ask it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from links.keys.derivation import KeysRefused, check_text
from links.keys.members import (
    read_address,
    read_base64,
    read_bound,
    read_hex,
    read_integer,
    read_reference,
    read_rows,
    read_subject,
    write_references,
)
from links.keys.sealing import Handle, make_digest, open_handle, seal, seal_handle, unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from links.keys.keyring import KeyRing
    from links.keys.months import MonthKeys

    Request = Mapping[str, Any]
    Answer = dict[str, Any]

MOST_ASKED_ROWS = 100  # no answer of the wall names more
MOST_BATCH_ROWS = 1_000  # about five milliseconds: questions wait that long at most


@dataclass(slots=True, kw_only=True, repr=False)
class Vault:
    """The keys of a running pseudonymiser; `ring` changes with a rotation."""

    ring: KeyRing
    path: Path
    months: MonthKeys
    clock: Callable[[], datetime]

    def replace_ring(self, ring: KeyRing) -> None:
        """Use another ring from now on; it is on disk before anything is keyed with it."""
        ring.write(self.path)
        self.ring = ring


def ask(vault: Vault, request: Request) -> Answer:
    """Key a question: what is looked up, and what quotas and alarms compare."""
    ring, sector = vault.ring, vault.ring.find_sector(request["sector"])
    organisation = check_text("organisation", request["organisation"])
    day = check_text("day", request["day"])
    address, subject = read_address(request), read_subject(ring, request)
    street = request.get("street")
    asked = b"address:" + address if address is not None else subject
    if asked is None:
        raise KeysRefused("nothing_asked")
    addr_refs = sector.list_active("addr", address) if address is not None else []
    subj_refs = sector.list_active("subj", subject) if subject is not None else []
    audit_refs = [ring.make_audit_ref(sector.code, ref) for ref in subj_refs]
    query = b"|".join((address or b"", subject or b""))
    find = ring.find_mac
    return {
        "addrRefs": write_references(addr_refs),
        "subjRefs": write_references(subj_refs),
        "queryRef": find("-", f"query/{organisation}")(query).hex(),
        "askedRef": find("-", f"asked/{organisation}")(asked).hex(),
        "sharedRef": find("-", f"shared/{day}")(asked).hex(),
        "streetRef": None
        if street is None
        else find("-", f"street/{organisation}")(check_text("street", street).encode()).hex(),
        "subjectAuditRefs": write_references(audit_refs),
    }


def disclose(vault: Vault, request: Request) -> Answer:
    """Make what leaves: log references, pseudonyms for the asker, handles for the source."""
    ring, sector = vault.ring, vault.ring.find_sector(request["sector"])
    organisation = check_text("organisation", request["organisation"])
    rows = [
        (read_reference(row["subjRef"]), read_integer(row["kid"]))
        for row in read_rows(request, MOST_ASKED_ROWS)
    ]
    for _, kid in rows:
        sector.find_generation(kid)
    pairwise = [
        ring.make_pairwise(organisation, sector.code, ref, kid)
        for ref, kid in (rows if request.get("pairwise") else ())
    ]
    terms = request.get("handle")
    return {
        "auditRefs": write_references(ring.make_audit_ref(sector.code, ref) for ref, _ in rows),
        "pairwise": write_references(pairwise) if request.get("pairwise") else None,
        "handles": None
        if terms is None
        else [
            seal_handle(
                ring,
                Handle(
                    sector=sector.code,
                    source=check_text("source", terms["source"]),
                    requester=organisation,
                    kid=kid,
                    expires=read_integer(terms["expires"]),
                    subj_ref=ref,
                ),
            )
            for ref, kid in rows
        ],
    }


def open_addresses(vault: Vault, request: Request) -> Answer:
    """Return the addresses that rows of the answer have sealed."""
    sector = vault.ring.find_sector(request["sector"])
    addresses = []
    for row in read_rows(request, MOST_ASKED_ROWS):
        generation = sector.find_generation(read_integer(row["kid"]))
        sealed, subj_ref = read_hex(row["sealed"]), read_reference(row["subjRef"])
        addresses.append(generation.open_address(sealed, subj_ref).decode())
    return {"addresses": addresses}


def open_handles(vault: Vault, request: Request) -> Answer:
    """Open one handle for its source; the database remembers the digest, for it opens once."""
    now = int(vault.clock().timestamp())
    handle = open_handle(vault.ring, request["handle"], request["organisation"], now)
    pairwise = vault.ring.make_pairwise(handle.source, handle.sector, handle.subj_ref, handle.kid)
    return {
        "pairwise": pairwise.hex(),
        "requester": handle.requester,
        "sector": handle.sector,
        "digest": make_digest(request["handle"]).hex(),
        "expires": handle.expires,
    }


def seal_text(vault: Vault, request: Request) -> Answer:
    """Encrypt under a month's key (destroyed after ten years) or that of a purpose."""
    cipher, month = _find_cipher(vault, request, is_new=True)
    sealed = seal(cipher, read_base64(request["data"]), read_bound(request))
    return {"sealed": base64.b64encode(sealed).decode(), "month": month}


def unseal_text(vault: Vault, request: Request) -> Answer:
    """Decrypt what `seal` made under the same month or purpose and the same `bound`."""
    cipher, _ = _find_cipher(vault, request, is_new=False)
    data = unseal(cipher, read_base64(request["sealed"]), read_bound(request))
    return {"data": base64.b64encode(data).decode()}


def find_citizen(vault: Vault, request: Request) -> Answer:
    """Return every reference that a person ever had in the log, and those that links have now."""
    ring, subject = vault.ring, read_subject(vault.ring, request)
    if subject is None or not subject.startswith(b"person:"):
        raise KeysRefused("subject_malformed")
    audit_refs, subj_refs = [], {}
    for code, sector in ring.sectors.items():
        references = sector.list_references("subj", subject)
        audit_refs += [ring.make_audit_ref(code, ref).hex() for ref in references.values()]
        subj_refs[code] = [references[kid].hex() for kid in sector.active]
    return {"auditRefs": audit_refs, "subjRefs": subj_refs}


def key_rows(vault: Vault, request: Request) -> Answer:
    """Key rows of a sector's file: [address or null, subject type, subject, household or null]."""
    rows = vault.ring.key_rows(request["sector"], read_rows(request, MOST_BATCH_ROWS))
    return {
        "rows": [
            (addr.hex(), subj.hex(), household and household.hex(), sealed.hex())
            for addr, subj, household, sealed in rows
        ],
        "kid": vault.ring.sectors[request["sector"]].current.kid,
    }


def key_addresses(vault: Vault, request: Request) -> Answer:
    """Return the references of addresses in each active generation."""
    sector = vault.ring.find_sector(request["sector"])
    found: dict[str, list[str]] = {str(kid): [] for kid in sector.active}
    for address in read_rows(request, MOST_BATCH_ROWS, "addresses"):
        text = check_text("address", address).encode()
        for kid, ref in zip(sector.active, sector.list_active("addr", text), strict=True):
            found[str(kid)].append(ref.hex())
    return found


def seal_addresses(vault: Vault, request: Request) -> Answer:
    """Seal addresses anew for rows that moved: [{subjRef, kid, address}]."""
    sector = vault.ring.find_sector(request["sector"])
    sealed = []
    for row in read_rows(request, MOST_BATCH_ROWS):
        generation = sector.find_generation(read_integer(row["kid"]))
        address = check_text("address", row["address"]).encode()
        sealed.append(generation.seal_address(address, read_reference(row["subjRef"])).hex())
    return {"sealed": sealed}


def rekey_rows(vault: Vault, request: Request) -> Answer:
    """Re-key rows [addr_ref, subj_ref, household_ref, sealed]; what is null stays empty."""
    sector = vault.ring.find_sector(request["sector"])
    since, until = read_integer(request["from"]), read_integer(request["to"])
    old, new = sector.find_generation(since), sector.find_generation(until)

    def advance(use: str, text: str | None) -> bytes:
        return sector.advance(use, read_reference(text), since, until) if text else b""

    rows = []
    for addr, subj, household, sealed in read_rows(request, MOST_BATCH_ROWS):
        subj_ref, moved = advance("subj", subj), b""
        if sealed:
            address = old.open_address(read_hex(sealed), read_reference(subj))
            moved = new.seal_address(address, subj_ref)
        new_household = advance("household", household).hex() or None
        rows.append((advance("addr", addr).hex(), subj_ref.hex(), new_household, moved.hex()))
    return {"rows": rows}


def find_person(vault: Vault, request: Request) -> Answer:
    """Return the reference of the human behind an officer's account."""
    subject = read_subject(vault.ring, request)
    if subject is None or not subject.startswith(b"person:"):
        raise KeysRefused("subject_malformed")
    return {"personRef": vault.ring.find_mac("-", "officer")(subject).hex()}


def describe(vault: Vault, _: Request) -> Answer:
    """Return what may be told of the ring: no key, and nothing that depends on one but a hash."""
    ring = vault.ring
    sectors = {code: list(keys.active) for code, keys in ring.sectors.items()}
    return {"synthetic": ring.synthetic, "fingerprint": ring.fingerprint, "sectors": sectors}


def add_generation(vault: Vault, request: Request) -> Answer:
    """Start a rotation; one that was started is gone on with."""
    active = vault.ring.find_sector(request["sector"]).active
    if len(active) == 1:
        vault.replace_ring(vault.ring.add_generation(request["sector"]))
        active = vault.ring.sectors[request["sector"]].active
    return {"from": active[0], "to": active[1]}


def retire_generation(vault: Vault, request: Request) -> Answer:
    """End a rotation: no row is of the old generation any more."""
    vault.replace_ring(
        vault.ring.retire_generation(request["sector"], read_integer(request["kid"]))
    )
    return {"active": list(vault.ring.sectors[request["sector"]].active)}


def shred_month(vault: Vault, request: Request) -> Answer:
    """Destroy the data key of a month of more than ten years ago."""
    return {"existed": vault.months.shred(request["month"], vault.clock())}


ASK: Mapping[str, Callable[[Vault, Request], Answer]] = MappingProxyType(
    {
        "ask": ask,
        "disclose": disclose,
        "open_addresses": open_addresses,
        "open_handle": open_handles,
        "seal": seal_text,
        "citizen": find_citizen,
        "describe": describe,
    }
)
BATCH: Mapping[str, Callable[[Vault, Request], Answer]] = MappingProxyType(
    {
        **ASK,
        "unseal": unseal_text,
        "key_rows": key_rows,
        "key_addresses": key_addresses,
        "seal_addresses": seal_addresses,
        "rekey_rows": rekey_rows,
        "person_ref": find_person,
        "add_generation": add_generation,
        "retire_generation": retire_generation,
        "shred_month": shred_month,
    }
)


def _find_cipher(vault: Vault, request: Request, *, is_new: bool) -> tuple[AESGCM, str | None]:
    if request.get("purpose") is not None:
        use = f"seal/{check_text('purpose', request['purpose'])}"
        return vault.ring.find_cipher(use), None
    month = request.get("month") or vault.clock().astimezone(UTC).strftime("%Y-%m")
    months = vault.months
    return months.make_cipher(month) if is_new else months.find_cipher(month), month
