"""Chosen rows per region: what is read, what is found, what is published. See each README."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.rows import dict_row

from importers.best_xml.reader import BestXmlFile
from importers.deliveries import list_deliveries
from importers.unknowns import Unknowns
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.database.editions import import_path
from tests.database.querying import assert_sound
from tests.unit.best_xml.reading import read_file

if TYPE_CHECKING:
    from registry.settings import Settings

HERE = Path(__file__).parent
VIEWS = ("municipality", "part_of_municipality", "postal_info", "street_name", "address")


@pytest.fixture(params=list(Region), ids=lambda region: region.label)
def region(request: pytest.FixtureRequest) -> Region:
    found: Region = request.param
    return found


def compare(region: Region, name: str, found: object, *, update: bool) -> None:
    path = HERE / region.label.lower() / f"{name}.json"
    text = json.dumps(found, ensure_ascii=False, indent=1, default=to_json) + "\n"
    if update:
        path.write_text(text, encoding="utf-8")
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8")), (
        f"{path.name} of {region.label} differs; if it should, rewrite it with"
        " `./best test tests/golden --golden-update` and read the diff"
    )


def to_json(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return float(str(value))


def test_the_rows_are_read_as_these_records(region: Region, golden_update: bool) -> None:
    (delivery,) = list_deliveries([HERE / region.label.lower()])
    unknowns = Unknowns()
    records: dict[str, Any] = {}
    for resource in (kind for kind in Resource if kind in delivery.files):
        file = delivery.files[resource].file
        with file.open() as stream:
            opened = BestXmlFile(stream, file.label)
            records[resource.plural] = read_file(opened, region, resource, unknowns)

    found = {"records": records, "unknown": unknowns.to_json()}
    compare(region, "records", found, update=golden_update)


def test_the_rows_are_published_and_judged_like_this(
    register: Settings, region: Region, golden_update: bool
) -> None:
    summary = import_path(register, HERE / region.label.lower())

    assert not summary.failed, summary.failure
    assert_sound(register)
    told = summary.to_json()
    del told["seconds"]
    compare(region, "summary", told, update=golden_update)
    compare(region, "findings", fetch_findings(register), update=golden_update)
    compare(region, "published", fetch_published(register), update=golden_update)


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


def test_every_row_of_the_files_has_its_reason_in_the_readme(region: Region) -> None:
    folder = HERE / region.label.lower()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (\w+) \| ([^|]+) \| ([^|]+) \|$", readme, re.MULTILINE)[1:]

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
