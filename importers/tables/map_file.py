"""Column maps that users write, as TOML; whatever is wrong is told by its key."""

import codecs
import re
import tomllib
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from geo.crs import Crs
from importers.tables.column_map import FIELDS, LANGUAGES, ColumnMap
from registry.clock import utc_now
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

_BELGIUM = ZoneInfo("Europe/Brussels")
_HIGHEST_RANK = 40  # below every list of a region, above GRB's links
_PLACE = re.compile(r"at (line \d+, column \d+|end of document)")
_NAME = re.compile(r"[\w.-]{1,40}")
_OF_NUMBERS = ("x", "y", "longitude", "latitude")
_SOON = timedelta(days=1)  # clocks and offsets differ


def read_column_map(text: str, label: str) -> ColumnMap:
    """Read the map that a user wrote as TOML; InputRefused names the key that is wrong.

    The table must have every column that the map names.
    """
    try:
        told = tomllib.loads(text)
        _check_names("", told, _KEYS)
        columns = {
            name: _read_columns(f"columns.{name}", names)
            for name, names in _read_fields(told, "columns").items()
        }
        constants = _read_fields(told, "constants")
        _check_filled(columns.keys() | constants.keys(), told)
        return ColumnMap(
            columns=columns,
            required=frozenset(columns),
            constants={name: _read_text(f"constants.{name}", v) for name, v in constants.items()},
            values={
                name: _read_values(f"values.{name}", texts)
                for name, texts in _read_fields(told, "values").items()
            },
            convert=_read_decimal(told),
            given=True,
            missing={
                name: frozenset(_read_texts(f"missing.{name}", texts))
                for name, texts in _read_fields(told, "missing").items()
            },
            **{key: _SIMPLE_KEYS[key](key, told[key]) for key in _SIMPLE_KEYS.keys() & told.keys()},
        )
    except tomllib.TOMLDecodeError as error:
        where = _PLACE.search(str(error))
        raise InputRefused(
            f"{label}: the column map cannot be read: {where[0] if where else 'somewhere'} it is no"
            " TOML: a text without quotation marks perhaps, a bracket missing, or a key twice"
        ) from error
    except ValueError as error:
        raise InputRefused(f"{label}: the column map cannot be read: {error}") from error


def _read_columns(key: str, value: Any) -> tuple[str, ...]:
    if not (names := _read_texts(key, value)):
        raise ValueError(f"{key} is empty")
    return names


def _check_names(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            close = get_close_matches(name, list(known), 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"{where}{name} is nothing that a map says{hint}")


def _read_fields(told: dict[str, Any], key: str) -> dict[str, Any]:
    table = told.get(key, {})
    if not isinstance(table, dict):
        raise ValueError(f"{key} must be a table, [{key}]")  # noqa: TRY004 - of the user's text
    _check_names(f"{key}.", table, FIELDS)
    return table


def _read_text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} must be a text, not {value!r}")
    return value


def _read_texts(key: str, value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    return tuple(_read_text(key, text) for text in texts)


def _read_values(key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f"{key} must be a table, [{key}]")  # noqa: TRY004 - of the user's text
    return {text: _read_text(f"{key}.{text}", ours) for text, ours in value.items()}


def _read_decimal(told: dict[str, Any]) -> dict[str, Callable[[str], str]]:
    """Return what reads numbers with the sign that parts off decimals."""
    sign = told.get("decimal", ".")
    if sign not in (",", "."):
        raise ValueError(f'decimal must be "," or ".", not {sign!r}')
    return dict.fromkeys(_OF_NUMBERS, _write_point) if sign == "," else {}


def _write_point(text: str) -> str:
    return text.replace(",", ".")


def _check_filled(filled: AbstractSet[str], told: dict[str, Any]) -> None:
    """Check that addresses can be made of it, in a region that is known."""
    names = {"street_name_id", *(f"street_name_{language}" for language in LANGUAGES)}
    if "house_number" not in filled:
        raise ValueError("columns.house_number is missing")
    if not names & filled:
        raise ValueError("columns.street_name_id, or street_name_nl, _fr or _de, is missing")
    if "region" not in told and "region" not in filled:
        raise ValueError('region is missing: region = "vlg", or a column that says it')
    if "address_id" in filled and "address_namespace" not in filled:
        raise ValueError(
            "columns.address_id: whose identifiers are these? Fill address_namespace too, by a"
            " column or a constant; leave address_id out if they are your own: they are derived"
        )
    for first, second in (("x", "y"), ("longitude", "latitude")):
        if (first in filled) != (second in filled):
            raise ValueError(f"columns.{first} and columns.{second} go together")


def _read_region(key: str, value: Any) -> Region:
    try:
        return Region.from_iso_code(_read_text(key, value))
    except ValueError as error:
        raise ValueError(f"{key} must be bru, vlg or wal, not {value!r}") from error


def _read_kinds(key: str, value: Any) -> frozenset[Resource]:
    kinds = _read_texts(key, value)
    _check_names(f"{key}: ", kinds, list(Resource))
    return frozenset(Resource(kind) for kind in kinds)


def _read_rank(key: str, value: Any) -> int:
    if type(value) is not int or not 1 <= value <= _HIGHEST_RANK:  # true is one, to Python
        raise ValueError(f"{key} must be a number from 1 to {_HIGHEST_RANK}, not {value!r}")
    return value


def _read_crs(key: str, value: Any) -> int:
    known = sorted(crs.value for crs in Crs)
    if value not in known:
        raise ValueError(f"{key} must be one of {', '.join(map(str, known))}, not {value!r}")
    return int(value)


def _read_encoding(key: str, value: Any) -> str:
    try:
        encoding = codecs.lookup(_read_text(key, value)).name
        if ',"\n'.encode(encoding) != b',"\n':
            raise ValueError(f"{key} {value!r} does not write ASCII as ASCII: convert the file")
    except LookupError as error:
        raise ValueError(f"{key} {value!r} is unknown") from error
    return encoding


def _read_separator(key: str, value: Any) -> str:
    text = _read_text(key, value)
    if len(text) != 1 or text in '"\r\n':
        raise ValueError(f"{key} must be one character, not {value!r}")
    return text


def _read_moment(key: str, value: Any) -> datetime:
    """Read a date or a moment; without offset it is Belgian time."""
    if not isinstance(value, date):
        raise ValueError(f"{key} must be a date, not {value!r}")  # noqa: TRY004 - as above
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=_BELGIUM)
    if aware > utc_now() + _SOON:
        raise ValueError(f"{key} {value} is in the future: later files would count as older")
    return aware.astimezone(UTC)


def _read_name(key: str, value: Any) -> str:
    if not _NAME.fullmatch(_read_text(key, value)):
        raise ValueError(f"{key} must be one word of up to 40 letters, digits, . _ -: {value!r}")
    return str(value)


_SIMPLE_KEYS: dict[str, Callable[[str, Any], Any]] = {
    "region": _read_region,
    "name": _read_name,
    "rank": _read_rank,
    "crs": _read_crs,
    "complete": _read_kinds,
    "encoding": _read_encoding,
    "separator": _read_separator,
    "box_separator": _read_text,
    "extracted_at": _read_moment,
    "ignored": lambda key, value: frozenset(_read_texts(key, value)),
}
_KEYS = ("columns", "values", "missing", "constants", "decimal", *_SIMPLE_KEYS)
