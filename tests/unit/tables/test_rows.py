from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.tables.column_map import ColumnMap
from importers.tables.derived import derive_id
from importers.tables.map_file import read_column_map
from importers.tables.rows import RowMapper
from importers.unknowns import Unknowns
from registry.domain.errors import InputRefused
from registry.domain.identifiers import DERIVED_NAMESPACE
from registry.domain.records import (
    AddressRecord,
    NamedRecord,
    PositionRecord,
    Record,
    Rejection,
    StreetNameRecord,
)
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.unit.tables.reading import read_text

FIELDS = (
    *(
        "address_id",
        "address_version",
        "address_namespace",
        "house_number",
        "box_number",
        "box_numbers",
    ),
    *("street_name_id", "street_name_nl", "street_name_fr", "homonym_addition"),
    *("municipality_id", "municipality_name_nl", "municipality_name_fr", "postal_code"),
    *("status", "valid_from", "life_begin", "officially_assigned", "region"),
    *("x", "y", "longitude", "latitude", "position_method"),
)
PLAIN = ColumnMap(columns={field: (field,) for field in FIELDS})
GHENT = {"house_number": "1", "street_name_nl": "Veldstraat", "postal_code": "9000"}


def read(
    *rows: dict[str, str],
    column_map: ColumnMap = PLAIN,
    region: Region = Region.FLANDERS,
    unknowns: Unknowns | None = None,
) -> list[Record | Rejection]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    text = "".join(";".join(line) + ";\n" for line in lines).replace(";\n", ";end\n", 1)
    return read_text(text, region, column_map, unknowns)[0]


def read_address(row: dict[str, str], **settings: object) -> AddressRecord:
    (found,) = read(row, **settings)  # type: ignore[arg-type]
    assert isinstance(found, AddressRecord), found
    return found


def read_reason(row: dict[str, str], **settings: object) -> str:
    (found,) = read(row, **settings)  # type: ignore[arg-type]
    assert isinstance(found, Rejection), found
    return found.reason


def test_a_derived_id_is_a_digest_of_the_key_and_never_changes() -> None:
    assert derive_id("44021", "9000", "veldstraat") == "d70811b7971289556"


def test_what_a_format_lacks_is_missing_and_ids_come_of_the_natural_key() -> None:
    found = read_address(GHENT)

    assert found.municipality_id == "44021"
    assert found.street_name_id == derive_id("44021", "9000", "veldstraat")
    assert found.provenance.object_id == derive_id(found.street_name_id, "1", "")
    assert found.provenance.namespace == DERIVED_NAMESPACE
    assert found.position == PositionRecord()
    assert (found.part_id, found.box_number, found.officially_assigned) == (None, None, None)
    assert found.status.status is None
    assert found.provenance.life_begin is None


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"house_number": "1 "}, True),
        ({"street_name_nl": "VELDSTRAAT"}, True),
        ({"postal_code": "9030"}, False),  # of merged municipalities, several streets of a name
        ({"status": "retired"}, True),
        ({"house_number": "1_1"}, False),
        ({"box_number": "1"}, False),
        ({"homonym_addition": "HO"}, False),
        ({"street_name_id": "7"}, False),
        ({"postal_code": "2000"}, False),
    ],
)
def test_the_natural_key_tells_addresses_apart(change: dict[str, str], *, same: bool) -> None:
    plain, changed = read_address(GHENT), read_address(GHENT | change)

    assert (plain.provenance.object_id == changed.provenance.object_id) is same


def test_a_cell_of_boxes_is_the_house_number_and_each_box_once() -> None:
    found = read(GHENT | {"address_id": "5", "box_numbers": "A| 2 ||a|2"})

    assert [r.box_number for r in found if isinstance(r, AddressRecord)] == [None, "a", "2"]
    ids = [r.provenance.object_id for r in found if isinstance(r, AddressRecord)]
    street = derive_id("44021", "9000", "veldstraat")
    assert ids == ["5", derive_id(street, "1", "a"), derive_id(street, "1", "2")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"house_number": ""}, "the house number is missing"),
        ({"street_name_nl": ""}, "neither identifier nor name"),
        ({"postal_code": "9999"}, "'9999' is no municipality"),
        ({"municipality_name_nl": "Atlantis"}, "'9000 Atlantis' is no municipality"),
        ({"postal_code": "1000"}, "21004 is in Brussels"),
        ({"municipality_id": "x/44"}, "no NIS code of five digits"),
        ({"address_id": "a b"}, "the address identifier 'a b' is no object identifier"),
        ({"street_name_id": "a/b"}, "street_name_id 'a/b' is no object identifier"),
        ({"house_number": "1" * 251}, "house number has 251 characters"),
        ({"box_number": "1" * 251}, "box number has 251 characters"),
        ({"address_version": "1" * 251}, "version has 251 characters"),
        ({"longitude": "1" * 251, "latitude": "1"}, "position has 253 characters"),
        ({"street_name_nl": "V" * 251}, "street_name_nl has 251 characters"),
        ({"valid_from": "yesterday"}, "'yesterday' is no date or time"),
        ({"officially_assigned": "perhaps"}, "neither true nor false"),
        ({"region": "BE-NL"}, "'BE-NL' is no region"),
        (
            {"address_id": "1", "address_namespace": "https://databrussels.be/id/address"},
            "is one of Brussels",
        ),
    ],
)
def test_a_row_that_cannot_be_mapped_says_why(row: dict[str, str], told: str) -> None:
    assert told in read_reason(GHENT | row)


