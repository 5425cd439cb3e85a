"""A delivery's file as an import sees it, and whether it is of the region it is delivered for."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from importers.containers import SourceFile, hash_file
from importers.region_files import RegionFiles, list_region_files
from importers.zips import show
from registry.domain.edition import SourceOrigin
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

_OTHER_REGION = re.compile(
    r"namespace '[^']*' is one of (Brussels|Flanders|Wallonia)"
    r"|a row of another region in a file of |, where a file is of one region"
)
"""What the readers say of rows and identifiers of another region."""

_MOST_PASSED_OVER = 100


class OtherRegion(InputRefused):
    """A file holds nothing of the region that it is delivered for."""


class FileLost(EnvironmentProblem):
    """The file that was received is not there, or another one is: not its owner's fault."""


def list_found(
    path: Path, extracted_at: datetime | None, sha256: str | None
) -> tuple[list[RegionFiles], list[str]]:
    """Return what a file holds per region, and what was passed over in it.

    Files that do not say when they were extracted are of `extracted_at`, the declared time.
    InputRefused when it cannot be read, FileLost when its digest is not `sha256` (None: any).
    """
    try:
        found = list_region_files([path], undated_at=extracted_at)
    except InputRefused:
        _guard_digests({hash_file(path)}, sha256)
        raise
    _guard_digests({o.sha256 for each in found.by_region for o in _list_origins(each)}, sha256)
    return found.by_region, found.passed_over


def _guard_digests(found: set[str], sha256: str | None) -> None:
    if sha256 is not None and found != {sha256}:
        raise FileLost(
            "The file is no longer the one that was received: its SHA-256 differs. The operator"
            " puts it back from a backup, or its owner delivers it anew."
        )


def choose_region(by_region: list[RegionFiles], region: Region) -> RegionFiles:
    """Return what there is of a region; OtherRegion when it is nothing."""
    for region_files in by_region:
        if region_files.region is region:
            return region_files
    raise OtherRegion(f"it is of {name_regions(by_region)}, and delivered for {region.label}")


def name_regions(by_region: list[RegionFiles]) -> str:
    """Return the regions as people read them."""
    return " and ".join(each.region.label for each in by_region)


def list_kinds(region_files: RegionFiles) -> frozenset[Resource]:
    """Return the kinds that have a file or table of their own."""
    tables = {table.column_map.of for table in region_files.tables}
    return frozenset(tables | region_files.files.keys())


def list_files(region_files: RegionFiles) -> dict[tuple[str, str], SourceFile]:
    """Return the files that are read, by container and way inside as a source records them."""
    found = [
        *(each.file for each in region_files.files.values()),
        *(table.source.file for table in region_files.tables),
    ]
    return {(show(file.container.name), file.path): file for file in found}


def describe_file(
    path: Path, sha256: str | None, region_files: RegionFiles | None, passed_over: list[str]
) -> dict[str, Any]:
    """Return what a report says of the file; `region_files` None: it could not be read."""
    origins = _list_origins(region_files) if region_files else []
    extracted_at = max((origin.extracted_at for origin in origins), default=None)
    return {
        "name": path.name,
        "size": path.stat().st_size,
        "sha256": sha256 or next((origin.sha256 for origin in origins), None),
        "format": region_files.title if region_files else None,
        "extractedAt": extracted_at.astimezone(UTC).isoformat() if extracted_at else None,
        "files": [origin.path or origin.container for origin in origins],
        "passedOver": _shorten([hide_folder(text, path) for text in passed_over]),
    }


def _shorten(texts: list[str]) -> list[str]:
    more = len(texts) - _MOST_PASSED_OVER
    return [*texts[:_MOST_PASSED_OVER], *([f"and {more:,} more"] if more > 0 else [])]


def list_times(region_files: RegionFiles) -> list[datetime]:
    """Return when the files were extracted, each once, the earliest first."""
    return sorted({origin.extracted_at for origin in _list_origins(region_files)})


def _list_origins(region_files: RegionFiles) -> list[SourceOrigin]:
    files = [found.origin for found in region_files.files.values()]
    return [*files, *(table.origin for table in region_files.tables)]


def tells_other_region(reason: str) -> bool:
    """Whether a reader refused something because it is of another region."""
    return _OTHER_REGION.search(reason) is not None


def hide_folder(text: str, path: Path) -> str:
    """Return a text about a file without the folder it is in, which is ours and not its owner's."""
    return text.replace(f"{show(path.parent)}/", "")
