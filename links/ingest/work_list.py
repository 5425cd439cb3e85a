"""`work-list`: write what a delivery's owner has to correct."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from links.ingest.work_lists import export_work_list

if TYPE_CHECKING:
    import argparse

    from links.settings import LinksSettings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `work-list` accepts."""
    parser.description = (
        "Write the rows whose address was not found. Their owner fills in addressId, or corrects"
        " the address; ./best links ingest --work-list DELIVERY FILE reads it back."
    )
    parser.add_argument("delivery", type=int, metavar="DELIVERY")
    parser.add_argument("-o", dest="target", type=Path, required=True, metavar="FILE")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Write the list to a new file that only its writer may read."""
    count = export_work_list(settings, arguments.delivery, arguments.target)
    print(f"{count:,} rows to correct, in {arguments.target}. It names people: hand it on sealed.")
    return 0