def test_rows_of_another_region_are_not_of_this_edition() -> None:
    rows = [GHENT | {"region": "BE-BRU"}, GHENT | {"region": "vlg"}]
    (found,) = read(*rows)

    assert isinstance(found, AddressRecord)


@pytest.mark.parametrize(
    "text",
    ["44021", "https://data.vlaanderen.be/id/gemeente/44021", "44021 (Gent)", "44021.0"],
)
def test_a_nis_code_is_found_in_every_spelling(text: str) -> None:
    assert read_address(GHENT | {"municipality_id": text}).municipality_id == "44021"


def test_positions_are_kept_as_published_metres_before_degrees() -> None:
    metres = GHENT | {"x": "104700.50", "y": "193600", "longitude": "3.72", "latitude": "51.05"}
    lambert = ColumnMap(columns=PLAIN.columns, crs={"x": 31370})

    assert read_address(metres, column_map=lambert).position == PositionRecord(
        text="104700.50 193600", crs=31370
    )
    degrees = read_address(metres | {"y": ""}, column_map=lambert)
    assert degrees.position == PositionRecord(text="3.72 51.05", crs=4326)
    zero = read_address(GHENT | {"x": "0.00000", "y": "0.00000"}, column_map=lambert)
    assert zero.position.text == "0.00000 0.00000"


def test_texts_are_missing_converted_then_translated_and_unknown_values_counted() -> None:
    column_map = ColumnMap(
        columns=PLAIN.columns,
        missing={"box_number": frozenset({"nvt"})},
        convert={"position_method": str.lower},
        values={"status": {"zeker": "InGebruik"}},
        constants={"officially_assigned": "true"},
    )
    unknowns = Unknowns()
    row = GHENT | {"box_number": "nvt", "status": "zeker", "position_method": "GUESS"}
    rows = [row, row | {"house_number": "2"}]
    first, _ = read(*rows, column_map=column_map, unknowns=unknowns)

    assert isinstance(first, AddressRecord)
    assert (first.box_number, first.status.status) == (None, "current")
    assert first.officially_assigned is True
    assert unknowns.to_json() == [
        {"kind": "value", "where": "position_method", "what": "guess", "count": 2}
    ]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=len(FIELDS))
)
def test_whatever_stands_in_the_cells_is_a_record_or_a_rejection(texts: list[str]) -> None:
    mapper = RowMapper(PLAIN, FIELDS, Region.FLANDERS, Unknowns(), crs=31370)
    told = mapper.to_records([text.strip() or None for text in texts], 7)

    if isinstance(told, Rejection):
        assert told.reason
        assert told.offset == 7
    for record in [] if isinstance(told, Rejection) else told:
        assert isinstance(record, AddressRecord)
        assert record.provenance.offset == 7


def test_what_rows_tell_of_other_objects_is_told_once_by_the_first() -> None:
    mapper = RowMapper(
        PLAIN,
        ["house_number", "street_name_id", "street_name_nl", "postal_code"],
        Region.FLANDERS,
        Unknowns(),
    )
    mapper.to_records(["1", "7", "Veldstraat", "9000"], 0)
    mapper.to_records(["2", "7", "Veltstraat", "9000"], 50)
    told = mapper.take_named()
    mapper = pickle.loads(pickle.dumps(mapper))  # noqa: S301 - as it goes to other processes
    mapper.to_records(["3", "7", "Veldstraat", "9000"], 90)

    assert mapper.take_named() == {}
    street = told[Resource.STREET_NAME]["7"]
    assert isinstance(street, StreetNameRecord)
    assert (street.names, street.municipality_id) == ({"nl": "Veldstraat"}, "44021")
    assert street.provenance.offset == 0
    assert told[Resource.POSTAL_INFO]["9000"].names == {}
    assert told[Resource.MUNICIPALITY]["44021"].names["fr"] == "Gand"


