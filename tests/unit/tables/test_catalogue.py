"""A format is one module and one line in the catalogue; the page about formats knows them all."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from importers.containers import list_source_files
from importers.formats.catalogue import FORMATS
from importers.formats.format import Format, Look
from importers.table_sources import list_tables, recognise
from importers.tables.column_map import FIELDS
from importers.tables.map_file import read_column_map
from registry.domain.resource import Resource
from tests.golden.test_golden import Case, list_cases

CHECKOUT = Path(__file__).resolve().parents[3]
PAGE = (CHECKOUT / "docs" / "howto" / "add-a-format.md").read_text(encoding="utf-8")
MODULES = {
    path.stem: form
    for path in (CHECKOUT / "importers" / "formats").glob("*.py")
    if (form := getattr(import_module(f"importers.formats.{path.stem}"), "FORMAT", None))
}


def test_every_format_is_in_the_catalogue_once() -> None:
    assert sorted(form.name for form in FORMATS) == sorted(f.name for f in MODULES.values())
    assert len({form.name for form in FORMATS}) == len(FORMATS)
    families = {form.family.name: form.family for form in FORMATS}
    assert all(families[form.family.name] == form.family for form in FORMATS)


@pytest.mark.parametrize("module", MODULES)
def test_every_format_has_golden_rows(module: str) -> None:
    folders = [case.folder for case in list_cases() if case.folder.name == module]
    assert folders
    for folder in folders:
        assert (folder / "records.json").exists()
        assert (folder / "published.json").exists()


NOTHING = "nothing: it adds"


def spell(kind: Resource) -> str:
    return re.sub("([A-Z])", lambda letter: f" {letter[1].lower()}", kind.plural)


def find_told(case: Case, out: Path) -> tuple[Format, set[str], set[Resource]]:
    """Return the format of a golden folder, the fields it fills and the kinds it lists wholly."""
    known = [
        k
        for t in list_tables(list_source_files(case.write_files(out)))
        if (k := recognise(t, None))
    ]
    fields: set[str] = set()
    complete: set[Resource] = set()
    for table in known:
        with table.source.open(table.column_map) as opened:
            located = table.column_map.locate(opened.columns, "file").keys()
        fields |= located | table.column_map.constants.keys()
        complete |= table.column_map.complete
    (name,) = {table.format.name for table in known}
    form = next(form for form in FORMATS if form.name == name)
    return form, fields - {"region"}, complete


@pytest.mark.parametrize("module", MODULES)
def test_the_page_says_rank_and_fields_of_every_format(module: str, tmp_path: Path) -> None:
    fields: set[str] = set()
    complete: set[Resource] = set()
    for number, case in enumerate(c for c in list_cases() if c.folder.name == module):
        out = tmp_path / str(number)
        out.mkdir()
        form, told, whole = find_told(case, out)
        assert form is MODULES[module]
        fields, complete = fields | told, complete | whole
    form = MODULES[module]
    kinds = ", ".join(spell(kind) for kind in reversed(Resource) if kind in complete)

    assert f"| `{form.name}` | {form.title} | {form.family.rank} | {kinds or NOTHING} |" in PAGE
    line = re.search(rf"^- `{form.name}`: (.*?)(?=^- |^$)", PAGE, re.MULTILINE | re.DOTALL)
    assert line is not None
    assert list(re.findall(r"`(\w+)`", line[1])) == [f for f in FIELDS if f in fields]


def test_the_page_names_every_field_and_its_map_can_be_read() -> None:
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    column_map = read_column_map(toml, "map.toml")
    spelled = re.sub(r"(`(\w+)_nl`\s\(`_fr`,\s`_de`\))", r"\1 `\2_fr` `\2_de`", PAGE)

    assert column_map.values["region"]["4000"] == "bru"
    assert set(FIELDS) <= set(re.findall(r"`(\w+)`", spelled.partition("The fields: ")[2]))


def test_the_example_of_a_new_format_is_one() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    made: dict[str, Format] = {}
    exec(code, made)  # noqa: S102 - what the page tells its readers to write
    columns = frozenset({"QUAY_NO", "NR", "QUAY", "ZIP"})

    assert made["FORMAT"].recognise(Look(columns=columns, name="x.csv")) is not None
    assert made["FORMAT"].recognise(Look(columns=frozenset({"NR"}), name="x.csv")) is None
