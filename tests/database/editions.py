"""Small regional deliveries of BeSt XML, written from a few words, in the shapes of the regions."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from importers.region_import import ImportOptions
from importers.run import run_import
from registry.domain.dataset import Dataset
from registry.domain.edition import Permissions
from registry.domain.identifiers import NAMESPACES
from registry.domain.region import Region
from registry.domain.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importers.summary import ImportSummary
    from registry.settings import Settings

TNS = "http://fsb.belgium.be/mappingservices/FullDownload/v1_00"
COM = "http://fsb.belgium.be/data/common"
ROOTS = {
    Resource.ADDRESS: "address",
    Resource.STREET_NAME: "streetName",
    Resource.MUNICIPALITY: "municipality",
    Resource.POSTAL_INFO: "postalInfo",
    Resource.PART_OF_MUNICIPALITY: "partOfMunicipality",
}
BEGUN = "2014-04-04T16:44:32Z"
VALID = "2015-01-01T00:00:00Z"


def write_element(tag: str, text: str | None) -> str:
    return "" if text is None else f"<com:{tag}>{escape(text)}</com:{tag}>"


def write_code(tag: str, namespace: str, identifier: str | None, version: str | None) -> str:
    parts = write_element("namespace", namespace) + write_element("objectIdentifier", identifier)
    return f"<com:{tag}>{parts}{write_element('versionIdentifier', version)}</com:{tag}>"


def write_names(names: Mapping[str, str]) -> str:
    return "".join(
        "<com:name>"
        + write_element("language", language)
        + write_element("spelling", spelling)
        + "</com:name>"
        for language, spelling in names.items()
    )


def write_life(tag: str, begin: str | None, end: str | None) -> str:
    attributes = f' beginLifeSpanVersion="{begin}"' if begin else ""
    return f"<tns:{tag}{attributes}" + (f' endLifeSpanVersion="{end}"' if end else "") + ">"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    id: str | None
    version: str | None = "1"
    street: str | None = "10"
    municipality: str = "21004"
    part: str | None = None
    postal_code: str | None = "1000"
    number: str | None = "1"
    box: str | None = None
    status: str | None = "current"
    valid_from: str | None = VALID
    valid_to: str | None = None
    begin: str | None = BEGUN
    end: str | None = None
    position: str | None = "149843.5 170639.5"
    crs: int = 31370
    namespace: str | None = None

    def to_xml(self, region: Region) -> str:
        usual = {kind: NAMESPACES.get((region, kind), "none") for kind in Resource}
        own = usual[Resource.ADDRESS] if self.namespace is None else self.namespace
        return (
            write_life("address", self.begin, self.end)
            + write_code("code", own, self.id, self.version)
            + self._write_position()
            + "<com:addressStatus>"
            + write_element("status", self.status)
            + write_element("validFrom", self.valid_from)
            + write_element("validTo", self.valid_to)
            + "</com:addressStatus>"
            + write_element("boxNumber", self.box)
            + write_element("houseNumber", self.number)
            + write_element("officiallyAssigned", "true")
            + (
                write_code("hasStreetName", usual[Resource.STREET_NAME], self.street, "1")
                if self.street
                else ""
            )
            + write_code("hasMunicipality", usual[Resource.MUNICIPALITY], self.municipality, "9")
            + (
                write_code(
                    "hasPartOfMunicipality", usual[Resource.PART_OF_MUNICIPALITY], self.part, "1"
                )
                if self.part
                else ""
            )
            + (
                write_code("hasPostalInfo", usual[Resource.POSTAL_INFO], self.postal_code, "1")
                if self.postal_code
                else ""
            )
            + "</tns:address>"
        )

    def _write_position(self) -> str:
        if self.position is None:
            return ""
        return (
            '<com:position><com:pointGeometry><com:point><com:pos srsDimension="2"'
            f' srsName="http://www.opengis.net/def/crs/EPSG/0/{self.crs}">{self.position}'
            "</com:pos></com:point></com:pointGeometry>"
            "<com:positionGeometryMethod>derivedFromObject</com:positionGeometryMethod>"
            "<com:positionSpecification>parcel</com:positionSpecification></com:position>"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetName:
    id: str
    version: str = "1"
    names: Mapping[str, str] = field(default_factory=lambda: {"nl": "Wetstraat"})
    municipality: str = "21004"
    status: str | None = "current"
    valid_from: str | None = VALID
    begin: str | None = BEGUN
    homonym: str | None = None
    kind: str = "streetname"

    def to_xml(self, region: Region) -> str:
        own = NAMESPACES[region, Resource.STREET_NAME]
        return (
            write_life("streetName", self.begin, None)
            + write_code("code", own, self.id, self.version)
            + write_names(self.names)
            + "<com:streetNameStatus>"
            + write_element("status", self.status)
            + write_element("validFrom", self.valid_from)
            + "</com:streetNameStatus>"
            + write_element("type", self.kind)
            + write_element("homonymAddition", self.homonym)
            + write_code("isAssignedByMunicipality", "x", self.municipality, "9")
            + "</tns:streetName>"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A municipality, part of municipality or postal info."""

    id: str
    version: str = "1"
    names: Mapping[str, str] = field(default_factory=dict)

    def to_xml(self, region: Region, resource: Resource) -> str:
        own = NAMESPACES.get((region, resource), "none")
        return (
            f"<tns:{ROOTS[resource]}>"
            + write_code("code", own, self.id, self.version)
            + write_names(self.names)
            + f"</tns:{ROOTS[resource]}>"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One region's files of one day; a kind that is None has no file."""

    region: Region = Region.BRUSSELS
    day: str = "2026-11-02"
    addresses: Iterable[Address] | None = None
    street_names: Iterable[StreetName] | None = (StreetName(id="10"),)
    municipalities: Iterable[Named] | None = (Named(id="21004", names={"nl": "Brussel"}),)
    parts: Iterable[Named] | None = None
    postal_infos: Iterable[Named] | None = (Named(id="1000"),)

    def write_files(self) -> dict[str, str]:
        """Return the XML of each file by name."""
        files: dict[str, str] = {}
        if self.addresses is not None:
            rows = [row.to_xml(self.region) for row in self.addresses]
            self._add(files, Resource.ADDRESS, rows)
        if self.street_names is not None:
            rows = [row.to_xml(self.region) for row in self.street_names]
            self._add(files, Resource.STREET_NAME, rows)
        for kind, named in (
            (Resource.MUNICIPALITY, self.municipalities),
            (Resource.PART_OF_MUNICIPALITY, self.parts),
            (Resource.POSTAL_INFO, self.postal_infos),
        ):
            if named is not None:
                self._add(files, kind, [row.to_xml(self.region, kind) for row in named])
        return files

    def _add(self, files: dict[str, str], resource: Resource, rows: list[str]) -> None:
        root = ROOTS[resource]
        name = f"{self.region.label}{root[0].upper()}{root[1:]}{self.day.replace('-', '')}L72.xml"
        files[name] = wrap(resource, self.region, self.day, "\n".join(rows))

    def write(self, folder: Path) -> Path:
        """Write the files into a folder, which is returned."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, xml in self.write_files().items():
            (folder / name).write_text(xml, encoding="utf-8")
        return folder


def wrap(resource: Resource, region: Region, day: str, rows: str) -> str:
    root = f"tns:{ROOTS[resource]}ResponseBySource"
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<{root} xmlns:tns="{TNS}" xmlns:com="{COM}">'
        f"<tns:source>{region.label.lower()}</tns:source>"
        f"<tns:timestamp>{day}T01:00:00+01:00</tns:timestamp>\n{rows}\n</{root}>\n"
    )


def import_editions(
    settings: Settings,
    *editions: Edition,
    dataset: Dataset = Dataset.OPEN,
    dry_run: bool = False,
    allow_older: bool = False,
    accept_totals: bool = False,
) -> ImportSummary:
    """Write the editions to a folder of the moment and import it."""
    permissions = Permissions(dry_run=dry_run, allow_older=allow_older, accept_totals=accept_totals)
    with tempfile.TemporaryDirectory(prefix="best-edition-") as folder:
        for edition in editions:
            edition.write(Path(folder))
        return import_path(settings, Path(folder), permissions, dataset)


def import_path(
    settings: Settings,
    path: Path,
    permissions: Permissions | None = None,
    dataset: Dataset = Dataset.OPEN,
) -> ImportSummary:
    """Import a file or folder without a word of progress; what it publishes is not inspected."""
    options = ImportOptions(
        permissions=permissions or Permissions(), dataset=dataset, inspects=False
    )
    return run_import(settings, [str(path)], options, lambda _: None)
