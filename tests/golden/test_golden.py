"""Chosen rows per region: what is read, what is found, what is published. See each README."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from psycopg.rows import dict_row

from importers.best_xml.reader import BestXmlFile
from importers.region_files import list_region_files
from importers.unknowns import Unknowns
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.database.editions import import_path
from tests.database.querying import assert_sound
from tests.unit.best_xml.reading import read_file
from tests.unit.tables.reading import read_table
from tests.unit.tables.writing import write_rows

if TYPE_CHECKING:
    from registry.settings import Settings

HERE = Path(__file__).parent
MADE_ON = datetime(2026, 11, 2, tzinfo=UTC).timestamp()
"""When the files were made that do not say it themselves."""
VIEWS = ("municipality", "part_of_municipality", "postal_info", "street_name", "address")


class Case(NamedTuple):
    """A folder of invented files of one format; BeSt XML lies in the region's own."""

    region: Region
    folder: Path

    def write_files(self, out: Path) -> Path:
        """Write what the import is given: a copy, or what readable rows stand for."""
        write_rows(self.folder, out)
        for path in (p for p in self.folder.glob("*.*") if p.suffix in {".xml", ".csv"}):
            text = path.read_text(encoding="utf-8").replace("␀", "\0")
            (out / path.name).write_text(text, encoding="utf-8")
        for path in out.iterdir():
            os.utime(path, (MADE_ON, MADE_ON))
        return out


def list_cases() -> list[Case]:
    homes = [(region, HERE / region.label.lower()) for region in Region]
    return [
        Case(region, folder)
        for region, home in homes
        for folder in (home, *sorted(path for path in home.iterdir() if path.is_dir()))
    ]


@pytest.fixture(params=list_cases(), ids=lambda case: str(case.folder.relative_to(HERE)))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def compare(case: Case, name: str, found: object, *, update: bool) -> None:
    path = case.folder / f"{name}.json"
    text = json.dumps(found, ensure_ascii=False, indent=1, default=to_json) + "\n"
    if update:
        path.write_text(text, encoding="utf-8")
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8")), (
        f"{path.relative_to(HERE)} differs; if it should, rewrite it with"
        " `./best test tests/golden --golden-update` and read the diff"
    )


def to_json(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return float(str(value))


def test_the_rows_are_read_as_these_records(
    case: Case, tmp_path: Path, golden_update: bool
) -> None:
    (region_files,) = list_region_files([case.write_files(tmp_path)]).by_region
    unknowns = Unknowns()
    records: dict[str, Any] = {}
    for resource in (kind for kind in Resource if kind in region_files.files):
        file = region_files.files[resource].file
        with file.open() as stream:
            opened = BestXmlFile(stream, file.label)
            records[resource.plural] = read_file(opened, case.region, resource, unknowns)
    for table in region_files.tables:
        column_map = table.column_map
        name = Path(table.source.label).name
        with table.source.open(column_map) as read:
            records[name], named = read_table(read, case.region, column_map, unknowns)
            for column in column_map.list_unused(read.columns):
                unknowns.add_element(name, column)
        records |= {
            f"{kind.plural} in {name}": list(told.values()) for kind, told in named.items() if told
        }

    found = {"records": records, "unknown": unknowns.to_json()}
    compare(case, "records", found, update=golden_update)


def test_the_rows_are_published_and_judged_like_this(
    register: Settings, case: Case, tmp_path: Path, golden_update: bool
) -> None:
    summary = import_path(register, case.write_files(tmp_path))

    assert not summary.failed, summary.failure
    assert_sound(register)
    told = json.loads(json.dumps(summary.to_json()).replace(f"{tmp_path}/", ""))
    del told["seconds"]
    compare(case, "summary", told, update=golden_update)
    compare(case, "findings", fetch_findings(register), update=golden_update)
    compare(case, "published", fetch_published(register), update=golden_update)


def fetch_findings(register: Settings) -> list[dict[str, Any]]:
    with connect(register, Role.READER) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        return cursor.execute(
            "select rule, resource, object_id, detail from best.finding"
            " order by rule, resource, object_id, detail"
        ).fetchall()


def fetch_published(register: Settings) -> dict[str, list[dict[str, Any]]]:
    """Return the published views; positions to a centimetre and a seventh decimal of a degree.

    Addresses stand in the order of the register: by street, then natural order.
    """
    statements = {view: f"select * from best.{view} order by 1, 2" for view in VIEWS}
    statements["address"] = (
        "select a.*, round(st_x(a.position)::numeric, 2) as x,"
        " round(st_y(a.position)::numeric, 2) as y, round(a.longitude::numeric, 7) as longitude,"
        " round(a.latitude::numeric, 7) as latitude, null as position, v.valid_from_assumed,"
        " v.namespace, v.sort_key from best.address a join best.address_version v"
        " on v.region = a.region and v.object_id = a.object_id and v.seq_to is null"
        " order by v.street_name_id, v.sort_key, v.object_id"
    )
    statements["postal_info"] = "select * from best.postal_info order by region, postal_code"
    published = {}
    with connect(register, Role.READER) as connection:
        for view, statement in statements.items():
            cursor = connection.cursor(row_factory=dict_row)
            rows = cursor.execute(statement).fetchall()  # type: ignore[arg-type]
            published[view] = [
                {k: v for k, v in row.items() if k not in {"seq", "position"}} for row in rows
            ]
    return published


@pytest.mark.parametrize("region", list(Region), ids=lambda region: region.label)
def test_every_row_of_the_files_has_its_reason_in_the_readme(region: Region) -> None:
    folder = HERE / region.label.lower()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| ([A-Z]\w+) \| ([^|]+) \| ([^|]+) \|$", readme, re.MULTILINE)

    there = []
    for path in folder.glob("*.xml"):
        kind = path.stem.removeprefix(region.label).rstrip("L0123456789")
        identifiers = re.findall(
            r"<com:code>.*?objectIdentifier>([^<]*)<", path.read_text(encoding="utf-8"), re.DOTALL
        )
        there += [(kind, identifier) for identifier in identifiers]

    assert sorted((kind, identifier) for kind, identifier, _ in told) == sorted(there)
    assert all(len(reason.split()) >= 1 for *_, reason in told)
    assert 20 <= sum(kind == "Address" for kind, _ in there) <= 40


@pytest.mark.parametrize("region", list(Region), ids=lambda region: region.label)
def test_every_row_of_a_table_has_its_quirk_in_the_readme(region: Region) -> None:
    """`| file | line | quirk | known since |` below a heading that is the name of the folder."""
    home = HERE / region.label.lower()
    sections = (home / "README.md").read_text(encoding="utf-8").split("\n## ")[1:]
    told = {
        (section.split(":")[0], file, int(line))
        for section in sections
        for file, line in re.findall(
            r"^\| ([\w.-]+) \| (\d+) \| [^|]{8,} \| \d{4}[\d-]* \|$", section, re.MULTILINE
        )
    }
    there = {
        (path.parent.name, path.name, line)
        for path in home.glob("*/*")
        if path.suffix in {".csv", ".rows"}
        for line, _ in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], 2)
    }
    assert told == there
