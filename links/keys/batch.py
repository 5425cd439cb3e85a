"""What the pseudonymiser does for files, rotations, officers and the clerk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from links.keys.derivation import KeysRefused, check_text
from links.keys.members import (
    read_hex,
    read_integer,
    read_reference,
    read_rows,
    read_subject,
)
from links.keys.sealing import seal_number as seal_padded

if TYPE_CHECKING:
    from links.keys.operations import Answer, Request, Vault

DIGEST_BYTES = 32
MOST_BATCH_ROWS = 1_000  # about five milliseconds: questions wait that long at most


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


def key_digest(vault: Vault, request: Request) -> Answer:
    """Key the digest of a file: a file of one row could be guessed from its own."""
    digest = read_hex(request["sha256"])
    if len(digest) != DIGEST_BYTES:
        raise KeysRefused("digest_malformed")
    return {"digest": vault.ring.find_mac("-", "digest")(digest).hex()}


def key_text(vault: Vault, request: Request) -> Answer:
    """Key a text that is only ever compared, such as the basis of protections, by sector."""
    sector = vault.ring.find_sector(request["sector"]).code
    use, text = f"text/{check_text('purpose', request['use'])}", request["text"]
    if not isinstance(text, str):
        raise KeysRefused("text_malformed")
    return {"ref": vault.ring.find_mac(sector, use)(text.encode()).hex()}


def seal_number(vault: Vault, request: Request) -> Answer:
    """Seal an organisation's own number of a dossier: it is given back to it, and to nobody."""
    return {"sealed": seal_padded(vault.ring, request["organisation"], request["number"])}


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
