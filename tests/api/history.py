"""A small country with a history of a few weeks, and what a reader of its changes does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from registry.domain.region import Region
from tests.database.editions import Address, Edition, Named, StreetName, import_editions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import httpx2

    from registry.settings import Settings

Entry = dict[str, Any]
Key = tuple[str, str, str]

_MUNICIPALITIES = {Region.BRUSSELS: "21004", Region.FLANDERS: "11001", Region.WALLONIA: "62063"}
WEEKS = ("2026-11-02", "2026-11-09", "2026-11-16")


def make_edition(region: Region, week: int) -> Edition:
    """Each week one address goes and comes again later, one comes, one is altered, one moves."""
    home = _MUNICIPALITIES[region]
    numbers = [n for n in range(12 + week) if not (week == 1 and n == 3)]
    addresses = [
        Address(id=str(n), number=str(n + 1), street="10", municipality=home) for n in numbers
    ]
    addresses[0] = replace(addresses[0], box=f"b{week}" if week else None)
    addresses[5] = replace(addresses[5], municipality="99001" if week == 2 else home)
    names = {"nl": "Wetstraat" if week < 2 else "Wétstraat \"B\" \\ 'é'"}
    return Edition(
        region=region,
        day=WEEKS[week],
        addresses=addresses,
        street_names=[StreetName(id="10", names=names, municipality=home)],
        municipalities=[Named(id=home, names={"nl": "Hier"})],
        parts=[Named(id="7", names={"fr": "Ici"})] if region is Region.WALLONIA else None,
    )


def publish_week(settings: Settings, week: int, regions: Iterable[Region] = Region) -> None:
    summary = import_editions(
        settings, *(make_edition(region, week) for region in regions), accept_totals=True
    )
    assert summary.failure is None


def follow(client: httpx2.Client, path: str) -> Iterator[Entry]:
    """Yield the entries of every page until one says that there is nothing more."""
    following: str | None = path
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield from page["items"]
        is_feed = "from=" not in following
        following = page.get("next")
        if is_feed and page["until"] == client.get("/v1").json()["seq"]:
            return


def read_feed(client: httpx2.Client, conditions: str = "", limit: int = 7) -> list[Entry]:
    return list(follow(client, f"/v1/changes?limit={limit}{conditions}"))


def get_key(change: Entry) -> Key:
    return change["resource"], change["region"], change["id"]


def fold(events: list[Entry], since: int, to: int) -> dict[Key, Any]:
    """What is different at one number from another, found one event after the other."""
    before: dict[Key, Any] = {}
    after: dict[Key, Any] = {}
    for change in (event["data"] for event in events):
        for state, end in ((before, since), (after, to)):
            if change["seq"] <= end:
                state[get_key(change)] = change.get("record")
    return {key: record for key, record in after.items() if record != before.get(key)}


def dump(record: Entry) -> bytes:
    """The canonical text of a record."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
