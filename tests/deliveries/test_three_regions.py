"""Three regions deliver three editions over HTTP, with tokens: full, full, mutations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registry.domain.region import Region
from tests.database.conftest import dumps  # noqa: F401 - a fixture
from tests.database.editions import import_path
from tests.database.querying import assert_sound, fetch
from tests.deliveries.country import cut, fetch_newest, find_moment, write_mutations
from tests.deliveries.doors import open_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.settings import Settings
    from tests.deliveries.doors import Office

WORDS = ("added", "altered", "reversioned", "retired", "removed", "restored")


@pytest.fixture(scope="module")
def office(module_register: Settings) -> Iterator[Office]:
    with open_office(module_register) as opened:
        yield opened


@pytest.fixture(scope="module")
def truth(
    migrated_template: Settings,
    dumps: dict[int, Path],  # noqa: F811
) -> Any:
    """A register that imported editions 2 and 3 as `./best import` does: numbers and roots."""
    from tests.conftest import cloned

    with cloned(migrated_template) as settings:
        newest = {}
        for edition in (2, 3):
            assert not import_path(settings, dumps[edition] / "best-full-latest.zip").failed
            newest[edition] = fetch_newest(settings)
        yield settings, newest


def publish(office: Office, delivery: str, region: Region) -> dict[str, Any]:
    """Publish by one person, or two when a guard rang; return the delivery."""
    first, second = office.members[region]
    answer = first.act(delivery, "publish")
    assert answer.status_code == 202, answer.text
    content = first.wait(delivery)
    if content["state"] == "awaitingSecondPerson":
        assert first.act(delivery, "publish").status_code == 403
        assert second.act(delivery, "publish").status_code == 202
        content = first.wait(delivery)
    assert content["state"] == "published", content
    return content


def assert_preview_holds(office: Office, delivery: str, published: dict[str, Any]) -> None:
    """The numbers of the preview are those of the release, for each kind."""
    region = next(r for r in Region if r.iso_code == published["region"])
    preview = office.members[region][0].read(f"{delivery}/preview")
    ((counts,),) = fetch(
        office.settings,
        f"select counts from best.release where number = {published['releaseNumber']}",
    )
    assert preview["counts"] == counts
    told = {kind: sum(words[word] for word in WORDS) for kind, words in preview["counts"].items()}
    by_municipality: dict[str, int] = dict.fromkeys(told, 0)
    for municipality in preview["municipalities"]:
        for kind, words in municipality["counts"].items():
            by_municipality[kind] += sum(words[word] for word in WORDS if word in words)
    assert by_municipality["addresses"] == told["addresses"]
    ((written,),) = fetch(
        office.settings,
        "select count(*) from best.address_version v, best.release r where"
        f" r.number = {published['releaseNumber']} and v.region = r.region"
        " and v.seq_from between r.first_seq and r.last_seq",
    )
    words = preview["counts"]["addresses"]
    assert written == told["addresses"] - words["removed"]


def test_three_regions_deliver_three_editions(
    office: Office,
    truth: tuple[Settings, dict[int, tuple[int, bytes]]],
    dumps: dict[int, Path],  # noqa: F811
    tmp_path: Path,
) -> None:
    other, newest = truth
    for edition in (1, 2, 3):
        for region in Region:
            path = tmp_path / f"{region}-{edition}.zip"
            if edition < 3:
                cut(dumps[edition] / "best-full-latest.zip", region, path)
            else:
                write_mutations(other, region, newest[2][0], newest[3][0], path)
            delivery, content = office.members[region][0].deliver(
                path,
                region=region.iso_code,
                complete=edition < 3,
                extractedAt=find_moment(edition).isoformat(),
            )
            report = office.members[region][0].read(f"{delivery}/report")
            assert content["state"] == "checked", report["rejections"]
            published = publish(office, delivery, region)
            assert_preview_holds(office, delivery, published)
        if edition in newest:
            assert fetch_newest(office.settings)[1] == newest[edition][1]
    assert_sound(office.settings)
    assert_undone(office, delivery, published)


def assert_undone(office: Office, delivery: str, published: dict[str, Any]) -> None:
    """A roll-back of the newest release brings the root of before back."""
    region = next(r for r in Region if r.iso_code == published["region"])
    number = published["releaseNumber"]
    roots = dict(fetch(office.settings, "select number, root from best.release"))
    answer = office.members[region][0].act(delivery, "rollback")
    assert answer.status_code == 202, answer.text
    content = office.members[region][0].wait(delivery)
    assert content["undoneBy"] == number + 1
    assert fetch_newest(office.settings)[1] == bytes(roots[number - 1])
    assert office.members[region][0].act(delivery, "rollback").status_code == 409
    assert_sound(office.settings)
