"""Changes as CloudEvents 1.0, in the style of the belgif guide."""

from datetime import MINYEAR
from typing import Any

import orjson

from api.links import API_ROOT, make_id
from api.v1.representations import Document
from registry.domain.differences import Record, find_nature, list_changed
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.pool import Row
from registry.store.reading.register_state import Release

_TYPE = "be.best.addressRegistry.v1.{}.notify.{}"


def make_event(data: Document, release: Release, base_url: str) -> Document:
    """Return the event of one change."""
    seq = data["seq"]
    return {
        "specversion": "1.0",
        "id": str(seq),
        "source": f"{base_url}{API_ROOT}/changes",
        "type": _TYPE.format(data["resource"], data["change"]),
        "subject": data["id"],
        "time": release.published_at,
        "datacontenttype": "application/json",
        "sequence": f"{seq:020}",
        "data": data,
    }


def make_change(row: Row, release: Release) -> Document:
    """Return what one change says: the state after it, and what differs from before.

    `record` in it is a JSON text that is written as it is.
    """
    resource, change = Resource(row["resource"]), row["change"]
    before, after = _read(row["previous"]), _read(row["record"] if row["previous"] else None)
    data: dict[str, Any] = {
        "seq": row["seq"],
        "release": release.number,
        "resource": resource.plural,
        "id": make_id(resource, row["region"], row["object_id"]),
        "region": Region(row["region"]).iso_code,
    }
    if row["municipality_id"] is not None:
        data["municipalityCode"] = row["municipality_id"]
    is_rollback = release.undoes is not None
    data |= {"change": change, "nature": find_nature(change, before, after, is_rollback)}
    if row["record"] is None:
        data |= show_removal(row)
    else:
        data |= {"validity": _make_validity(row), "record": orjson.Fragment(row["record"])}
    return {**data, "changed": list_changed(before, after)}


def show_removal(row: Row) -> Document:
    """Return `removedAt` of what was removed; what a roll-back makes never to have been has none.

    The first year stands for that in the register: no source gave such a date.
    """
    at = row["removed_at"]
    return {} if at is None or at.year == MINYEAR else {"removedAt": at}


def _read(text: str | None) -> Record | None:
    found: Record | None = None if text is None else orjson.loads(text)
    return found


def _make_validity(row: Row) -> Document:
    if row["valid_from"] is None:
        return {"assumed": row["valid_from_assumed"]}
    return {"validFrom": row["valid_from"], "assumed": row["valid_from_assumed"]}
