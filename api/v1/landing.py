"""The first page of the API, for machines."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.links import API_ROOT
from api.negotiation import MediaType
from api.v1.representations import strip
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.register_state import Edition, RegisterState

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
TITLE = "Belgian open address registry"

ATTRIBUTIONS = {
    Region.BRUSSELS: "Paradigm, UrbIS - Brussels-Capital Region",
    Region.FLANDERS: "Digitaal Vlaanderen - Adressenregister",
    Region.WALLONIA: "Service public de Wallonie - ICAR",
}


def answer_landing(request: Request) -> Response:
    """Answer with links and the editions of the regions."""
    exchange = Exchange.begin(request, offered=(MediaType.JSON,))
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    base_url = exchange.services.base_url
    return exchange.answer(
        {
            "self": f"{base_url}{API_ROOT}",
            "title": TITLE,
            "seq": exchange.seq,
            "documentation": f"{base_url}/doc",
            "contract": f"{base_url}/doc/openapi.json",
            "collections": {
                resource.plural: f"{base_url}{API_ROOT}/{resource.plural}"
                for resource in reversed(Resource)
            },
            "changes": f"{base_url}{API_ROOT}/changes",
            "releases": f"{base_url}{API_ROOT}/releases",
            "successions": f"{base_url}{API_ROOT}/successions",
            "snapshot": f"{base_url}{API_ROOT}/snapshots/latest",
            "search": {
                "suggest": f"{base_url}{API_ROOT}/addresses/suggest",
                "search": f"{base_url}{API_ROOT}/search",
                "match": f"{base_url}{API_ROOT}/addresses/match",
                "reverse": f"{base_url}{API_ROOT}/addresses/reverse",
                "matchBatches": f"{base_url}{API_ROOT}/matchBatches",
            },
            "quality": {
                name: f"{base_url}{API_ROOT}/quality/{name}"
                for name in ("rules", "findings", "scores")
            },
            "reports": f"{base_url}{API_ROOT}/reports",
            "regions": list_editions(exchange.state),
        }
    )


def list_editions(state: RegisterState) -> list[dict[str, Any]]:
    """Return how recent each region's data is, whose it is, and how exact."""
    return [
        _make_edition(region, edition, state.find_history_from(region))
        for region, edition in state.editions.items()
    ]


def _make_edition(region: Region, edition: Edition, begun: datetime | None) -> dict[str, Any]:
    return strip(
        {
            "region": region.iso_code,
            "release": edition.release.number,
            "publishedAt": edition.release.published_at,
            "dataDate": edition.extracted_at,
            "historyFrom": begun,
            "accuracyMetres": edition.release.accuracy_metres,
            "datumShift": edition.release.datum_shift,
            "licence": LICENCE,
            "attribution": ATTRIBUTIONS[region],
        }
    )
