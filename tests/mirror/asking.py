"""Questions to a register and to its mirror, and their answers in a form that can be equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import httpx2

_OF_ONE_SERVER = ("cursor", "traceId", "next", "instance", "oldest")


def list_questions(release: int, begun: int) -> list[str]:
    """Return questions about everything as of a release; `begun`: where the mirror began."""
    return [
        "/v1/addresses?pageSize=100",
        "/v1/addresses/bru-3",
        f"/v1/addresses/bru-500?release={release}",
        "/v1/addresses/bru-11",
        "/v1/addresses/bru-900",
        "/v1/streetNames",
        "/v1/municipalities",
        "/v1/postalInfos",
        "/v1/partsOfMunicipalities",
        "/v1/releases",
        f"/v1/releases/{release}/proof",
        "/v1/snapshots/latest",
        f"/v1/changes?after={begun}&limit=500",
        "/v1/successions",
    ]


def ask(client: httpx2.Client, question: str) -> Any:
    """Return status and document, without the address of the server in it."""
    response = client.get(question)
    document = orjson.loads(response.text.replace(str(client.base_url).rstrip("/"), ""))
    for name in _OF_ONE_SERVER:
        document.pop(name, None)
    return response.status_code, document
