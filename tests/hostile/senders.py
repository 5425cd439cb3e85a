"""What senders of good files send; the hostile ones begin with it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from registry.domain.region import Region
from tests.database.editions import Address, Edition, Named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LATER = "2026-11-09"
ADDRESSES = "BrusselsAddress20261109L72.xml"


def make_country(day: str) -> dict[str, str]:
    """Return the XML of three regions by file name; every day has other box numbers."""
    files: dict[str, str] = {}
    for region in Region:
        addresses = [
            Address(id=str(n), number=str(n), box=f"{day}/{n % 7}", part="9" if n % 2 else None)
            for n in range(120)
        ]
        files |= Edition(
            region=region,
            day=day,
            addresses=addresses,
            parts=[Named(id="9", names={"nl": "Laken"})],
        ).write_files()
    return files


def make_brussels(day: str = LATER) -> dict[str, str]:
    return {name: xml for name, xml in make_country(day).items() if name.startswith("Brussels")}


def write_country(folder: Path, day: str) -> Path:
    return write_files(folder, make_country(day))


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def make_zip(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def make_download(day: str = LATER, method: int = zipfile.ZIP_STORED) -> dict[str, bytes]:
    """Return the inner zips of the public download, each with one file."""
    return {
        name.replace(".xml", ".zip"): make_zip({name: xml})
        for name, xml in make_country(day).items()
    }
