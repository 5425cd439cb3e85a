"""Outlines of municipalities: files that are read, refused, mended; hulls where there is none."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from geo.pipelines import HELMERT
from geo.projection import Projection
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.quality.inspection import inspect_region
from registry.quality.outlines import import_outlines
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, Named, StreetName, import_editions
from tests.database.querying import fetch
from tests.database.shared_data import find_shared
from tests.quality.rejected_country import GHENT, OUTLINE, house

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings

NOW = datetime(2026, 11, 20, tzinfo=UTC)
OTHER_SYSTEM = {
    "type": "FeatureCollection",
    "features": [1],
    "crs": {"properties": {"name": "EPSG:28992"}},
}
OUTSIDE = "outsideMunicipality"
IN_USE = (
    "select municipality_id, origin, source from best.municipality_outline"
    " where replaced_at is null order by 1"
)


def square(code: object, x: float, y: float, side: float = 1_000, **member: Any) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {
        "type": "Feature",
        "properties": member.pop("properties", {"NIS5": code}),
        "geometry": {"type": "Polygon", "coordinates": [ring]} | member,
    }


def write(folder: Path, *features: Any, **members: Any) -> Path:
    path = folder / "outlines.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features} | members))
    return path


def import_file(register: Settings, path: Path, lines: list[str] | None = None) -> int:
    with connect(register, Role.IMPORTER, autocommit=True) as connection:
        counts = import_outlines(
            connection,
            path,
            (lines if lines is not None else []).append,
            projection=Projection(HELMERT),
            now=NOW,
        )
    if lines is not None:
        lines.append(counts.describe())
    return counts.in_use


class TestFiles:
    @pytest.mark.parametrize(
        ("x", "y", "side", "crs"),
        [
            (104_000, 194_000, 1_000, None),
            (604_000, 694_000, 1_000, None),
            (3.72, 51.05, 0.01, None),
            (104_000, 194_000, 1_000, "urn:ogc:def:crs:EPSG::31370"),
            (3.72, 51.05, 0.01, "urn:ogc:def:crs:OGC:1.3:CRS84"),
        ],
    )
    def test_each_system_leads_to_the_same_place(
        self, register: Settings, tmp_path: Path, x: float, y: float, side: float, crs: str | None
    ) -> None:
        named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}

        assert import_file(register, write(tmp_path, square(GHENT, x, y, side), **named)) == 1

        ((east, north),) = fetch(
            register,
            "select st_x(st_centroid(geometry)), st_y(st_centroid(geometry))"
            " from best.municipality_outline",
        )
        assert (east, north) == (pytest.approx(604_500, abs=900), pytest.approx(694_500, abs=900))

    @pytest.mark.parametrize("name", ["NIS5", "nis_code", "nisCode", "NISCODE", "CODE_INS"])
    @pytest.mark.parametrize("code", [44021, "44021", 44021.0])
    def test_the_code_is_found_under_its_names(
        self, register: Settings, tmp_path: Path, name: str, code: object
    ) -> None:
        feature = square("", 104_000, 194_000, properties={"naam": "Gent", name: code})

        import_file(register, write(tmp_path, feature))

        assert fetch(register, IN_USE) == [(GHENT, "imported", "outlines.geojson")]

    def test_another_file_takes_the_place_of_what_it_says_anew(
        self, register: Settings, tmp_path: Path
    ) -> None:
        antwerp = square("11002", 152_000, 212_000)
        import_file(register, write(tmp_path, square(GHENT, 104_000, 194_000), antwerp))

        import_file(register, write(tmp_path, square(GHENT, 105_000, 194_000)))

        assert len(fetch(register, IN_USE)) == 2
        assert fetch(
            register,
            "select municipality_id from best.municipality_outline where replaced_at = %s",
            NOW,
        ) == [(GHENT,)]

    def test_codes_that_went_keep_theirs_and_give_it_to_their_successor(
        self, register: Settings, tmp_path: Path
    ) -> None:
        old = square("44011", 90_000, 185_000), square("44049", 91_000, 185_000)

        lines: list[str] = []
        assert import_file(register, write(tmp_path, *old), lines) == 3
        assert lines == ["2 outlines read, 3 in use (1 joined of merged municipalities)"]

        areas = fetch(
            register,
            "select municipality_id, round(st_area(geometry) / 1e6) from best.municipality_outline"
            " order by 1",
        )
        assert areas == [("44011", 1), ("44049", 1), ("44083", 2)]

    def test_a_ring_that_crosses_itself_is_mended_and_told(
        self, register: Settings, tmp_path: Path
    ) -> None:
        x, y = 104_000, 194_000
        bow = [[x, y], [x + 1000, y + 1000], [x + 1000, y], [x, y + 1000], [x, y]]
        lines: list[str] = []

        import_file(register, write(tmp_path, square(GHENT, x, y, coordinates=[bow])), lines)

        assert lines[:-1] == ["outlines.geojson: the outline of 44021 crosses itself; mended"]
        assert fetch(register, "select st_isvalid(geometry) from best.municipality_outline") == [
            (True,)
        ]

    @pytest.mark.parametrize(
        ("feature", "message"),
        [
            (square("4402", 104_000, 194_000), "feature 2: NIS5 is '4402', no NIS code"),
            (square(1, 104_000, 194_000, properties={"naam": "Gent"}), "feature 2: none of its"),
            (square(GHENT, 104_000, 194_000, type="Point"), "must be a Polygon or MultiPolygon"),
            (square(GHENT, 104_000, 194_000, coordinates=[]), "must be a Polygon or MultiPolygon"),
            (square(GHENT, 104_000, 194_000, coordinates=[[]]), "not closed or has fewer"),
            (square(GHENT, 104_000, 194_000, coordinates=[[[1, 2], [3]]]), "no list of coord"),
            (square(GHENT, 104_000, 194_000, coordinates=["ring"]), "no list of coordinates"),
            (square(GHENT, 104_000, 1_194_000), r"NIS code 44021\): a corner at .* is not in Belg"),
            ("Gent", "feature 2: none of its properties"),
            (square(GHENT, 104_000, 194_000) | {"properties": [1]}, "none of its properties"),
            (square(GHENT, 104_000, 194_000) | {"geometry": [1]}, "must be a Polygon"),
            (square(GHENT, 104_000, 194_000, type=["Polygon"]), "must be a Polygon"),
            (square(GHENT, 104_000, 194_000, coordinates=7), "must be a Polygon"),
            (square(GHENT, 104_000, 194_000, coordinates=[[[[1]] * 4]]), "no list of coordinates"),
            (square(GHENT, 0, 0, coordinates=[[[10**400, 0]] * 4]), "no list of coordinates"),
            (square(GHENT, 0, 0, coordinates=[[{"x": 1}] * 4]), "no list of coordinates"),
            (square(math.inf, 104_000, 194_000), "feature 2: NIS5 is inf, no NIS code"),
            (square(math.nan, 104_000, 194_000), "feature 2: NIS5 is nan, no NIS code"),
            (square("99999", 104_000, 194_000), "feature 2: NIS5 is 99999, which no municipality"),
            (
                square(GHENT, 104_000, 194_000, side=90),
                r"feature 2 \(NIS code 44021\): the outline of 44021 is 8\d\d\d m2",
            ),
            (
                square(
                    GHENT,
                    0,
                    0,
                    coordinates=[
                        [[104_000, 194_000], [104_900, 194_000]] * 2 + [[104_000, 194_000]]
                    ],
                ),
                r"feature 2 \(NIS code 44021\): the outline of 44021 is 0 m2",
            ),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_place(
        self, register: Settings, tmp_path: Path, feature: Any, message: str
    ) -> None:
        path = write(tmp_path, square("11002", 152_000, 212_000), feature)

        with pytest.raises(InputRefused, match=message):
            import_file(register, path)
        assert fetch(register, IN_USE) == []

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "no JSON"),
            ("[1]", "no GeoJSON with municipalities"),
            ('{"type": "FeatureCollection", "features": []}', "no GeoJSON with municipalities"),
            ('{"type": "Feature"}', "no GeoJSON with municipalities"),
            (
                json.dumps(OTHER_SYSTEM),
                "EPSG:28992 is not read",
            ),
            ('{"type": "FeatureCollection", "features": 7}', "no GeoJSON with municipalities"),
            (json.dumps(OTHER_SYSTEM | {"crs": {"properties": [1]}}), "it names is not read"),
        ],
    )
    def test_another_file_is_refused(
        self, register: Settings, tmp_path: Path, content: str, message: str
    ) -> None:
        path = tmp_path / "other.geojson"
        path.write_text(content)

        with pytest.raises(InputRefused, match=message):
            import_file(register, path)

    def test_the_real_outlines_of_2018(self, register: Settings) -> None:
        path = find_shared("data/reference/municipalities_2019_lambert72.geojson")

        lines: list[str] = []
        assert import_file(register, path, lines) == 620
        assert lines[-1].startswith("589 outlines read, 620 in use (32 joined")

        ((count, area),) = fetch(
            register,
            "select count(*), sum(st_area(geometry)) / 1e6 from best.municipality_outline"
            " where municipality_id between '21001' and '21009'",
        )
        assert count == 9
        assert area == pytest.approx(80, abs=30)
        assert fetch(
            register,
            "select a.municipality_id from best.municipality_outline a"
            " join best.municipality_outline b on b.municipality_id = '44011'"
            " where st_contains(a.geometry, st_pointonsurface(b.geometry)) order by 1",
        ) == [("44011",), ("44083",)]


class TestHulls:
    def publish(self, register: Settings, *more: Address) -> None:
        import_editions(register, self.make_town(*more))
        with connect(register, Role.IMPORTER, autocommit=True) as connection:
            inspect_region(connection, Region.FLANDERS, progress=lambda _: None)

    def make_town(self, *more: Address) -> Edition:
        streets = [(str(n), 500 * (n % 7), 500 * (n // 7)) for n in range(42)]
        addresses = [house(street, "1", x, y) for street, x, y in streets]
        return Edition(
            region=Region.FLANDERS,
            addresses=[*addresses, *more],
            street_names=[
                StreetName(id=street, names={"nl": f"Straat {street}"}, municipality=GHENT)
                for street, _, _ in streets
            ],
            municipalities=[Named(id=GHENT, names={"nl": "Gent"})],
            postal_infos=[Named(id="9000")],
        )

    def test_without_outlines_a_hull_of_the_addresses_judges_and_says_so(
        self, register: Settings
    ) -> None:
        self.publish(register, house("3", "99", 20_000))

        assert fetch(register, IN_USE) == [(GHENT, "hull", "")]
        ((object_id, detail),) = fetch(
            register,
            "select object_id, detail from best.finding where rule = 'outsideMunicipality'",
        )
        assert object_id == "3.99."
        assert detail.endswith("m outside the hull of its streets, for want of its outline")

    def test_a_hull_is_drawn_round_whole_streets(self, register: Settings) -> None:
        """Half of a street lies further from its middle than the rim of the hull is wide."""
        self.publish(register, *(house("41", str(n), 3_000 + 500 * n, 2_500) for n in range(2, 7)))

        rules = fetch(register, "select object_id from best.finding where rule = %s", OUTSIDE)
        assert rules == []

    def test_an_imported_outline_takes_the_place_of_a_hull(
        self, register: Settings, tmp_path: Path
    ) -> None:
        self.publish(register)

        import_file(register, write(tmp_path, OUTLINE))
        self.publish(register)

        assert fetch(register, IN_USE) == [(GHENT, "imported", "outlines.geojson")]

    def test_an_outline_where_its_addresses_are_not_is_refused(
        self, register: Settings, tmp_path: Path
    ) -> None:
        self.publish(register)
        exchanged = square(GHENT, 194_000, 104_000, side=20_000)

        message = r"feature 1 \(NIS code 44021\): the outline of 44021 lies .* its addresses lie"
        with pytest.raises(InputRefused, match=message):
            import_file(register, write(tmp_path, exchanged))
        assert fetch(register, IN_USE) == [(GHENT, "hull", "")]

    def test_a_hull_that_stays_is_not_drawn_again(self, register: Settings) -> None:
        self.publish(register)
        self.publish(register, house("3", "3", 1_510))

        assert fetch(register, "select count(*) from best.municipality_outline") == [(1,)]
