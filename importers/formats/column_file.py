"""Any table whose columns a user's map explains: `./best import --columns MAP.toml FILE`."""

from dataclasses import dataclass

from importers.formats.format import Format, Look
from importers.tables.column_map import ColumnMap
from importers.tables.map_file import read_column_map
from registry.domain.edition import FormatFamily

_RANK = 30


@dataclass(frozen=True, slots=True)
class _Given:
    """Recognises every table: whoever wrote the map says what it is."""

    column_map: ColumnMap

    def __call__(self, _look: Look) -> ColumnMap:
        return self.column_map


def read_format(text: str, label: str) -> Format:
    """Return the format that a user's map describes; InputRefused names the key that is wrong."""
    column_map = read_column_map(text, label)
    return Format(
        name="columnMap",
        title=f"column map {label}",
        family=FormatFamily(
            name=f"columnMap:{column_map.name}" if column_map.name else "columnMap",
            rank=column_map.rank or _RANK,
        ),
        recognise=_Given(column_map),
    )
