"""`ingest`: load a sector's file of links, what its owner corrected, or an owner's small file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from links.domain.kinds import KINDS
from links.ingest.loading import load, make_file_delivery
from links.ingest.owner_files import COLUMNS, load_owner_file
from links.ingest.work_lists import read_back

if TYPE_CHECKING:
    import argparse

    from links.settings import LinksSettings

_CLASSES = {"A": "municipality", "B": "street", "C": "house number", "D": "box"}


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `ingest` accepts."""
    parser.description = "Load links from a sector's file (CSV, XML, or a ZIP of one)."
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--kind", choices=sorted(KINDS), help="what the file's links are")
    what.add_argument(
        "--work-list", type=int, metavar="DELIVERY", help="the file corrects that work list"
    )
    for name in COLUMNS:
        what.add_argument(f"--{name}", action="store_true", help=f"the file holds {name}")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--partial",
        action="store_true",
        help="add to what is there; otherwise what the file has not has ended",
    )
    parser.add_argument(
        "--accept-ended",
        action="store_true",
        help="though more than a tenth of what is there ends with it",
    )


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Load a file whole or not at all, and say what became of it."""
    for name in COLUMNS:
        if getattr(arguments, name):
            print(f"{load_owner_file(settings, name, arguments.file):,} {name}")
            return 0
    if arguments.work_list is not None:
        print(describe(read_back(settings, arguments.work_list, arguments.file)))
        return 0
    delivery = make_file_delivery(
        KINDS[arguments.kind],
        arguments.file,
        is_whole=not arguments.partial,
        accepts_ended=arguments.accept_ended,
    )
    print(describe(load(settings, delivery)))
    return 0


def describe(counts: dict[str, int]) -> str:
    """Return what became of a delivery, in words."""
    number = counts["delivery"]
    loaded = (
        f"Delivery {number}: {counts['read']:,} rows, {counts['loaded']:,} new links,"
        f" {counts['ended']:,} ended, {counts['matched']:,} addresses matched"
        f" ({counts['corrected']:,} corrected)"
    )
    missing = [f"{counts[code]:,} {code} ({what})" for code, what in _CLASSES.items()]
    if not any(counts[code] for code in _CLASSES):
        return loaded
    return (
        f"{loaded}\nNot found: {', '.join(missing)}. For their owner:"
        f" ./best links work-list {number} -o FILE"
    )
