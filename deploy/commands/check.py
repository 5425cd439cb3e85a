"""`check`: what an agencies' door would say of a file, here, for anybody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.commands.deliver import add_language, choose_language
from deploy.progress import make_timed_progress, print_progress
from deploy.session import open_session
from importers.checking.check import CheckRequest, check_files
from importers.region_files import list_region_files
from importers.run import refuse_in_mirror
from registry.deliveries.summary import describe_check
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    import argparse

    from importers.checking.check import Check
    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `check` accepts."""
    parser.description = (
        "Say what is wrong with a file and what it would change here. Changes nothing."
    )
    parser.add_argument("source", metavar="FILE", type=Path, help="whatever ./best import reads")
    codes = [region.iso_code for region in Region]
    parser.add_argument("--region", choices=codes, help="only this region of the file")
    parser.add_argument("--json", action="store_true", help="reports and previews as JSON")
    parser.add_argument("--page", metavar="OUT.html", type=Path, help="write the report as a page")
    parser.add_argument(
        "--features", metavar="OUT.geojson", type=Path, help="write what changes, for a map"
    )
    add_language(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check each region of the file; 1 when one of them would be rejected."""
    source, language = arguments.source, choose_language(arguments.lang)
    if not source.exists():
        raise InputRefused(f"{source}: there is no such file or directory")
    regions = choose_regions(source, arguments.region)
    if len(regions) > 1 and (arguments.page or arguments.features):
        raise InputRefused(f"{source} holds {', '.join(regions)}: say which one with --region")
    with open_session(settings):
        refuse_in_mirror(settings)
        checks = {code: check_region(arguments, settings, code) for code in regions}
    for code, check in checks.items():
        if not arguments.json:
            print(code, *describe_check(check.report, check.preview, language), "", sep="\n")
        if arguments.page:
            write_page(arguments.page, check, language)
    if arguments.json:
        told = [_to_json(code, check) for code, check in checks.items()]
        print(json.dumps(told, ensure_ascii=False))
    return int(any(check.verdict == "rejected" for check in checks.values()))


def choose_regions(source: Path, given: str | None) -> list[str]:
    """Return the regions to check: the one that was given, or all that the file has."""
    if given is not None:
        return [given]
    return [files.region.iso_code for files in list_region_files([source]).by_region]


def check_region(arguments: argparse.Namespace, settings: Settings, code: str) -> Check:
    """Check what a file has of a region; what it has of others is left alone."""
    request = CheckRequest(
        path=arguments.source,
        region=Region.from_iso_code(code),
        others_allowed=True,
        geojson_path=arguments.features,
    )
    with connect(
        settings, Role.IMPORTER, application_name="best check", autocommit=True
    ) as connection:
        return check_files(connection, settings, request, make_timed_progress())


def _to_json(code: str, check: Check) -> dict[str, Any]:
    return {"region": code, "report": check.report, "preview": check.preview}


def write_page(path: Path, check: Check, language: str) -> None:
    """Write the report as a page that needs nothing else."""
    from api.deliveries.report_page import make_report_page  # noqa: PLC0415 - templates are slow

    page = make_report_page(language=language, report=check.report, preview=check.preview)
    path.write_text(page, encoding="utf-8")
    print_progress(f"{path} is written")
