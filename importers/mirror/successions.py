"""What took the place of what until a snapshot, as the other register tells it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from importers.mirror.documents import MalformedDocument, get, get_moment, get_number, get_region
from importers.mirror.peer import Peer
from importers.mirror.records import RESOURCES, read_object_id
from registry.domain.errors import InputRefused

_PAGE = 100


def list_successions(peer: Peer, *, until: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of what was recorded up to number `until`, as they stood then."""
    query: dict[str, object] = {"limit": _PAGE}
    while True:
        document = peer.fetch("successions", **query)
        try:
            for each in get(document, "items", list):
                if get_number(each, "seq") > until:
                    return
                yield _read_succession(each, until)
        except (MalformedDocument, KeyError) as error:
            raise InputRefused(f"A succession of {peer.url} cannot be read: {error}") from error
        if "next" not in document:
            return
        # Only the cursor of it is used, never its address.
        asked = parse_qs(urlsplit(get(document, "next", str)).query)
        query |= {"cursor": asked.get("cursor", [""])[0]}


def _read_succession(document: Any, until: int) -> dict[str, Any]:
    region = get_region(document)
    resource = RESOURCES[get(document, "resource", str)]
    ended = get_number(document, "endedSeq") if "endedSeq" in document else None
    successor = get(document, "successor", dict)
    return {
        "region": region,
        "resource": resource,
        "object_id": read_object_id(resource, region, get(document, "id", str)),
        "successor_id": read_object_id(resource, region, get(successor, "id", str)),
        "basis": get(document, "basis", str),
        "rule": get(document, "rule", str),
        "evidence": document["evidence"],
        "happened_at": get_moment(document, "happenedAt") if "happenedAt" in document else None,
        "seq_from": get_number(document, "seq"),
        "seq_to": ended if ended is not None and ended <= until else None,
    }
