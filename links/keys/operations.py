"""What the pseudonymiser does for questions and citizens: a function for each operation."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC
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
from links.keys.sealing import (
    Handle,
    make_digest,
    open_handle,
    open_number,
    seal,
    seal_handle,
    unseal,
)

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
    asked = [] if address is None else [b"address:" + address]
    asked += [] if subject is None else [subject]
    if not asked:
        raise KeysRefused("nothing_asked")
    addr_refs = sector.list_active("addr", address) if address is not None else []
    subj_refs = sector.list_active("subj", subject) if subject is not None else []
    audit_refs = [ring.make_audit_ref(sector.code, ref) for ref in subj_refs]
    query = b"|".join((address or b"", subject or b""))
    find = ring.find_mac
    return {
        "addrRefs": write_references(addr_refs),
        "subjRefs": write_references(subj_refs),
        # On record for ten years: nobody compares it with another sector's, nobody shall.
        "queryRef": find("-", f"query/{organisation}/{sector.code}")(query).hex(),
        # The address first; the subject too, for both are looked at in other sectors.
        "askedRefs": write_references(map(find("-", f"asked/{organisation}"), asked)),
        "sharedRef": find("-", f"shared/{day}")(asked[0]).hex(),
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


def open_numbers(vault: Vault, request: Request) -> Answer:
    """Give an organisation back its own numbers of dossiers."""
    organisation, sealed = request["organisation"], read_rows(request, MOST_ASKED_ROWS, "sealed")
    return {"numbers": [open_number(vault.ring, organisation, one) for one in sealed]}


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


def describe(vault: Vault, _: Request) -> Answer:
    """Return what may be told of the ring: no key, and nothing that depends on one but a hash."""
    ring = vault.ring
    sectors = {code: list(keys.active) for code, keys in ring.sectors.items()}
    return {"synthetic": ring.synthetic, "fingerprint": ring.fingerprint, "sectors": sectors}


def _find_cipher(vault: Vault, request: Request, *, is_new: bool) -> tuple[AESGCM, str | None]:
    if request.get("purpose") is not None:
        use = f"seal/{check_text('purpose', request['purpose'])}"
        return vault.ring.find_cipher(use), None
    month = request.get("month") or vault.clock().astimezone(UTC).strftime("%Y-%m")
    months = vault.months
    return months.make_cipher(month) if is_new else months.find_cipher(month), month
