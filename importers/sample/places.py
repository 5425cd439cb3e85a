import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Names = dict[str, str]  # language to spelling, in the order of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A municipality (NIS code), a postal info (postal code) or a part of municipality."""

    object_id: str
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A street name; `centre` is metres in Lambert 72, `bearing` degrees clockwise from north."""

    object_id: str
    names: Names
    municipality: str
    postal_codes: tuple[str, ...]
    centre: tuple[int, int]
    part: str | None
    homonym: str | None
    kind: str
    status: str
    houses: int | None
    first: int | None
    bearing: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPlaces:
    """What places.toml holds of one region; each tuple in the order of the object ids."""

    municipalities: tuple[Place, ...]
    streets: tuple[Street, ...]
    postal_infos: tuple[Place, ...]
    parts: tuple[Place, ...]


def read_places(region: str) -> RegionPlaces:
    """Read the real names of one region (Flanders, Brussels, Wallonia)."""
    tables = _read_toml("places.toml")
    municipalities = [row for row in tables["municipality"] if row["region"] == region]
    streets = [make_street(row, m["code"]) for m in municipalities for row in m.get("street", [])]
    postal_infos = [row for row in tables["postal_info"] if row["region"] == region]
    parts = tables["part_of_municipality"] if region == "Wallonia" else []
    return RegionPlaces(
        municipalities=_make_places(municipalities, "code"),
        streets=tuple(sorted(streets, key=lambda street: int(street.object_id))),
        postal_infos=_make_places(postal_infos, "code"),
        parts=_make_places(parts, "id"),
    )


def read_quirks(region: str) -> list[dict[str, Any]]:
    """The rows of quirks.toml of one region, in the order of the file."""
    return [row for row in _read_toml("quirks.toml")["address"] if row["region"] == region]


def make_street(row: dict[str, Any], municipality: str) -> Street:
    """A street out of one row of places.toml."""
    x, y = row["centre"]
    return Street(
        object_id=str(row["id"]),
        names={language: row[language] for language in ("nl", "fr", "de") if language in row},
        municipality=municipality,
        postal_codes=tuple(row["postal_codes"]),
        centre=(x, y),
        part=str(row["part"]) if "part" in row else None,
        homonym=row.get("homonym"),
        kind=row.get("kind", "streetname"),
        status=row.get("status", "current"),
        houses=row.get("houses"),
        first=row.get("first"),
        bearing=row.get("bearing"),
    )


def _make_places(rows: list[dict[str, Any]], key: str) -> tuple[Place, ...]:
    ordered = sorted(rows, key=lambda row: int(row[key]))
    return tuple(Place(object_id=str(row[key]), names=row.get("name", {})) for row in ordered)


@cache
def _read_toml(name: str) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(files("importers.sample").joinpath(name).read_text(encoding="utf-8"))
