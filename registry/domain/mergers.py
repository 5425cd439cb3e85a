"""Municipalities that went by law, and what took their place: the successions a source declares."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from registry.domain.region import Region

_TABLE = Path(__file__).with_name("mergers.toml")
_BELGIUM = ZoneInfo("Europe/Brussels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merger:
    """A NIS code that went into another; `happened_at` is the begin of that day in Belgium."""

    region: Region
    old: str
    new: str
    rule: str
    source: str
    happened_at: datetime


@cache
def list_mergers() -> tuple[Merger, ...]:
    """Return every code that went by law, in the order of time."""
    with _TABLE.open("rb") as file:
        acts = tomllib.load(file)["act"]
    return tuple(
        Merger(
            region=Region(act["region"]),
            old=old,
            new=new,
            rule=act["rule"],
            source=act["source"],
            happened_at=datetime.combine(act["date"], time(), _BELGIUM),
        )
        for act in acts
        for new, codes in act["into"].items()
        for old in codes
    )
