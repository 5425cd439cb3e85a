"""What a format of tables is: how it is recognised, and what its columns say."""

from collections.abc import Callable
from dataclasses import dataclass

from importers.tables.column_map import ColumnMap
from registry.domain.edition import FormatFamily


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a table is recognised by: its columns above all, then file name and layer."""

    columns: frozenset[str]
    name: str
    layer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of tables; `recognise` gives the column map of a table that is of it."""

    name: str
    title: str
    family: FormatFamily
    recognise: Callable[[Look], ColumnMap | None]
