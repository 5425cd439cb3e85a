"""`./best links restore FILE --key PRIVATE`: a backup into an empty database, whole or not at all.

The keys of the pseudonymiser are not in a backup: bring back the copy of the keyring too.
"""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from links.keys.backup import KEY_BYTES, decrypt_stream
from links.keys.backup_command import find_pipe, start_program
from links.operations.cluster import is_made, is_running, stop_cluster
from links.operations.migrations import migrate
from links.operations.restored_secrets import list_missing_secrets
from links.operations.up import check_places, holding_home, prepare_server
from links.store.connections import connect_as_superuser
from registry.domain.errors import EnvironmentProblem, InputRefused

if TYPE_CHECKING:
    import argparse
    from typing import IO

    from links.settings import LinksSettings

_HOLDS_SOMETHING = (
    "select exists (select from links.record) or exists (select from links.tree_leaf)"
    " or exists (select from links.link) or exists (select from links.organisation)"
    " or exists (select from links.deliberation)"
)


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Name the backup and the key that was kept elsewhere."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, required=True, metavar="PRIVATE")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Restore into a new wall, or one that `up --prepare` made; no program runs meanwhile."""
    private_key = read_private_key(arguments.key)
    if not arguments.file.is_file():
        raise InputRefused(f"There is no file {arguments.file}.")
    check_places(settings)
    with holding_home(settings):
        was_running = is_made(settings) and is_running(settings)
        prepare_server(settings)
        try:
            restore(settings, arguments.file, private_key)
            migrate(settings)
            missing = list_missing_secrets(settings)
        finally:
            if not was_running:
                stop_cluster(settings)
    print("Restored.", *(f"First: {words}" for words in missing), sep="\n")
    print("Then ./best links up, ./best links doctor and ./best links verify.")
    return 0


def read_private_key(path: Path) -> bytes:
    """Read what `backup --make-key` wrote; InputRefused when it is something else."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror}.") from None
    if len(key) != KEY_BYTES:
        raise InputRefused(f"{path} is not a key that `./best links backup --make-key` made.")
    return key


def restore(settings: LinksSettings, path: Path, private_key: bytes) -> None:
    """Read a backup into the empty database; InputRefused when one chunk of it is wrong."""
    with connect_as_superuser(settings) as connection:
        if connection.execute("select to_regclass('links.record')").fetchone() != (None,):
            if connection.execute(_HOLDS_SOMETHING).fetchone() != (False,):
                raise InputRefused(
                    f"The database in {settings.home} is not empty: a backup is restored into a"
                    " new one. BEST_LINKS_HOME names another place."
                )
            connection.execute("drop schema links cascade")
    script = ("--single-transaction", "--exit-on-error", "--clean", "--if-exists")
    with path.open("rb") as sealed:  # first: the program would wait for what cannot be read
        program = start_program(settings, "pg_restore", *script, stdin=subprocess.PIPE)
        try:
            feed_program(program, private_key, sealed)
        finally:
            code = program.wait()
    if code:
        raise EnvironmentProblem("pg_restore failed and nothing was restored; see above.")


def feed_program(program: subprocess.Popen[bytes], private_key: bytes, sealed: IO[bytes]) -> None:
    """Decrypt into the program, which is killed before it can commit what is not the whole."""
    feed = find_pipe(program.stdin)
    try:
        decrypt_stream(private_key, sealed, feed)
    except BrokenPipeError:
        pass  # it has ended, and said why
    except BaseException:
        program.kill()
        raise
    finally:
        with suppress(BrokenPipeError):
            feed.close()
