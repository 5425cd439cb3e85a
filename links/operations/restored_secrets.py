"""Whether the keys of this home are those that its database was written with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from links.audit.note import NoteRefused, read_note, read_signing_key, verify
from links.keys.derivation import KeysRefused
from links.keys.keyring import KeyRing, find_keyring
from links.store.connections import connect_as_superuser
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from links.settings import LinksSettings


def list_missing_secrets(settings: LinksSettings) -> list[str]:
    """Say which keys are not here though the database needs them.

    With others every question would be answered, and the answer would be that there is nobody.
    """
    with connect_as_superuser(settings) as connection:
        return [*_check_keyring(settings, connection), *_check_log_key(settings, connection)]


def _check_keyring(settings: LinksSettings, connection: psycopg.Connection) -> Iterator[str]:
    row = connection.execute(
        "select sector, kid, subj_ref, addr_sealed from links.link limit 1"
    ).fetchone()
    path = find_keyring(settings)
    if not path.exists():
        used = connection.execute("select exists (select from links.record)").fetchone()
        if row is not None or used == (True,):
            yield (
                f"{path} is missing: without it no link is found and no record is read. Bring back"
                " the copy of keyring.json and months/ that was made of this wall."
            )
        return
    try:
        _open_something(KeyRing.from_file(path), connection)
    except KeysRefused:
        yield (
            f"{path} is not the keyring of this database: no link is found with it. Put the copy"
            " of keyring.json and months/ that was made of this wall in its place."
        )
    except EnvironmentProblem as problem:
        yield str(problem)


def _open_something(ring: KeyRing, connection: psycopg.Connection) -> None:
    """Open a row of each sector; KeysRefused when it is of other keys, or of another time's."""
    for sector, kids in connection.execute("select code, active_kids from links.sector"):
        keys = ring.find_sector(sector)
        if not set(kids) <= set(keys.active):
            raise KeysRefused("kid_unknown")
        row = connection.execute(
            "select kid, subj_ref, addr_sealed from links.link where sector = %s limit 1", (sector,)
        ).fetchone()
        if row is not None:
            kid, subj_ref, sealed = row
            keys.find_generation(kid).open_address(sealed, subj_ref)


def _check_log_key(settings: LinksSettings, connection: psycopg.Connection) -> Iterator[str]:
    path = settings.secrets / "audit" / "log.key"
    row = connection.execute(
        "select note from links.checkpoint order by size desc limit 1"
    ).fetchone()
    if row is None:
        return
    try:
        verify(read_note(row[0]), read_signing_key(path.read_text().strip()).verifier)
    except (OSError, NoteRefused):
        yield (
            f"{path} is missing or not the key that this log is signed with: it cannot go on. Bring"
            " back the copy of secrets/audit, and of secrets/witness if the witness is here."
        )