def test_a_table_of_another_kind_gives_records_of_that_kind() -> None:
    column_map = ColumnMap(
        of=Resource.POSTAL_INFO, columns={**PLAIN.columns, "postal_name_nl": ("postal_name_nl",)}
    )
    row = {"postal_code": "9000", "postal_name_nl": "Gent", "life_begin": "2020-01-01T00:00:00Z"}
    (found,) = read(row, column_map=column_map)

    assert isinstance(found, NamedRecord)
    assert (found.provenance.object_id, found.names) == ("9000", {"nl": "Gent"})
    assert found.provenance.life_begin is not None
    assert "no identifier or no name" in read_reason(
        {"postal_name_nl": "Gent"}, column_map=column_map
    )


@pytest.mark.parametrize(
    ("crs", "region", "x", "y"),
    [
        (31370, Region.BRUSSELS, 149843, 170639),
        (3812, Region.BRUSSELS, 649843, 670639),
        (4326, Region.WALLONIA, 4.36, 50.8),
        (31370, Region.FLANDERS, 60000, 200000),
        (31370, Region.WALLONIA, 260000, 120000),
    ],
)
def test_turned_axes_are_refused_and_right_ones_are_not(
    crs: int, region: Region, x: float, y: float
) -> None:
    column_map = ColumnMap(columns=PLAIN.columns, crs=crs)
    row = {"house_number": "1", "street_name_id": "1", "municipality_id": "21004"}
    right = [row | {"x": str(x + i / 1000), "y": str(y)} for i in range(20)]
    turned = [row | {"x": str(y), "y": str(x + i / 1000)} for i in range(20)]

    assert len(read(*right, column_map=column_map, region=region)) == 20
    with pytest.raises(InputRefused, match="axes are turned"):
        read(*turned, column_map=column_map, region=region)


PLACE = {"house_number": "1", "street_name_id": "1", "municipality_id": "44021"}


def read_positions(crs: int, *positions: tuple[str, str]) -> list[Record | Rejection]:
    column_map = ColumnMap(columns=PLAIN.columns, crs=crs)
    return read(*[PLACE | {"x": x, "y": y} for x, y in positions], column_map=column_map)


@pytest.mark.parametrize(
    ("crs", "position", "told"),
    [
        (3812, ("104700.50", "193600"), "EPSG:3812. They would be in EPSG:31370: correct"),
        (31370, ("604700.50", "693600"), "EPSG:31370. They would be in EPSG:3812: correct"),
        (31370, ("3.72", "51.05"), "EPSG:31370. They would be in EPSG:4326: correct"),
        (31370, ("51.05", "3.72"), "They would be in EPSG:4326, with x and y swapped"),
        (3857, ("104700", "193600"), "EPSG:3857. They would be in EPSG:31370"),
        (31370, ("104700,50", "193600,25"), 'their spelling (decimal = ",")'),
        (31370, ("5", "7"), "EPSG:31370. Correct the system"),
    ],
)
def test_positions_that_cannot_be_right_are_refused(
    crs: int, position: tuple[str, str], told: str
) -> None:
    assert len(read_positions(crs, *[position] * 9)) == 9
    with pytest.raises(InputRefused, match=re.escape(told)):
        read_positions(crs, *[position] * 10)


def test_some_wrong_positions_and_all_unknown_ones_are_left_to_the_rules() -> None:
    right, wrong, unknown = ("104700", "193600"), ("1", "7"), ("0.00", "0")
    rows = [right, right, wrong, unknown, unknown] * 20

    assert len(read_positions(31370, *rows)) == 100
    assert len(read_positions(31370, *[unknown] * 50)) == 50


def test_x_and_y_without_a_system_are_refused() -> None:
    with pytest.raises(InputRefused, match="x and y without a coordinate system"):
        read(GHENT | {"x": "104700", "y": "193600"})


def test_decimal_commas_are_read_when_the_map_says_so() -> None:
    column_map = read_column_map(
        """
        region = "vlg"
        crs = 31370
        decimal = ","
        [columns]
        house_number = "house_number"
        street_name_id = "street_name_id"
        municipality_id = "municipality_id"
        x = "x"
        y = "y"
        """,
        "map.toml",
    )
    found = read_address(PLACE | {"x": "104700,50", "y": "193600"}, column_map=column_map)
    assert found.position.text == "104700.50 193600"


@pytest.mark.parametrize(
    ("field", "published", "told"),
    [
        ("status", "InGebruik", "current"),
        ("status", "https://data.example/id/Gehistoreerd", "retired"),
        ("status", "halfway", "halfway"),
        ("postal_code", "B-9000", "9000"),
        ("postal_code", "9000.0", "9000"),
        ("postal_code", "1077CZ", "1077CZ"),
    ],
)
def test_statuses_and_postal_codes_are_written_as_best_does(
    field: str, published: str, told: str
) -> None:
    found = read_address(PLACE | {field: published})
    assert (found.status.status if field == "status" else found.postal_code) == told
