"""The 1 % country cut into deliveries: a zip a region and edition, and the third as mutations."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from registry.domain.resource import Resource
from registry.exports.best_xml import write_mutation_xml
from tests.database.querying import fetch
from tests.database.test_dump import read_states

if TYPE_CHECKING:
    from pathlib import Path

    from registry.domain.region import Region
    from registry.settings import Settings


def find_moment(edition: int) -> datetime:
    """When an edition of the generated country was extracted."""
    return datetime(2026, 11, 2 + 7 * (edition - 1), tzinfo=UTC)


def cut(dump: Path, region: Region, path: Path) -> Path:
    """Write the files of one region of a full download."""
    with zipfile.ZipFile(dump) as whole, zipfile.ZipFile(path, "w") as part:
        for name in whole.namelist():
            if name.startswith(region.label):
                part.writestr(name, whole.read(name))
    return path


def write_mutations(settings: Settings, region: Region, since: int, to: int, path: Path) -> Path:
    """Write what a register was told between two numbers, as files of mutations."""
    came = f"seq_from > {since} and seq_from <= {to} and (seq_to is null or seq_to > {to})"
    went = f"seq_from <= {since} and seq_to > {since} and seq_to <= {to}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for resource in Resource:
            lists = [read_states(settings, region, resource, when) for when in (came, went)]
            xml = b"".join(write_mutation_xml(region, resource, *lists, find_moment(3)))
            archive.writestr(f"{region}-{resource}.xml", xml)
    return path


def fetch_newest(settings: Settings) -> tuple[int, bytes]:
    """Return the newest number and root."""
    ((seq, root),) = fetch(
        settings, "select last_seq, root from best.release order by number desc limit 1"
    )
    return int(seq), bytes(root)
