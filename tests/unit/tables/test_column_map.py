from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from importers.formats.column_file import read_format
from importers.tables.column_map import FIELDS, ColumnMap
from importers.tables.map_file import read_column_map
from registry.domain.edition import FormatFamily
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

LEAST = """
region = "vlg"
[columns]
house_number = "NR"
street_name_nl = "STREET"
postal_code = "ZIP"
"""


def test_a_map_of_every_key_is_read() -> None:
    found = read_column_map(
        """
        region = "BE-BRU"
        name = "lists-of_2024"
        rank = 40
        crs = 3812
        complete = ["address"]
        encoding = "latin-1"
        separator = "|"
        box_separator = "/"
        extracted_at = 2024-04-01
        ignored = ["SECTOR"]
        [columns]
        house_number = ["NR", "HNR"]
        street_name_id = "STREET"
        x = "X"
        y = "Y"
        [constants]
        status = "current"
        [values.status]
        A = "current"
        [missing]
        box_number = ["nvt", "0"]
        """,
        "map.toml",
    )

    assert found == ColumnMap(
        columns={
            "house_number": ("NR", "HNR"),
            "street_name_id": ("STREET",),
            "x": ("X",),
            "y": ("Y",),
        },
        required=frozenset({"house_number", "street_name_id", "x", "y"}),
        constants={"status": "current"},
        values={"status": {"A": "current"}},
        missing={"box_number": frozenset({"nvt", "0"})},
        region=Region.BRUSSELS,
        given=True,
        name="lists-of_2024",
        rank=40,
        crs=3812,
        complete=frozenset({Resource.ADDRESS}),
        encoding="iso8859-1",
        separator="|",
        box_separator="/",
        extracted_at=datetime(2024, 3, 31, 22, tzinfo=UTC),
        ignored=frozenset({"SECTOR"}),
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("region", "regio"), "regio is nothing that a map says; did you mean region?"),
        (("house_number", "house_numer"), "columns.house_numer .* did you mean house_number?"),
        (('"NR"', "7"), "columns.house_number must be a text, not 7"),
        (('"NR"', '""'), "columns.house_number must be a text"),
        (('"vlg"', '"nl"'), "region must be bru, vlg or wal, not 'nl'"),
        (('region = "vlg"', ""), "region is missing"),
        (('house_number = "NR"', ""), "columns.house_number is missing"),
        (('street_name_nl = "STREET"', ""), "columns.street_name_id, or street_name_nl"),
        (("[columns]", 'x = "X"'), "x is nothing that a map says"),
        (("[columns]", '[columns]\nx = "X"'), "columns.x and columns.y go together"),
        (("[columns]", "crs = 1\n[columns]"), "crs must be one of 3812, 3857, 4258"),
        (("[columns]", "rank = 80\n[columns]"), "rank must be a number from 1 to 40"),
        (("[columns]", "rank = true\n[columns]"), "rank must be a number .* not True"),
        (("[columns]", 'name = "a b"\n[columns]'), "name must be one word"),
        (("[columns]", 'decimal = "."\nseparator = 7\n[columns]'), "separator must be a text"),
        (("[columns]", 'decimal = ";"\n[columns]'), "decimal must be"),
        (("[columns]", "extracted_at = 2999-01-01\n[columns]"), "2999-01-01 is in the future"),
        (("[columns]", "[values]\nstatus = 'x'\n[columns]"), "values.status must be a table"),
        (('"NR"', "[]"), "columns.house_number is empty"),
        (("[columns]", '[columns]\naddress_id = "N"'), "whose identifiers are these"),
        (("[columns]", 'separator = "||"\n[columns]'), "separator must be one character"),
        (("[columns]", 'encoding = "klingon"\n[columns]'), "encoding 'klingon' is unknown"),
        (("[columns]", 'encoding = "utf-16"\n[columns]'), "does not write ASCII as ASCII"),
        (("[columns]", 'extracted_at = "now"\n[columns]'), "extracted_at must be a date"),
        (("[columns]", 'complete = ["all"]\n[columns]'), "complete: all is nothing"),
        (("[columns]", "values = 1\n[columns]"), "values must be a table"),
        (("[columns]", "[columns"), "at line 3, column 9 it is no TOML: a text without"),
    ],
)
def test_a_wrong_map_is_refused_by_its_key(change: tuple[str, str], told: str) -> None:
    assert change[0] in LEAST
    with pytest.raises(InputRefused, match=r"^map\.toml: the column map cannot be read: ") as error:
        read_column_map(LEAST.replace(*change, 1), "map.toml")
    error.match(told)


def test_a_header_without_required_columns_is_refused_with_what_it_has() -> None:
    column_map = ColumnMap(
        columns={"house_number": ("HUISNR", "NR"), "postal_code": ("ZIP",)},
        required=frozenset({"house_number"}),
    )
    with pytest.raises(InputRefused, match="lacks HUISNR or NR; it has ZIP, STREET"):
        column_map.locate(("ZIP", "STREET"), "file.csv")


def test_the_first_alternative_that_the_table_has_counts_and_the_rest_is_told() -> None:
    column_map = ColumnMap(columns={"postal_code": ("NEW", "OLD")}, ignored=frozenset({"X"}))

    assert column_map.locate(("OLD", "NEW", "X"), "") == {"postal_code": 1}
    assert column_map.locate(("OLD",), "") == {"postal_code": 0}
    assert column_map.list_unused(("OLD", "NEW", "X", "MORE")) == ["MORE"]


def test_what_a_users_map_names_and_the_file_lacks_is_the_maps_mistake() -> None:
    with pytest.raises(InputRefused, match="the map names columns that the file lacks: NR; it has"):
        read_column_map(LEAST, "map.toml").locate(("STREET", "ZIP"), "file.csv")


def test_identifiers_come_with_whose_they_are() -> None:
    text = LEAST + 'address_id = "N"\n[constants]\naddress_namespace = "https://harbour.example/id"'
    assert "address_id" in read_column_map(text, "map.toml").columns


def test_a_clock_that_is_a_little_ahead_is_no_mistake() -> None:
    soon = datetime.now(UTC) + timedelta(hours=20)
    text = f"extracted_at = {soon.isoformat()}\n{LEAST}"
    assert read_column_map(text, "map.toml").extracted_at == soon


def test_lists_of_two_towns_are_two_families() -> None:
    one = read_format(f'name = "one"\nrank = 35\n{LEAST}', "one.toml").family
    assert (one.name, one.rank) == ("columnMap:one", 35)
    assert read_format(LEAST, "map.toml").family == FormatFamily(name="columnMap", rank=30)


def test_fields_are_named_once() -> None:
    assert len(set(FIELDS)) == len(FIELDS)
