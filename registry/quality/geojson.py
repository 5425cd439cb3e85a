"""A GeoJSON file of municipalities, as polygons in Lambert 2008; errors say where and what."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.crs import Crs
from geo.extent import BELGIUM_LAMBERT_2008
from geo.projection import Projection
from registry.domain.errors import InputRefused
from registry.normalization.places import find_municipality

_CODE_NAMES = frozenset(
    {"nis", "nis5", "nisc", "niscode", "refnis", "refniscode", "ins", "inscode", "codeins"}
    | {"cdmunty", "cdmuntyrefnis", "municipalitycode", "municipalityid"}
)
"""Names of the property that holds the NIS code, in small letters without signs between."""

_SYSTEMS = {"3812": Crs.LAMBERT_2008, "31370": Crs.LAMBERT_72, "4326": Crs.WGS84}
_LONGEST_FILE = 500_000_000  # bytes; the finest outlines of Belgium are a tenth of it
Ring = NDArray[np.float64]


def list_outlines(path: Path, projection: Projection) -> list[tuple[str, str, str]]:
    """Return (NIS code, place in the file, GeoJSON polygon in Lambert 2008) of each feature."""
    document = _read_document(path)
    features = document.get("features")
    is_collection = document.get("type") == "FeatureCollection" and isinstance(features, list)
    if not (is_collection and features):
        raise InputRefused(f"{path}: no GeoJSON with municipalities (a FeatureCollection) in it.")
    crs = _find_crs(path, document)
    outlines = []
    for number, feature in enumerate(features, 1):
        where = f"{path}: feature {number}"
        code = _read_code(where, feature)
        where = f"{where} (NIS code {code})"
        polygons = [
            [_project(where, ring, crs, projection).tolist() for ring in polygon]
            for polygon in _list_polygons(where, feature)
        ]
        text = json.dumps({"type": "MultiPolygon", "coordinates": polygons})
        outlines.append((code, where, text))
    return outlines


def _read_document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LONGEST_FILE:
            raise InputRefused(f"{path}: larger than any file of municipalities can be.")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{path}: this file is no JSON: {error}.") from error
    if not isinstance(document, dict):
        raise InputRefused(f"{path}: no GeoJSON with municipalities (a FeatureCollection) in it.")
    return document


def _find_crs(path: Path, document: dict[str, Any]) -> Crs:
    """Return the coordinate system that the file names; else the one its coordinates can be of."""
    named = document.get("crs")
    if named is not None:
        name = str(_find_object(named, "properties").get("name", ""))
        code = "4326" if name.endswith("CRS84") else (re.findall(r"\d+", name) or [""])[-1]
        if code not in _SYSTEMS:
            raise InputRefused(
                f"{path}: the coordinate system {name or 'it names'} is not read. Give the file in"
                " EPSG:3812, 31370 or 4326."
            )
        return _SYSTEMS[code]
    for number, feature in enumerate(document["features"], 1):
        for polygon in _list_polygons(f"{path}: feature {number}", feature):
            x, y = _read_ring(f"{path}: feature {number}", polygon[0])[0]
            if abs(x) <= 180 and abs(y) <= 90:
                return Crs.WGS84
            return Crs.LAMBERT_2008 if BELGIUM_LAMBERT_2008.covers(x, y) else Crs.LAMBERT_72
    return Crs.WGS84  # no polygon at all: refused when it is read


def _find_object(parent: Any, name: str) -> dict[str, Any]:
    """Return a member that must be an object; empty when it or its parent is none."""
    member = parent.get(name) if isinstance(parent, dict) else None
    return member if isinstance(member, dict) else {}


def _read_code(where: str, feature: Any) -> str:
    for name, value in _find_object(feature, "properties").items():
        if re.sub(r"[\W_]", "", name).casefold() in _CODE_NAMES:
            is_whole = isinstance(value, float) and value.is_integer()
            code = str(int(value)) if is_whole else str(value).strip()
            if not re.fullmatch("[0-9]{5}", code):
                raise InputRefused(f"{where}: {name} is {value!r}, no NIS code of five digits.")
            if find_municipality(code) is None:
                raise InputRefused(f"{where}: {name} is {code}, which no municipality has.")
            return code
    raise InputRefused(f"{where}: none of its properties holds a NIS code (NIS5, niscode, ...).")


def _list_polygons(where: str, feature: Any) -> Iterator[list[Any]]:
    geometry = _find_object(feature, "geometry")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not (
        isinstance(coordinates, list) and coordinates
    ):
        raise InputRefused(f"{where}: an outline must be a Polygon or MultiPolygon, not {kind}.")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not all(isinstance(polygon, list) and polygon for polygon in polygons):
        raise InputRefused(f"{where}: a polygon of it has no rings.")
    yield from polygons


def _read_ring(where: str, ring: Any) -> Ring:
    try:
        points = np.array([point[:2] for point in ring], dtype=np.float64)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise InputRefused(f"{where}: a ring of it is no list of coordinates.") from error
    if len(points) and points.shape[1:] != (2,):
        raise InputRefused(f"{where}: a ring of it is no list of coordinates.")
    if len(points) < 4 or (points[0] != points[-1]).any():
        raise InputRefused(f"{where}: a ring of it is not closed or has fewer than four corners.")
    return points


def _project(where: str, ring: Any, crs: Crs, projection: Projection) -> Ring:
    points = _read_ring(where, ring)
    projected = np.column_stack(projection.to_canonical(points[:, 0], points[:, 1], crs))
    for (x, y), (east, north) in zip(points, projected, strict=True):
        if not BELGIUM_LAMBERT_2008.covers(east, north):
            raise InputRefused(f"{where}: a corner at {x} {y} (EPSG:{crs:d}) is not in Belgium.")
    return np.round(projected, 2)
