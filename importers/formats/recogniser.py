"""Recognises tables by columns whose names some programs write large and some small."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from importers.formats.format import Look
from importers.tables.column_map import ColumnMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One table of a format: the columns that no other has, in lower case, and the map.

    `layer` is a part of the layer's name, where columns alone do not tell.
    """

    marks: frozenset[str]
    column_map: ColumnMap
    layer: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Recogniser:
    """Gives the map of the first kind that a table is of, with names as the table spells them."""

    kinds: tuple[Kind, ...]

    def __call__(self, look: Look) -> ColumnMap | None:
        """Return the map; None: the table is of none of the kinds."""
        spelled = {name.casefold(): name for name in look.columns}
        for kind in self.kinds:
            if kind.marks <= spelled.keys() and kind.layer in look.layer.casefold():
                return _respell(kind.column_map, spelled)
        return None


def _respell(column_map: ColumnMap, spelled: Mapping[str, str]) -> ColumnMap:
    crs = column_map.crs
    return replace(
        column_map,
        columns={
            field: tuple(spelled.get(name, name) for name in names)
            for field, names in column_map.columns.items()
        },
        ignored=frozenset(spelled.get(name, name) for name in column_map.ignored),
        crs=crs
        if crs is None or isinstance(crs, int)
        else {spelled.get(name, name): code for name, code in crs.items()},
    )
