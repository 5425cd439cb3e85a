"""What is copied as text arrives as it was, whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.store.connections import Role, connect
from registry.store.copy_text import format_rows

if TYPE_CHECKING:
    from registry.settings import Settings

TEXTS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
) | st.sampled_from(["\\N", "\\", "\t", "\n", "\r\n", "\x1d", "\x1e", "\x1f", "\\.", "N"])
FIRST, LAST = datetime(1, 1, 3), datetime(9999, 12, 29)  # noqa: DTZ001 - as hypothesis wants
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
ROWS = st.lists(
    st.tuples(
        *(st.none() | values for values in (
            TEXTS,
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False),
            st.booleans(),
            MOMENTS,
            TEXTS,
        ))
    )
)  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
@given(rows=ROWS)
def test_rows_arrive_as_they_were(register: Settings, rows: list[tuple[object, ...]]) -> None:
    with connect(register, Role.OWNER) as connection:
        connection.execute(
            "create temp table copied (place int generated always as identity,"
            " a text, b bigint, c float8, d boolean, e timestamptz, f text)"
        )
        with connection.cursor().copy("copy copied (a, b, c, d, e, f) from stdin") as copy:
            copy.write(format_rows(rows))
        arrived = connection.execute("select a, b, c, d, e, f from copied order by place")
        assert arrived.fetchall() == rows
        connection.rollback()
