"""docs/data-dictionary.md is what its generator writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy import data_dictionary
from deploy.data_dictionary import MissingNote, Notes, UnknownKey, make_page
from registry.store.tables import metadata

NOTES = Notes.read(data_dictionary.NOTES)


def test_the_page_is_up_to_date() -> None:
    page = data_dictionary.PAGE.read_text(encoding="utf-8")
    assert page == make_page(NOTES), "write it anew: python -m deploy.data_dictionary"


def test_every_column_of_every_table_is_on_the_page() -> None:
    page = make_page(NOTES)
    for table in metadata.tables.values():
        section = page.partition(f"\n### `{table.name}`\n")[2].partition("\n### ")[0]
        for column in table.columns:
            assert f"\n| `{column.name}` |" in section, f"{table.name}.{column.name}"


def test_a_note_on_a_column_that_is_gone_is_refused() -> None:
    stale = replace(NOTES, origins=NOTES.origins | {"zip_code": "nowhere"})
    with pytest.raises(UnknownKey, match="zip_code"):
        make_page(stale)


def test_a_column_without_origin_is_refused() -> None:
    origins = {name: text for name, text in NOTES.origins.items() if name != "house_number"}
    with pytest.raises(MissingNote, match="house_number"):
        make_page(replace(NOTES, origins=origins))
