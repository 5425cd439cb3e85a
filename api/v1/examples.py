"""Examples of the contract: real answers, and checked against their schemas by a test."""

from typing import Any

_BASE = "https://addresses.example.be/v1"

_TIMES: dict[str, Any] = {
    "validity": {"validFrom": "2004-01-01T00:00:00Z", "assumed": True},
    "lifeSpan": {"begin": "2004-01-01T00:00:00Z"},
    "recorded": {"seq": 210225, "release": 1, "at": "2026-11-22T06:00:00Z"},
}

ADDRESS: dict[str, Any] = {
    "self": f"{_BASE}/addresses/bru-210225",
    "id": "bru-210225",
    "href": f"{_BASE}/addresses/bru-210225",
    "bestId": "https://databrussels.be/id/address/210225/2",
    "bestIdentifier": {
        "namespace": "https://databrussels.be/id/address",
        "objectIdentifier": "210225",
        "versionIdentifier": "2",
    },
    "title": "Rue de la Loi 16, 1000 Bruxelles",
    "houseNumber": "16",
    "status": "current",
    "officiallyAssigned": True,
    "streetName": {
        "id": "bru-1679",
        "href": f"{_BASE}/streetNames/bru-1679",
        "name": {"nl": "Wetstraat", "fr": "Rue de la Loi"},
    },
    "municipality": {
        "id": "21004",
        "href": f"{_BASE}/municipalities/21004",
        "name": {"nl": "Brussel", "fr": "Bruxelles"},
        "municipalityCode": 21004,
    },
    "postalInfo": {
        "id": "1000",
        "href": f"{_BASE}/postalInfos/1000",
        "name": {"nl": "Brussel", "fr": "Bruxelles"},
        "postCode": "1000",
    },
    "region": "BE-BRU",
    "position": {
        "lambert2008": {"x": 649843.112, "y": 670639.512},
        "wgs84": {"lat": 50.84616, "lon": 4.36653},
        "geometryMethod": "appointedByAdministrator",
        "specification": "entrance",
        "published": {"x": "149843.5", "y": "170639.2", "crs": "EPSG:31370"},
        "lambert72": {"x": 149843.5, "y": 170639.2},
        "datumShift": "bd72-etrs89-ntv2-epsg-8369",
        "accuracyMetres": 0.01,
    },
    "formattedAddress": {
        "fr": {
            "lines": ["Rue de la Loi 16", "1000 Bruxelles"],
            "line": "Rue de la Loi 16, 1000 Bruxelles",
        },
        "nl": {
            "lines": ["Wetstraat 16", "1000 Brussel"],
            "line": "Wetstraat 16, 1000 Brussel",
        },
    },
    **_TIMES,
}

ADDRESSES: dict[str, Any] = {
    "self": f"{_BASE}/addresses?streetNameId=bru-1679&houseNumber=16",
    "pageSize": 100,
    "items": [{name: value for name, value in ADDRESS.items() if name != "self"}],
}

STREET_NAME: dict[str, Any] = {
    "self": f"{_BASE}/streetNames/bru-1679",
    "id": "bru-1679",
    "href": f"{_BASE}/streetNames/bru-1679",
    "bestId": "https://databrussels.be/id/streetname/1679/1",
    "bestIdentifier": {
        "namespace": "https://databrussels.be/id/streetname",
        "objectIdentifier": "1679",
        "versionIdentifier": "1",
    },
    "title": "Rue de la Loi",
    "name": {"nl": "Wetstraat", "fr": "Rue de la Loi"},
    "status": "current",
    "streetNameType": "streetname",
    "municipality": ADDRESS["municipality"],
    "region": "BE-BRU",
    **_TIMES,
}

MUNICIPALITY: dict[str, Any] = {
    "self": f"{_BASE}/municipalities/21004",
    "id": "21004",
    "href": f"{_BASE}/municipalities/21004",
    "municipalityCode": 21004,
    "title": "Bruxelles",
    "name": {"nl": "Brussel", "fr": "Bruxelles"},
    "region": "BE-BRU",
    **_TIMES,
}

POSTAL_INFO: dict[str, Any] = {
    "self": f"{_BASE}/postalInfos/1000",
    "id": "1000",
    "href": f"{_BASE}/postalInfos/1000",
    "postCode": "1000",
    "title": "Bruxelles",
    "name": {"nl": "Brussel", "fr": "Bruxelles"},
    "region": "BE-BRU",
    **_TIMES,
}

