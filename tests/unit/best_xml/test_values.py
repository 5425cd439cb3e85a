from __future__ import annotations

from datetime import UTC, datetime

import pytest

from importers.best_xml.values import InvalidValue, read_boolean, read_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-04-04T18:44:37+02:00", datetime(2024, 4, 4, 16, 44, 37, tzinfo=UTC)),
        ("2024-04-04T16:44:37Z", datetime(2024, 4, 4, 16, 44, 37, tzinfo=UTC)),
        ("2024-04-04T18:44:37", datetime(2024, 4, 4, 16, 44, 37, tzinfo=UTC)),
        ("2024-01-04T18:44:37", datetime(2024, 1, 4, 17, 44, 37, tzinfo=UTC)),
        ("2024-04-04T18:44:37.123", datetime(2024, 4, 4, 16, 44, 37, 123000, tzinfo=UTC)),
        ("2024-04-04T18:44:37.1234567+02:00", datetime(2024, 4, 4, 16, 44, 37, 123456, UTC)),
        ("2000-01-01T00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2000-07-01", datetime(2000, 6, 30, 22, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_with_offset_without_and_with_parts_of_a_second(
    text: str, moment: datetime
) -> None:
    # Without an offset it is Belgian time: two hours ahead of UTC in summer, one in winter.
    assert read_moment(text) == moment
    assert read_moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2024-13-01",
        "2024-02-30",
        "24:00",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-05:00",
    ],
)
def test_what_is_no_moment_is_said_to_be_none(text: str) -> None:
    with pytest.raises(InvalidValue, match="is no date or time"):
        read_moment(text)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False)])
def test_booleans_as_xml_schema_spells_them(text: str, value: bool) -> None:
    assert read_boolean(text) is value
    assert read_boolean(None) is None
    with pytest.raises(InvalidValue):
        read_boolean("True?")
