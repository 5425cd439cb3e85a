"""`./best links restore FILE --key PRIVATE`: a backup into an empty database, whole or not at all.

The keys of the pseudonymiser are not in a backup: bring back the copy of the keyring too.
"""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from links.keys.backup import decrypt_stream
from links.keys.backup_command import find_pipe, start_program
from links.store.connections import connect_as_superuser
from registry.domain.errors import EnvironmentProblem, InputRefused

if TYPE_CHECKING:
    import argparse
    from typing import IO

    from links.settings import LinksSettings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Name the backup and the key that was kept elsewhere."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, required=True, metavar="PRIVATE")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Restore into a database without tables."""
    restore(settings, arguments.file, arguments.key.read_bytes())
    print("Restored. Put the keyring back and check: ./best links verify")
    return 0


def restore(settings: LinksSettings, path: Path, private_key: bytes) -> None:
    """Read a backup into the empty database; InputRefused when one chunk of it is wrong."""
    with connect_as_superuser(settings) as connection:
        if connection.execute("select to_regclass('links.record')").fetchone() != (None,):
            raise InputRefused("The database is not empty: a backup is restored into a new one.")
    script = ("--single-transaction", "--exit-on-error", "--clean", "--if-exists")
    program = start_program(settings, "pg_restore", *script, stdin=subprocess.PIPE)
    try:
        with path.open("rb") as sealed:
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
