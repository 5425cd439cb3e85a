"""Whether the keys of this home are those that its database was written with."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    if row is None:
        return
    sector, kid, subj_ref, sealed = row
    try:
        generation = KeyRing.from_file(path).find_sector(sector).find_generation(kid)
        generation.open_address(sealed, subj_ref)
    except KeysRefused:
        yield (
            f"{path} is not the keyring of this database: no link is found with it. Put the copy"
            " of keyring.json and months/ that was made of this wall in its place."
        )
    except EnvironmentProblem as problem:
        yield str(problem)


def _check_log_key(settings: LinksSettings, connection: psycopg.Connection) -> Iterator[str]:
    path = settings.secrets / "audit" / "log.key"
    row = connection.execute("select exists (select from links.checkpoint)").fetchone()
    if row == (True,) and not path.exists():
        yield (
            f"{path} is missing: the log would go on under another key. Bring back the copy of"
            " secrets/audit, and of secrets/witness if the witness is here."
        )
