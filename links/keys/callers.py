"""Who may have what done: two sockets, and for each process only what it needs.

Whoever takes one process over gets that process's operations and no others: the links API cannot
have a person's references of all sectors, the clerk nothing but months destroyed.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from links.keys import batch, operations
from links.keys.derivation import KeysRefused
from links.keys.months import count_months
from links.keys.service import Allowance, Caller

if TYPE_CHECKING:
    from pathlib import Path

    from links.keys.operations import Answer, Request, Vault
    from links.settings import LinksSettings

Operations = Mapping[str, Callable[["Vault", "Request"], "Answer"]]


def seal_soon(vault: Vault, request: Request) -> Answer:
    """Seal for a purpose or a month, this or the one before: no key of any other is made here."""
    if request.get("purpose") is None and request.get("month") is not None:
        now, month = vault.clock().strftime("%Y-%m"), request["month"]
        if month != now and count_months(now) - count_months(month) != 1:
            raise KeysRefused("month_refused")
    return operations.seal_text(vault, request)


def limit_to(
    purpose: str | None, operation: Callable[[Vault, Request], Answer]
) -> Callable[[Vault, Request], Answer]:
    """Return `seal` or `unseal` for one purpose; None is the month of a signed request."""

    def limited(vault: Vault, request: Request) -> Answer:
        if request.get("purpose") != purpose:
            raise KeysRefused("purpose_refused")
        return operation(vault, request)

    return limited


def _pick(operations: Operations, names: str) -> Operations:
    return {name: operations[name] for name in ("describe", *names.split())}


ASK: Operations = {
    "ask": operations.ask,
    "disclose": operations.disclose,
    "open_addresses": operations.open_addresses,
    "open_handle": operations.open_handles,
    "open_numbers": operations.open_numbers,
    "seal": seal_soon,
    "citizen": operations.find_citizen,
    "describe": operations.describe,
}
BATCH: Operations = {
    **ASK,
    "seal": operations.seal_text,
    "unseal": operations.unseal_text,
    "key_rows": batch.key_rows,
    "key_addresses": batch.key_addresses,
    "key_digest": batch.key_digest,
    "key_text": batch.key_text,
    "seal_number": batch.seal_number,
    "seal_addresses": batch.seal_addresses,
    "rekey_rows": batch.rekey_rows,
    "person_ref": batch.find_person,
    "add_generation": batch.add_generation,
    "retire_generation": batch.retire_generation,
    "shred_month": batch.shred_month,
}


BY_PROCESS: Mapping[str, Operations] = {
    "api": {
        **_pick(ASK, "ask disclose open_addresses open_handle open_numbers"),
        "seal": limit_to(None, seal_soon),
    },
    "citizen": {**_pick(ASK, "citizen open_addresses"), "seal": limit_to("citizen", seal_soon)},
    "ingest": {
        **_pick(BATCH, "key_rows key_addresses key_digest key_text seal_number seal_addresses"),
        **_pick(BATCH, "rekey_rows add_generation retire_generation"),
        "seal": limit_to("work-list", operations.seal_text),
        "unseal": limit_to("work-list", operations.unseal_text),
    },
    "govern": {
        **_pick(BATCH, "person_ref"),
        "unseal": limit_to("citizen", operations.unseal_text),
    },
    "audit": _pick(BATCH, "shred_month"),
}
"""Where each process is a user of its own. One user for all, and root, may have all of a socket."""

ASKED_PER_SECOND = {"api": 4_000, "citizen": 50}
"""Eight times the wall's 500 questions, and ten citizens: who takes one over gets no more."""


def find_callers(
    settings: LinksSettings, limits: Mapping[str, float] | None = None
) -> dict[Path, dict[int, Caller]]:
    """Return who may use the two sockets, and for what: see BY_PROCESS."""
    asked = ASKED_PER_SECOND if limits is None else limits
    ask: dict[int, Caller] = {}
    work: dict[int, Caller] = {}
    for name, allowed in BY_PROCESS.items() if settings.is_peer else ():
        user = pwd.getpwnam(settings.users[name]).pw_uid
        if name in asked:
            ask[user] = Caller(operations=allowed, allowance=Allowance(asked[name]))
        else:
            work[user] = Caller(operations=allowed)
    # Root starts, watches and rotates; it could read the keys anyhow.
    everything = 0 if settings.is_peer else os.geteuid()
    ask[everything] = Caller(operations=ASK, allowance=Allowance(asked["api"]))
    work[everything] = Caller(operations=BATCH)
    return {settings.ask_socket: ask, settings.batch_socket: work}
