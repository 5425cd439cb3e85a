"""The fields of a row that belong together: read at once, translated once per distinct text."""

from collections.abc import Callable, Sequence
from operator import itemgetter

from importers.tables.column_map import ColumnMap
from importers.tables.table import Cells

Texts = dict[str, str]
"""Texts by field; what is missing is absent."""


class Translation:
    """What a map makes of the text of one field."""

    def __init__(self, column_map: ColumnMap, field: str) -> None:
        self._missing = column_map.missing.get(field, frozenset())
        self._convert = column_map.convert.get(field)
        self._values = column_map.values.get(field, {})
        self.is_needed = bool(self._missing or self._convert or self._values)

    def apply(self, text: str | None) -> str | None:
        """Return the text in our words, None when it means none."""
        if text is None or text in self._missing:
            return None
        if self._convert is not None and (text := self._convert(text) or "") == "":
            return None
        return self._values.get(text, text)


class Cell:
    """Reads the text of one field that a map translates; itemgetter does for the others."""

    def __init__(self, place: int, translation: Translation) -> None:
        self._place = place
        self._translation = translation

    def __call__(self, cells: Cells) -> str | None:
        """Return the text of the field in a row."""
        return self._translation.apply(cells[self._place])


class Constant:
    """Reads the same text of every row."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def __call__(self, _cells: Cells) -> str | None:
        """Return the text."""
        return self._text


def make_reader(
    column_map: ColumnMap, places: dict[str, int], field: str
) -> Callable[[Cells], str | None]:
    """Return what reads one field of a row."""
    if field not in places:
        return Constant(column_map.constants.get(field))
    translation = Translation(column_map, field)
    return Cell(places[field], translation) if translation.is_needed else itemgetter(places[field])


class FieldGroup:
    """Reads several fields of a row: first their cells as they are, then, if new, their texts."""

    def __init__(
        self, column_map: ColumnMap, places: dict[str, int], fields: Sequence[str]
    ) -> None:
        self._told = [field for field in fields if field in places]
        self._translations = [Translation(column_map, field) for field in self._told]
        self._constants = {
            field: text for field, text in column_map.constants.items() if field in fields
        }
        chosen = [places[field] for field in self._told]
        # itemgetter gives a tuple for two places and more; of one it would give the text.
        self.read_cells: Callable[[Cells], tuple[str | None, ...]] = (
            itemgetter(*(chosen * 2 if len(chosen) == 1 else chosen)) if chosen else _read_nothing
        )

    def translate(self, cells: Sequence[str | None]) -> Texts:
        """Return the texts by field of what `read_cells` gave."""
        texts = dict(self._constants)
        for field, translation, cell in zip(self._told, self._translations, cells, strict=False):
            text = translation.apply(cell)
            if text is not None:
                texts[field] = text
        return texts


def _read_nothing(_cells: Cells) -> tuple[str | None, ...]:
    return ()