RELEASE: dict[str, Any] = {
    "self": f"{_BASE}/releases/1",
    "href": f"{_BASE}/releases/1",
    "number": 1,
    "region": "BE-BRU",
    "firstSeq": 1,
    "lastSeq": 1057,
    "publishedAt": "2026-11-22T06:00:00Z",
    "dataDate": "2026-11-20T00:00:00Z",
    "counts": {"municipalities": {"seen": 19, "added": 19}},
    "datumShift": "bd72-etrs89-ntv2-epsg-8369",
    "accuracyMetres": 0.01,
    "root": "018e7140eadb7dfc5f61981398d19a230715e8e1b57723b34e1117b23e150701",
}

CHANGES: dict[str, Any] = {
    "self": f"{_BASE}/changes?after=1057&limit=500",
    "next": f"{_BASE}/changes?limit=500&after=1058",
    "until": 1058,
    "items": [
        {
            "specversion": "1.0",
            "id": "1058",
            "source": f"{_BASE}/changes",
            "type": "be.best.addressRegistry.v1.streetNames.notify.altered",
            "subject": "bru-1679",
            "time": "2026-11-29T06:00:00Z",
            "datacontenttype": "application/json",
            "sequence": "00000000000000001058",
            "data": {
                "seq": 1058,
                "release": 2,
                "resource": "streetNames",
                "id": "bru-1679",
                "region": "BE-BRU",
                "municipalityCode": "21004",
                "change": "altered",
                "nature": "change",
                "validity": {"validFrom": "2026-11-25T09:00:00Z", "assumed": False},
                "record": {
                    "municipality": "21004",
                    "nameFr": "Rue de la Loi",
                    "nameNl": "Wetstraat",
                    "objectIdentifier": "1679",
                    "region": "bru",
                    "resource": "streetNames",
                    "status": "current",
                    "validFrom": "2026-11-25T09:00:00+00:00",
                    "versionIdentifier": "2",
                },
                "changed": [
                    {"member": "status", "old": "proposed", "new": "current"},
                    {"member": "validFrom", "new": "2026-11-25T09:00:00+00:00"},
                    {"member": "versionIdentifier", "old": "1", "new": "2"},
                ],
            },
        }
    ],
}

FINDING: dict[str, Any] = {
    "self": f"{_BASE}/quality/findings/12",
    "id": 12,
    "href": f"{_BASE}/quality/findings/12",
    "ruleId": "positionMissing",
    "severity": "warning",
    "region": "BE-BRU",
    "resource": "addresses",
    "object": {"id": "bru-210225", "href": f"{_BASE}/addresses/bru-210225"},
    "municipalityCode": 21004,
    "detail": "",
    "foundAt": "2026-11-22T06:00:00Z",
    "foundInRelease": 1,
    "mark": {
        "value": "exception",
        "reason": "The building is not there yet.",
        "markedAt": "2026-11-23T09:00:00Z",
    },
    "source": {
        "container": "best-full-latest.zip",
        "sha256": "5b1e0e1c1fd3b4bd7a2a3d8ef0b1cf2a8e4f6a1d0c9b8a7f6e5d4c3b2a190817",
        "path": "brussels/address.xml",
        "offset": 1024,
    },
}

NEW_REPORT: dict[str, Any] = {
    "kind": "wrongPosition",
    "addressId": "bru-210225",
    "text": "The point is on the other side of the street.",
}

REPORT: dict[str, Any] = {
    "self": f"{_BASE}/reports/mfrggzdfmztwq2lkmfrggzdfmy",
    "id": "mfrggzdfmztwq2lkmfrggzdfmy",
    "href": f"{_BASE}/reports/mfrggzdfmztwq2lkmfrggzdfmy",
    "kind": "wrongPosition",
    "state": "corrected",
    "region": "BE-BRU",
    "municipalityCode": 21004,
    "address": {"id": "bru-210225", "href": f"{_BASE}/addresses/bru-210225"},
    "correctedInRelease": 7,
    "createdAt": "2026-11-23T09:00:00Z",
    "answeredAt": "2026-11-30T06:00:00Z",
}

PROBLEM: dict[str, Any] = {
    "type": "urn:problem-type:belgif:badRequest",
    "href": "https://addresses.example.be/refData/problemTypes/badRequest",
    "title": "Bad Request",
    "status": 400,
    "detail": "There is no parameter street here. The documentation is at /doc.",
    "instance": "urn:uuid:4a3c8f36-7a2b-4f4e-9c86-0b4a0e1d8c11",
    "issues": [
        {
            "type": "urn:problem-type:belgif:input-validation:unknownInput",
            "title": "Unknown input",
            "detail": "There is no parameter street here. The documentation is at /doc.",
            "in": "query",
            "name": "street",
            "value": "Wetstraat",
        }
    ],
}
