"""Reads a BeSt XML full download back with lxml, whole, for the tests of the sample."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from lxml import etree

COM = "{http://fsb.belgium.be/data/common}"
TNS = "{http://fsb.belgium.be/mappingservices/FullDownload/v1_00}"
REGIONS = ("Flanders", "Brussels", "Wallonia")


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """The sample, opened: each XML file by its name in small letters without date and suffix."""

    names: list[str]
    licence: str
    xml: dict[str, bytes]
    roots: dict[str, Any]

    def elements(self, region: str, kind: str) -> list[Any]:
        return list(self.roots[f"{region}{kind}".lower()])[2:]

    def addresses(self, *regions: str) -> Iterator[Any]:
        for region in regions or REGIONS:
            yield from self.elements(region, "Address")


def text(element: Any, *path: str) -> str | None:
    found: str | None = element.findtext("/".join(COM + step for step in path))
    return found


def object_id(element: Any, tag: str = "code") -> str | None:
    return text(element, tag, "objectIdentifier")


def spellings(element: Any) -> dict[str | None, str | None]:
    return {text(n, "language"): text(n, "spelling") for n in element.iterfind(f"{COM}name")}


def position(address: Any) -> Any:
    return address.find(f"{COM}position/{COM}pointGeometry/{COM}point/{COM}pos")


def door(address: Any) -> tuple[str | None, ...]:
    """What two exact duplicates have in common."""
    return (
        object_id(address, "hasStreetName"),
        text(address, "houseNumber"),
        text(address, "boxNumber"),
        text(address, "addressStatus", "status"),
    )


def read_download(path: Path) -> Download:
    xml = {}
    with ZipFile(path) as outer:
        for name in outer.namelist():
            if name.endswith(".zip"):
                with ZipFile(io.BytesIO(outer.read(name))) as inner:
                    (entry,) = inner.namelist()
                    assert entry == name.replace(".zip", ".xml")
                    xml[name.split("2026")[0].lower()] = inner.read(entry)
        licence = outer.read("Licence.txt").decode()
        names = outer.namelist()
    roots = {name: etree.fromstring(data) for name, data in xml.items()}
    return Download(names=names, licence=licence, xml=xml, roots=roots)
