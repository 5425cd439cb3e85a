from __future__ import annotations

from datetime import UTC, datetime

import pytest

from importers.tables.column_map import FIELDS, ColumnMap, read_column_map
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
        (("[columns]", "rank = 80\n[columns]"), "rank must be a number from 1 to 50"),
        (("[columns]", 'separator = "||"\n[columns]'), "separator must be one character"),
        (("[columns]", 'encoding = "klingon"\n[columns]'), "encoding 'klingon' is unknown"),
        (("[columns]", 'encoding = "utf-16"\n[columns]'), "does not write ASCII as ASCII"),
        (("[columns]", 'extracted_at = "now"\n[columns]'), "extracted_at must be a date"),
        (("[columns]", 'complete = ["all"]\n[columns]'), "complete: all is nothing"),
        (("[columns]", "values = 1\n[columns]"), "values must be a table"),
        (("[columns]", "[columns"), "Expected"),
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


def test_fields_are_named_once() -> None:
    assert len(set(FIELDS)) == len(FIELDS)
