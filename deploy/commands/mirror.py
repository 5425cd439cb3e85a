"""`mirror`: make an empty register a replica of another one and follow it."""

from __future__ import annotations

import argparse
import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deploy.file_locks import hold_lock
from deploy.progress import make_timed_progress, print_progress
from deploy.search_index import make_search_index
from deploy.session import keep_database_running, open_session
from importers.mirror.peer import Peer, check_url
from importers.mirror.run import FOLDER, Mirror
from importers.mirror.verify import verify_mirror
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.publication.mirroring import find_mirrored_url
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `mirror` accepts."""
    parser.description = "Make an empty register a replica of another one, and follow it."
    parser.add_argument(
        "url", metavar="URL", nargs="?", help="of the other register; a mirror remembers it"
    )
    parser.add_argument("--once", action="store_true", help="end when nothing is new any more")
    parser.add_argument(
        "--verify", action="store_true", help="compare all that is here with the other register"
    )
    parser.add_argument(
        "--interval", metavar="S", type=read_seconds, default=3.0, help="seconds between questions"
    )


def read_seconds(text: str) -> float:
    """Read a number of seconds that is no burden to the other side."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not from 0.1 to 3600 seconds")
    return seconds


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Mirror until ended by a signal, or verify; 1 when what is here differs."""
    progress = make_timed_progress()
    with open_session(settings), keep_database_running(settings):
        peer = Peer(url=choose_url(arguments.url, settings), progress=progress)
        if arguments.verify:
            return verify(settings, peer)
        with hold_mirror(settings):
            mirror = Mirror(settings=settings, peer=peer, progress=progress)
            mirror.begin()
            if not arguments.once:
                make_search_index(settings, progress)
                progress(f"Following {peer.url}; ctrl-C ends it")
                mirror.follow(arguments.interval)
            number = mirror.catch_up()
        make_search_index(settings, progress)
    print_progress(f"Up to date with {peer.url}: release {number}.")
    return 0


def choose_url(given: str | None, settings: Settings) -> str:
    """Return the URL that was given, or the one that this mirror was made from."""
    if given is not None:
        return check_url(given)
    with connect(settings, Role.IMPORTER) as connection:
        url = find_mirrored_url(connection)
    if url is None:
        raise InputRefused("This register is no mirror yet: give the URL of the other one.")
    return url


def verify(settings: Settings, peer: Peer) -> int:
    """Say whether both hold the same."""
    with connect(settings, Role.OWNER, autocommit=True) as connection:
        verdict = verify_mirror(connection, peer)
    if verdict.difference is not None:
        print(f"different: {verdict.difference}")
        return 1
    print(f"equal: {verdict.root.hex()}")
    return 0


@contextmanager
def hold_mirror(settings: Settings) -> Iterator[None]:
    """Be the only mirror of this register; EnvironmentProblem at once when there is another."""
    try:
        with hold_lock(settings.home / FOLDER / "lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError as error:
        raise EnvironmentProblem(
            "Another ./best mirror of this register is running, so this one ends."
        ) from error
