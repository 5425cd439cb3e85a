import codecs
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from importers.sample.addresses import make_addresses
from importers.sample.elements import address_element, place_element, street_element
from importers.sample.places import read_places
from importers.sample.regions import REGIONS, Kind, SampleRegion
from registry.exports.elements import ROOT_NAMESPACES, Lines

TIMESTAMP = "2026-11-02T01:00:00+01:00"
ZIP_DATE = (2026, 11, 2, 1, 0, 0)
LICENCE = """\
Sample of the Belgian open address registry. Not for use: it is no address register.

The house numbers, box numbers, statuses, dates and positions are invented, and so are the object
identifiers from 900000000. One address is real: Rue de la Loi 16 / Wetstraat 16, 1000 Brussels.

The names and codes of municipalities, parts of municipalities, streets and postal infos are those
of BeSt Address, open data under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/):
Digitaal Vlaanderen (Adressenregister), Brussels-Capital Region, Paradigm (UrbIS), and
Service public de Wallonie (ICAR); published together by BOSA (https://opendata.bosa.be).
"""


def write_sample(path: Path) -> None:
    """Write the sample as a BeSt XML full download (zip of 13 zips) of about 3,000 addresses.

    The same bytes each time; names from places.toml, addresses from quirks.toml and invent.py.
    """
    with ZipFile(path, "w", ZIP_STORED) as download:
        for region in REGIONS.values():
            for kind, elements in _region_elements(region):
                name = region.file_names[kind]
                xml = _document(region, kind, elements)
                download.writestr(_entry(f"{name}.zip"), _inner_zip(name, xml))
        download.writestr(_entry("Licence.txt"), LICENCE)


def _region_elements(region: SampleRegion) -> Iterator[tuple[Kind, list[Lines]]]:
    places = read_places(region.name)
    yield "address", [address_element(region, a) for a in make_addresses(region, places)]
    yield "streetName", [street_element(region, s) for s in places.streets]
    yield "municipality", [place_element(region, "municipality", m) for m in places.municipalities]
    yield "postalInfo", [place_element(region, "postalInfo", p) for p in places.postal_infos]
    if places.parts:
        yield (
            "partOfMunicipality",
            [place_element(region, "partOfMunicipality", p) for p in places.parts],
        )


def _document(region: SampleRegion, kind: Kind, elements: Iterable[Lines]) -> bytes:
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f"<tns:{kind}ResponseBySource {ROOT_NAMESPACES}>",
        f"  <tns:source>{region.name.lower()}</tns:source>",
        f"  <tns:timestamp>{TIMESTAMP}</tns:timestamp>",
        *(f"  {line}" for element in elements for line in element),
        f"</tns:{kind}ResponseBySource>\n",
    ]
    mark = codecs.BOM_UTF8 if kind in region.byte_order_mark else b""
    return mark + "\n".join(lines).encode()


def _inner_zip(name: str, xml: bytes) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as inner:
        inner.writestr(_entry(f"{name}.xml"), xml, ZIP_DEFLATED, compresslevel=6)
    return buffer.getvalue()


def _entry(name: str) -> ZipInfo:
    """An entry with a fixed date: the bytes must not depend on when they were written."""
    return ZipInfo(name, ZIP_DATE)
