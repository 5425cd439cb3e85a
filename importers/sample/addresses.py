from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from importers.sample.invent import House, invent_houses, place_house
from importers.sample.places import RegionPlaces, Street, read_quirks
from importers.sample.regions import BRUSSELS, FLANDERS, WALLONIA, SampleRegion
from importers.sample.stable import happens
from importers.sample.versions import changed_at, created_at, version_of, zulu

FIRST_INVENTED_ID = 900_000_000  # quirk 6: every region counts from here, so identifiers collide
# Brussels and Wallonia gave most addresses the day their register began.
FIRST_DAY = {"Brussels": "2000-01-01T00:00:00Z", "Wallonia": "2016-01-01T00:00:00Z"}
Draft = tuple[Street, House, dict[str, Any]]  # the last: columns of quirks.toml


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAddress:
    """One address as it will be printed; an empty text or None leaves the element out."""

    object_id: str
    version: str
    begin: str
    end: str
    position: str
    crs: int
    method: str
    specification: str
    status: str
    valid_from: str
    valid_to: str
    box_number: str
    house_number: str
    officially_assigned: str
    street: str
    municipality: str
    part: str | None
    postal_code: str
    unknown_elements: dict[str, str]


def make_addresses(region: SampleRegion, places: RegionPlaces) -> list[SampleAddress]:
    """The addresses of one region in the order of their object ids: quirks.toml, then invented."""
    numbered = enumerate(chain(_quirks(region, places), _inventions(region, places)))
    made = [
        make_address(region, street, house, row | {"id": row.get("id", FIRST_INVENTED_ID + n)})
        for n, (street, house, row) in numbered
    ]
    return sorted(made, key=lambda address: int(address.object_id))


def make_address(
    region: SampleRegion, street: Street, house: House, row: dict[str, Any]
) -> SampleAddress:
    """An address at a house; `row` (columns of quirks.toml) goes before what is invented."""
    object_id = str(row["id"])
    status = row.get("status", house.status)
    method, specification = _geometry(region, row)
    return SampleAddress(
        object_id=object_id,
        version=row.get("version", version_of(region, "address", object_id)),
        begin=row.get("begin", _begin(region, object_id)),
        end=row.get("end", _end(region, object_id, status)),
        position=row.get("position", place_house(region, street, house)),
        crs=row.get("crs", 31370),
        method=method,
        specification=specification,
        status=status,
        valid_from=row.get("valid_from", _valid_from(region, object_id)),
        valid_to=row.get("valid_to", _valid_to(region, object_id, status)),
        box_number=row.get("box_number", ""),
        house_number=house.number,
        officially_assigned=row.get("officially_assigned", _assigned(region, object_id)),
        street=str(row.get("street_reference", street.object_id)),
        municipality=row.get("municipality", street.municipality),
        part=str(row["part"] or "") if "part" in row else street.part,
        postal_code=row.get("postal_code", house.postal_code),
        unknown_elements=row.get("unknown_elements", {}),
    )


def _quirks(region: SampleRegion, places: RegionPlaces) -> Iterator[Draft]:
    streets = {street.object_id: street for street in places.streets}
    for row in read_quirks(region.name):
        street = streets[str(row["street"])]
        house = House(
            number=row["house_number"],
            postal_code=street.postal_codes[0],
            status="current",
            boxes=(),
            metres=0,
        )
        yield from ((street, house, row) for _ in range(row.get("copies", 1)))


def _inventions(region: SampleRegion, places: RegionPlaces) -> Iterator[Draft]:
    for street in places.streets:
        for house in invent_houses(region, street):
            yield from ((street, house, {"box_number": box}) for box in ("", *house.boxes))


def _geometry(region: SampleRegion, row: dict[str, Any]) -> tuple[str, str]:
    usual = {
        "Flanders": ("derivedFromObject", "parcel"),
        "Brussels": ("assignedByAdministrator", "entrance"),
        "Wallonia": ("derivedFromObject", "building"),
    }
    method, specification = usual[region.name]
    if region is FLANDERS and row.get("box_number"):
        specification = "buildingUnit"
    return row.get("method", method), row.get("specification", specification)


def _begin(region: SampleRegion, object_id: str) -> str:
    """The life span: always in Flanders, partly elsewhere."""
    if region is not FLANDERS and happens(400, "no life span", region.name, object_id):
        return ""
    return zulu(created_at(region, "address", object_id))


def _end(region: SampleRegion, object_id: str, status: str) -> str:
    if region is not FLANDERS or status not in {"retired", "rejected"}:
        return ""
    return zulu(changed_at(region, "address", object_id))


def _valid_from(region: SampleRegion, object_id: str) -> str:
    """Flanders the moment of the version, the others mostly the first day of their register."""
    if region is FLANDERS or happens(200, "valid from", region.name, object_id):
        return zulu(changed_at(region, "address", object_id))
    return FIRST_DAY[region.name]


def _valid_to(region: SampleRegion, object_id: str, status: str) -> str:
    if region is not BRUSSELS or status != "retired":
        return ""
    return zulu(changed_at(region, "address", object_id).replace(year=2026, month=1))


def _assigned(region: SampleRegion, object_id: str) -> str:
    if region is WALLONIA and happens(30, "assigned unknown", object_id):
        return ""
    return "false" if happens(20, "not assigned", region.name, object_id) else "true"
