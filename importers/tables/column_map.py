"""Column maps: which column of a table fills which field of ours, as plain data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from importers.tables.table import Table
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

LANGUAGES = ("nl", "fr", "de")
FIELDS: tuple[str, ...] = (
    *("region", "address_id", "address_version", "address_namespace"),
    *("house_number", "box_number", "box_numbers"),
    *("street_name_id", "street_name_version", "street_name_namespace"),
    *(f"street_name_{language}" for language in LANGUAGES),
    *("homonym_addition", "street_name_type", "street_name_status"),
    *("municipality_id", "municipality_version", "municipality_namespace"),
    *(f"municipality_name_{language}" for language in LANGUAGES),
    *("part_id", "part_version", "part_namespace"),
    *(f"part_name_{language}" for language in LANGUAGES),
    *("postal_code", *(f"postal_name_{language}" for language in LANGUAGES)),
    *("status", "valid_from", "valid_to", "life_begin", "life_end", "officially_assigned"),
    *("x", "y", "longitude", "latitude", "position_method", "position_specification"),
)
"""The fields that a column can fill.

`box_numbers` is several boxes in one cell: the row is an address without box and one for each.
`status`, the dates and `officially_assigned` are those of the row's own kind of object.
"""

_MOST_SHOWN = 300


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
    """A file is of one region: two in its first megabyte are refused, a row of another after it
    is rejected."""
    complete: frozenset[Resource] = frozenset()
    """Kinds of which the file lists all, so that what is absent is gone; others it only adds."""
    view: Callable[[Table], Table] | None = None
    """How rows are seen before their cells are read, where one cell alone does not say."""
    given: bool = False
    """A user wrote it: what the header lacks is the map's mistake, not a new version."""
    name: str | None = None
    """What tells the list of a user's map from that of another one."""
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
            shown = ", ".join(columns)[:_MOST_SHOWN]
            if self.given:
                raise InputRefused(
                    f"{label}: the map names columns that the file lacks: {wanted}; it has {shown}"
                )
            raise InputRefused(
                f"{label}: the header lacks {wanted}; it has {shown}."
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
