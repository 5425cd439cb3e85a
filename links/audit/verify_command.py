"""./best links verify: names what was edited, deleted, reordered or forked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from links.audit.heads import Keys
from links.audit.note import NoteRefused, read_verifier_key
from links.audit.places import find_public_key, find_published, find_witness
from links.audit.verify import verify_log
from links.clock import utc_now
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    import argparse

    from links.audit.note import VerifierKey
    from links.audit.verify import Verification
    from links.settings import LinksSettings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--checkpoints",
        type=Path,
        action="append",
        metavar="DIR",
        help="checkpoints that somebody kept; more than once; default: published and witnessed",
    )
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="DIR",
        help="log.vkey and witness.vkey as you trust them; default: those of this installation",
    )
    parser.add_argument(
        "--own",
        type=Path,
        metavar="FILE",
        help="what a client counted itself: CSV of organisation,month,deliberation,requests",
    )


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Verify and print; exit code 1 when anything is wrong."""
    if arguments.own and not arguments.own.is_file():
        raise InputRefused(f"There is no file {arguments.own}.")
    keys = read_keys(arguments.keys or find_public_key(settings).parent)
    kept = arguments.checkpoints or [
        find_published(settings) / "checkpoints",
        find_witness(settings),
    ]
    for directory in arguments.checkpoints or []:
        if not directory.is_dir():
            raise InputRefused(f"There is no directory {directory}.")
    with connect(settings, LinksRole.AUDIT, autocommit=True) as connection:
        verification = verify_log(
            connection, keys=keys, directories=tuple(kept), now=utc_now(), own=arguments.own
        )
    print_verification(verification)
    return 0 if verification.is_good else 1


def read_keys(directory: Path) -> Keys:
    """Read the keys to verify with; that of a witness may be absent."""
    log = _read_key(directory / "log.vkey")
    if log is None:
        raise InputRefused(f"There is no log.vkey in {directory}: no checkpoint was signed yet.")
    return Keys(log=log, witness=_read_key(directory / "witness.vkey"))


def _read_key(path: Path) -> VerifierKey | None:
    try:
        return read_verifier_key(path.read_text(encoding="utf-8")) if path.exists() else None
    except NoteRefused as error:
        raise InputRefused(f"{path.name}: {error}.") from error


def print_verification(verification: Verification) -> None:
    """Print a line per finding and what was read."""
    for finding in verification.findings:
        print(finding)
    print(
        f"{verification.records:,} records of {verification.chains} organisations,"
        f" {verification.leaves:,} leaves, {verification.checkpoints:,} checkpoints:"
        f" {'nothing is wrong' if verification.is_good else 'something is wrong'}."
    )
