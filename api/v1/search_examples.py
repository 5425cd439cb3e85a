"""Examples of search in the contract: real answers, and checked against their schemas by a test."""

from typing import Any

from api.v1.examples import ADDRESS

_BASE = "https://addresses.example.be/v1"
_LABELS = {"fr": "Rue de la Loi 16, 1000 Bruxelles", "nl": "Wetstraat 16, 1000 Brussel"}

_LOI = {
    "id": "bru-210225",
    "href": f"{_BASE}/addresses/bru-210225",
    "bestIdentifier": {
        "namespace": "https://databrussels.be/id/address",
        "objectIdentifier": "210225",
    },
    "houseNumber": "16",
    "status": "current",
    "streetName": ADDRESS["streetName"],
    "municipality": ADDRESS["municipality"],
    "postalInfo": ADDRESS["postalInfo"],
    "labels": _LABELS,
}
_POSITION = {
    "lambert2008": {"x": 649843.112, "y": 670639.512},
    "lambert72": {"x": 149843.5, "y": 170639.2},
    "wgs84": {"lat": 50.8461566, "lon": 4.3665301},
    "datumShift": "bd72-etrs89-ntv2-epsg-8369",
    "accuracyMetres": 0.01,
}

SUGGESTIONS: dict[str, Any] = {
    "self": f"{_BASE}/addresses/suggest?q=wetstr%2016",
    "seq": 1057,
    "items": [
        {
            "kind": "address",
            "id": "bru-210225",
            "href": f"{_BASE}/addresses/bru-210225",
            "status": "current",
            "labels": _LABELS,
            "completions": _LABELS,
            "hasMore": False,
        }
    ],
}

QUESTION: dict[str, Any] = {"text": "Wetstraat 16, 1000 Brussel"}

MATCH: dict[str, Any] = {
    "seq": 1057,
    "verdict": "corrected",
    "category": "B",
    "score": 0.98,
    "matchLevel": "building",
    "positionLevel": "address",
    "position": _POSITION,
    "address": {"level": "building", **_LOI, "isFormer": False},
    "components": [
        {
            "kind": "streetName",
            "input": "Wetsraat",
            "name": ADDRESS["streetName"]["name"],
            "status": "corrected",
            "reason": "spelling",
            "explanation": {
                "nl": "Anders geschreven dan in het register.",
                "fr": "Écrit autrement que dans le registre.",
                "de": "Anders geschrieben als im Register.",
                "en": "Spelled otherwise than in the register.",
            },
        },
        {"kind": "houseNumber", "input": "16", "value": "16", "status": "confirmed"},
    ],
    "unresolved": [],
}

NEARBY: dict[str, Any] = {
    "self": f"{_BASE}/addresses/reverse?lat=50.84616&lon=4.36653",
    "seq": 1057,
    "streetName": ADDRESS["streetName"],
    "municipality": ADDRESS["municipality"],
    "municipalityBy": "nearestAddress",
    "items": [{**_LOI, "region": "BE-BRU", "position": _POSITION, "distance": 0.05}],
}
