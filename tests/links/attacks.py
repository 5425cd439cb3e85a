"""What somebody without keys tries on references: each hash and key that anyone can guess."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

from links.operations.programs import find_programs, run_as_server_user
from links.store.connections import PORT, SUPERUSER, connect_as_superuser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from links.keys.derivation import Secret
    from links.settings import LinksSettings

SECTORS = ("RN", "ENT", "VEH", "PAT", "-")
USES = ("addr", "subj", "household", "audit")
PREFIXES = (b"", b"address:", b"person:", b"https://databrussels.be/id/address/")
HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256")
GUESSABLE_KEYS = (
    *(b"", b"\0" * 16, b"\0" * 32, b"1", b"links", b"links/v1", b"secret", b"best-links"),
    *(sector.encode() for sector in SECTORS),
    *(f"links/v1/{sector}/{use}".encode() for sector, use in product(SECTORS, USES)),
)


def guess_quickly(text: bytes) -> Iterator[bytes]:
    """The 35 likeliest 16 bytes for one value: 200,000 addresses make seven million guesses."""
    for prefix in PREFIXES:
        for name in HASHES:
            yield hashlib.new(name, prefix + text).digest()[:16]
    for key in (b"", b"links", *(sector.encode() for sector in SECTORS), b"1", b"\0" * 32, b"RN1"):
        yield hmac.digest(key, text, "sha256")[:16]
    yield text[:16].ljust(16, b"\0")


def guess(text: bytes, known: Iterable[bytes] = ()) -> Iterator[bytes]:
    """Hundreds of them: also every key that is guessable or `known`, and both halves of a hash."""
    for prefix, name in product(PREFIXES, HASHES):
        digest = hashlib.new(name, prefix + text).digest()
        yield from (digest[:16], digest[-16:])
    for prefix, key in product(PREFIXES, (*GUESSABLE_KEYS, *known)):
        yield hmac.digest(key, prefix + text, "sha256")[:16]
        yield hashlib.sha256(key + prefix + text).digest()[:16]
        yield hashlib.sha256(prefix + text + key).digest()[:16]


def cut(values: Iterable[bytes], size: int = 6) -> set[bytes]:
    """Return all pieces of values: two that share one are related, wherever it stands in them."""
    return {value[at : at + size] for value in values for at in range(len(value) - size + 1)}


def dump_database(settings: LinksSettings) -> str:
    """Return what a thief of the database has."""
    result = run_as_server_user(
        [
            str(find_programs() / "pg_dump"),
            *("--host", str(settings.socket_directory), "--port", str(PORT)),
            *("--username", SUPERUSER, "--dbname", settings.database_name),
        ]
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def strip_replica(dump: str) -> str:
    """Leave out the public addresses: they are whole, and tell nothing of anybody."""
    return re.sub(r"(?s)\nCOPY links\.replica_.*?\n\\\.\n", "\n", dump)


def read_log(settings: LinksSettings) -> str:
    """Return all that the server has written."""
    files = [path for path in settings.log_directory.resolve().rglob("*") if path.is_file()]
    assert files
    return "".join(path.read_text(errors="replace") for path in files)


def list_values(answer: object) -> Iterator[bytes]:
    """Return every reference and token in an answer, as bytes."""
    if isinstance(answer, dict):
        for value in answer.values():
            yield from list_values(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from list_values(value)
    elif isinstance(answer, str) and len(answer) >= 32:
        is_hex = re.fullmatch("[0-9a-f]+", answer)
        yield bytes.fromhex(answer) if is_hex else base64.urlsafe_b64decode(answer)


def list_references(settings: LinksSettings) -> list[tuple[bytes | None, ...]]:
    """Return all that is keyed for the sector RN, in an order of no meaning."""
    with connect_as_superuser(settings) as connection:
        return connection.execute(
            "select addr_ref, subj_ref, household_ref, addr_sealed"
            " from links.link where sector = 'RN'"
            " union all select null, subj_ref, null, null from links.dossier where sector = 'RN'"
            " union all select null, subj_ref, null, null from links.protection where sector = 'RN'"
            " union all select null, ref, null, null from links.canary where sector = 'RN'"
            " order by 1, 2, 3, 4"
        ).fetchall()


class Shown:
    """Looks for keys in texts, in every spelling that a text could have of them."""

    def __init__(self, keys: Iterable[Secret]) -> None:
        self._spellings: list[str] = []
        for key in keys:
            value = key.reveal()
            encoded = base64.b64encode(value).decode()
            self._spellings += [value.hex(), encoded, encoded[:24], repr(value)[2:-1]]
            self._spellings += [str(list(value))[1:-1], str(int.from_bytes(value, "big"))]

    def check(self, text: str) -> None:
        assert not any(spelling in text for spelling in self._spellings)


def collect_reprs(run: Callable[[], object]) -> list[str]:
    """Run, and return what a tracer that shows local variables would have of our frames."""
    seen: list[str] = []

    def look(frame: Any, event: str, _: object) -> None:
        is_ours = frame.f_globals["__name__"].startswith("links.")
        # Where a key goes out of sight nothing can fail: one assignment.
        if (
            is_ours
            and event in {"call", "return"}
            and frame.f_code.co_qualname != "Secret.__init__"
        ):
            seen.extend(repr(value) for value in frame.f_locals.values())

    sys.setprofile(look)
    try:
        run()
    finally:
        sys.setprofile(None)
    return seen
