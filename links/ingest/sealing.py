"""What is kept of a row until its owner has corrected it: readable by the pseudonymiser alone."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from links.keys.client import BatchKeys

_PURPOSE = "work-list"


def seal_cells(keys: BatchKeys, cells: Mapping[str, Any], delivery: str, row: int) -> bytes:
    """Encrypt what is known of a row; it opens only as that row of that file (its digest)."""
    data = base64.b64encode(orjson.dumps(cells)).decode()
    answer = keys.ask("seal", purpose=_PURPOSE, data=data, bound=f"{delivery}/{row}")
    return base64.b64decode(answer["sealed"])


def unseal_cells(keys: BatchKeys, sealed: bytes, delivery: str, row: int) -> dict[str, Any]:
    """Return what `seal_cells` was given; KeysRefused when it is of another row or file."""
    text = base64.b64encode(sealed).decode()
    answer = keys.ask("unseal", purpose=_PURPOSE, sealed=text, bound=f"{delivery}/{row}")
    cells: dict[str, Any] = orjson.loads(base64.b64decode(answer["data"]))
    return cells
