"""What is said to differ between two deliveries, and what is not concluded from a few records."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from importers.checking.drift import compare_shapes
from registry.domain.region import Region
from tests.database.editions import Address, Edition, Named, StreetName
from tests.deliveries.checks import check, write_zip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from registry.settings import Settings

Drift = dict[str, Any]
NOTHING = ("newFields", "missingFields", "renamedFields", "retypedFields", "newValues")


def field(place: int | str = 0, share: float = 1.0, type: str | None = "text") -> dict[str, Any]:  # noqa: A002
    return {"place": place, "share": share, "type": type}


def shape(fields: Mapping[str, Any] | None = None, **other: Any) -> dict[str, Any]:
    empty = {"format": "x", "values": {}, "systems": [], "unknown": {}}
    return {"fields": {"addresses": fields or {}}, **empty, **other}


def list_drift(last: dict[str, Any] | None, now: dict[str, Any] | None) -> Drift:
    drift = compare_shapes(last, now, "a")
    assert drift.pop("since") == "a"
    return {kind: told for kind, told in drift.items() if told and kind != "systems"}


@pytest.mark.parametrize(
    ("last", "now", "drift"),
    [
        ({"a": field()}, {"a": field()}, {}),
        ({}, {"a": field()}, {"newFields": ["addresses/a"]}),
        ({"a": field()}, {}, {"missingFields": ["addresses/a"]}),
        (
            {"a": field(3)},
            {"b": field(3)},
            {"renamedFields": [{"from": "addresses/a", "to": "addresses/b"}]},
        ),
        # In another place, of another type, or filled otherwise it is another field.
        (
            {"a": field(3)},
            {"b": field(4)},
            {"newFields": ["addresses/b"], "missingFields": ["addresses/a"]},
        ),
        (
            {"a": field(3)},
            {"b": field(3, type="integer")},
            {"newFields": ["addresses/b"], "missingFields": ["addresses/a"]},
        ),
        (
            {"a": field(3, 0.9)},
            {"b": field(3, 0.2)},
            {"newFields": ["addresses/b"], "missingFields": ["addresses/a"]},
        ),
        # Two that could both be it: nobody knows which.
        (
            {"p/a": field("p")},
            {"p/b": field("p"), "p/c": field("p")},
            {
                "newFields": ["addresses/p/b", "addresses/p/c"],
                "missingFields": ["addresses/p/a"],
            },
        ),
        # An element that few records have may be missed by a sample; a column is there or not.
        ({"p/a": field("p", 0.005)}, {}, {}),
        ({}, {"p/a": field("p", 0.005)}, {}),
        ({"a": field(2, 0.0, None)}, {}, {"missingFields": ["addresses/a"]}),
        (
            {"a": field(type="integer")},
            {"a": field(type="url")},
            {"retypedFields": [{"field": "addresses/a", "from": "integer", "to": "url"}]},
        ),
        ({"a": field(type="integer")}, {"a": field(type="mixed")}, {}),
        ({"a": field(type="integer")}, {"a": field(type=None)}, {}),
    ],
)
def test_fields(last: dict[str, Any], now: dict[str, Any], drift: Drift) -> None:
    assert list_drift(shape(last), shape(now)) == drift


def test_nothing_is_new_the_first_time_or_of_a_kind_not_delivered_before() -> None:
    now = shape({"a": field()}, values={"addresses/status": {"current": 3}})
    assert list_drift(None, now) == {}
    assert list_drift(now, None) == {}
    other = shape() | {"fields": {"streetNames": {"b": field()}}}
    assert list_drift(other, now) == {}


def test_values_and_unknown_elements_count_however_rare() -> None:
    last = shape(values={"addresses/status": {"current": 9}}, unknown={"address/a": 1})
    now = shape(values={"addresses/status": {"current": 8, "odd": 1}}, unknown={"address/b": 1})
    assert list_drift(last, now) == {
        "newFields": ["address/b"],
        "newValues": [{"field": "addresses/status", "value": "odd", "count": 1}],
    }


FIRST = Edition(
    addresses=[Address(id=f"{n}", number=f"{n}", box=f"{n}") for n in range(1, 21)],
    street_names=[StreetName(id="10", kind="streetname")],
    postal_infos=(Named(id="1000"),),
)


def test_a_real_xml_file_that_changes_its_words(module_register: Settings, tmp_path: Path) -> None:
    first = check(module_register, write_zip(tmp_path / "1.zip", FIRST))
    assert first.shape is not None
    assert first.shape["fields"]["addresses"]["houseNumber"]["type"] == "integer"
    assert first.shape["systems"] == ["EPSG:31370"]
    same = check(module_register, tmp_path / "1.zip", last_shape=first.shape, last_delivery="a")
    assert [same.report["drift"][kind] for kind in NOTHING] == [[]] * len(NOTHING)

    changed = replace(
        FIRST,
        addresses=[
            replace(a, crs=3812, position="649843.5 670639.5") for a in FIRST.addresses or ()
        ],
        street_names=[StreetName(id="10", kind="square")],
    )
    path = tmp_path / "2.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, xml in changed.write_files().items():
            archive.writestr(name, xml.replace("boxNumber>", "boxLabel>"))
    drift = check(module_register, path, last_shape=first.shape, last_delivery="a").report["drift"]
    assert drift == {
        "since": "a",
        "newFields": [],
        "missingFields": [],
        "renamedFields": [{"from": "addresses/boxNumber", "to": "addresses/boxLabel"}],
        "retypedFields": [],
        "newValues": [{"field": "streetNames/streetNameType", "value": "square", "count": 1}],
        "systems": {"before": ["EPSG:31370"], "now": ["EPSG:3812"]},
    }


COLUMNS = (
    *("EPSG:31370_x", "EPSG:31370_y", "EPSG:4258_lat", "EPSG:4258_lon", "address_id"),
    *("box_number", "house_number", "municipality_id", "municipality_name_de"),
    *("municipality_name_fr", "municipality_name_nl", "postcode", "postname_fr", "postname_nl"),
    *("street_id", "streetname_de", "streetname_fr", "streetname_nl", "region_code", "status"),
)


def write_table(path: Path, columns: tuple[str, ...], box: str) -> Path:
    row = (
        *(
            "149843.5",
            "170639.5",
            "50.8",
            "4.3",
            "ID",
            box,
            "1",
            "21004",
            "",
            "Bruxelles",
            "Brussel",
        ),
        *("1000", "", "", "10", "", "Rue de la Loi", "Wetstraat", "BE-BRU", "current", "x"),
    )[: len(columns)]
    lines = [",".join(columns)]
    lines += [",".join(cell.replace("ID", f"{n}") for cell in row) for n in range(1, 31)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_real_table_whose_columns_change(module_register: Settings, tmp_path: Path) -> None:
    first = check(module_register, write_table(tmp_path / "1.csv", COLUMNS, "3"))
    assert first.shape is not None, first.report["rejections"]
    columns = tuple("post_town_nl" if name == "postname_nl" else name for name in COLUMNS)
    changed = write_table(tmp_path / "2.csv", (*columns, "extra"), "https://x/3")
    drift = check(
        module_register, changed, Region.BRUSSELS, last_shape=first.shape, last_delivery="a"
    ).report["drift"]
    assert drift["renamedFields"] == [
        {"from": "addresses/postname_nl", "to": "addresses/post_town_nl"}
    ]
    assert drift["newFields"] == ["addresses/extra"]
    assert drift["missingFields"] == []
    assert drift["retypedFields"] == [
        {"field": "addresses/box_number", "from": "integer", "to": "url"}
    ]
