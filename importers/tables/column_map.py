"""Column maps: which column of a table fills which field of ours, as plain data."""

import codecs
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from geo.crs import Crs
from importers.tables.table import Table
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

_LANGUAGES = ("nl", "fr", "de")
FIELDS: tuple[str, ...] = (
    *("region", "address_id", "address_version", "address_namespace"),
    *("house_number", "box_number", "box_numbers"),
    *("street_name_id", "street_name_version", "street_name_namespace"),
    *(f"street_name_{language}" for language in _LANGUAGES),
    *("homonym_addition", "street_name_type", "street_name_status"),
    *("municipality_id", "municipality_version", "municipality_namespace"),
    *(f"municipality_name_{language}" for language in _LANGUAGES),
    *("part_id", "part_version", "part_namespace"),
    *(f"part_name_{language}" for language in _LANGUAGES),
    *("postal_code", *(f"postal_name_{language}" for language in _LANGUAGES)),
    *("status", "valid_from", "valid_to", "life_begin", "life_end", "officially_assigned"),
    *("x", "y", "longitude", "latitude", "position_method", "position_specification"),
)
"""The fields that a column can fill.

`box_numbers` is several boxes in one cell: the row is an address without box and one for each.
`status`, the dates and `officially_assigned` are those of the row's own kind of object.
"""

_BELGIUM = ZoneInfo("Europe/Brussels")
_HIGHEST_RANK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """What the columns of a table say. It travels to other processes: no lambdas in `convert`.

    `columns` names alternatives per field; the first that the table has counts. `constants`
    hold for every row. A text goes through `missing` (texts that mean none), `convert`, then
    `values`, and is otherwise kept as published. `crs` is the EPSG code of `x`, one for all
    or by the column that fills it; columns that it does not name have the table's own.
    """

    of: Resource = Resource.ADDRESS
    columns: Mapping[str, tuple[str, ...]]
    required: frozenset[str] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    convert: Mapping[str, Callable[[str], str | None]] = field(default_factory=dict)
    crs: Mapping[str, int] | int | None = None
    box_separator: str | None = None
    ignored: frozenset[str] = frozenset()
    """Columns that are known and of no use here."""
    untold: Mapping[Region, frozenset[str]] = field(default_factory=dict)
    """Fields whose column holds something else in a region, so that it tells nothing."""
    region: Region | None = None
    """The region of every row; None: the field `region` says it."""
    one_region: bool = False
    """A file is of one region, which its first row says; a row of another is rejected."""
    complete: frozenset[Resource] = frozenset()
    """Kinds of which the file lists all, so that what is absent is gone; others it only adds."""
    view: Callable[[Table], Table] | None = None
    """How rows are seen before their cells are read, where one cell alone does not say."""
    rank: int | None = None
    encoding: str | None = None
    separator: str | None = None
    extracted_at: datetime | None = None

    def locate(self, columns: Sequence[str], label: str) -> dict[str, int]:
        """Return the place of the column that fills each field; InputRefused: one is missing."""
        places = {name: place for place, name in enumerate(columns)}
        found = {
            filled: next(places[name] for name in names if name in places)
            for filled, names in self.columns.items()
            if any(name in places for name in names)
        }
        lacking = self.required - found.keys() - self.constants.keys()
        if lacking:
            wanted = ", ".join(" or ".join(self.columns.get(f, (f,))) for f in sorted(lacking))
            raise InputRefused(
                f"{label}: the header lacks {wanted}; it has {', '.join(columns)}."
                " Is it another format, or a new version of this one?"
            )
        return found

    def list_unused(self, columns: Sequence[str]) -> list[str]:
        """Return the columns that fill nothing and are not known to be of no use."""
        used = {name for names in self.columns.values() for name in names} | self.ignored
        return [name for name in columns if name not in used]

    def find_crs(self, column: str, table_crs: int | None) -> int | None:
        """Return the EPSG code of positions whose first axis is in this column."""
        if isinstance(self.crs, int):
            return self.crs
        return (self.crs or {}).get(column, table_crs)


def read_column_map(text: str, label: str) -> ColumnMap:
    """Read the map that a user wrote as TOML; InputRefused names the key that is wrong.

    The table must have every column that the map names.
    """
    try:
        told = tomllib.loads(text)
        _check_names("", told, _KEYS)
        columns = {
            name: _read_texts(f"columns.{name}", names)
            for name, names in _read_fields(told, "columns").items()
        }
        constants = _read_fields(told, "constants")
        _check_filled(columns.keys() | constants.keys(), told)
        return ColumnMap(
            columns=columns,
            required=frozenset(columns),
            constants={name: _read_text(f"constants.{name}", v) for name, v in constants.items()},
            values={
                name: {key: _read_text(f"values.{name}.{key}", v) for key, v in texts.items()}
                for name, texts in _read_fields(told, "values").items()
            },
            missing={
                name: frozenset(_read_texts(f"missing.{name}", texts))
                for name, texts in _read_fields(told, "missing").items()
            },
            **{key: _SIMPLE_KEYS[key](key, told[key]) for key in _SIMPLE_KEYS.keys() & told.keys()},
        )
    except ValueError as error:  # TOML's own errors among them
        raise InputRefused(f"{label}: the column map cannot be read: {error}") from error


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


def _check_filled(filled: AbstractSet[str], told: dict[str, Any]) -> None:
    """Check that addresses can be made of it, in a region that is known."""
    names = {"street_name_id", *(f"street_name_{language}" for language in _LANGUAGES)}
    if "house_number" not in filled:
        raise ValueError("columns.house_number is missing")
    if not names & filled:
        raise ValueError("columns.street_name_id, or street_name_nl, _fr or _de, is missing")
    if "region" not in told and "region" not in filled:
        raise ValueError('region is missing: region = "vlg", or a column that says it')
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
    if not isinstance(value, int) or not 1 <= value <= _HIGHEST_RANK:
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
    return aware.astimezone(UTC)


_SIMPLE_KEYS: dict[str, Callable[[str, Any], Any]] = {
    "region": _read_region,
    "rank": _read_rank,
    "crs": _read_crs,
    "complete": _read_kinds,
    "encoding": _read_encoding,
    "separator": _read_separator,
    "box_separator": _read_text,
    "extracted_at": _read_moment,
    "ignored": lambda key, value: frozenset(_read_texts(key, value)),
}
_KEYS = ("columns", "values", "missing", "constants", *_SIMPLE_KEYS)
