"""The one place that asks the machine for the time: everything else takes it as an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(tz=UTC)  # noqa: TID251 - this is the one allowed place
