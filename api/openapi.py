"""The contract: OpenAPI 3.0.3, from the routes, their parameters and the schemas of answers.

FastAPI writes 3.1, which the belgif guide does not use yet; `api.openapi_30` writes it down to
3.0. Nothing here is loaded before somebody asks for the contract.
"""

from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.links import API_ROOT
from api.openapi_30 import to_openapi_30
from api.v1 import (
    feed_schemas,
    history_schemas,
    match_batch_schemas,
    quality_schemas,
    report_schemas,
    schemas,
    search_schemas,
    service_schemas,
)
from api.v1.match_batches import MEDIA_TYPES

Contract = dict[str, Any]
SCHEMA_MODULES = (
    schemas,
    history_schemas,
    feed_schemas,
    quality_schemas,
    report_schemas,
    search_schemas,
    match_batch_schemas,
    service_schemas,
)
"""Where the models of v1's documents are declared."""

_Wanted = tuple[type[BaseModel], Literal["validation", "serialization"]]

TITLE = "Belgian open address registry"
DESCRIPTION = """\
Every street and address of the three regions, from the authentic registers of Brussels, Flanders
and Wallonia. Open: no key, no registration, no personal data. Only reports are written.

* Every answer is of one release; a listing that is followed by `next` stays in the release it
  began with. `ETag` and `If-None-Match` say whether anything changed.
* Times are RFC 3339 in UTC, half-open: from inclusive, to exclusive.
* `validOn` asks what was true in the world at another moment, `knownOn` or `release` what the
  register had recorded; together, what was believed then. `historyFrom` says where that ends.
* Coordinates are in Lambert 2008, Lambert 72 and WGS 84. The one that was published is given
  exactly as published; the others are derived, by a datum shift that is named with its accuracy.
* What is searched (`/v1/search`, `suggest`, `match`) is answered from an index of the register at
  the number `seq`, which follows the newest release.
* Members without value are left out. New members may come: ignore what you do not know.
* Cost: each client has a number of units per minute (`RateLimit-*` headers). A document costs 1,
  a page 2 to 12, what is searched in space or through the addresses more.
"""

_COLLECTION_WITH_POSITIONS = {
    "application/json": "AddressCollection",
    "application/geo+json": "AddressFeatureCollection",
}
_ANSWERS: dict[str, dict[str, str]] = {
    "getLanding": {"application/json": "Landing"},
    "checkHealth": {"application/json": "Health"},
    "listAddresses": _COLLECTION_WITH_POSITIONS,
    "getAddress": {
        "application/json": "AddressDocument",
        "application/geo+json": "AddressFeature",
    },
    "listStreetNames": {"application/json": "StreetNameCollection"},
    "getStreetName": {"application/json": "StreetNameDocument"},
    "listMunicipalities": {"application/json": "MunicipalityCollection"},
    "getMunicipality": {"application/json": "MunicipalityDocument"},
    "listPartsOfMunicipalities": {"application/json": "PartOfMunicipalityCollection"},
    "getPartOfMunicipality": {"application/json": "PartOfMunicipalityDocument"},
    "listPostalInfos": {"application/json": "PostalInfoCollection"},
    "getPostalInfo": {"application/json": "PostalInfoDocument"},
    **{
        f"list{kind}Versions": {"application/json": "VersionCollection"}
        for kind in ("Municipality", "PartOfMunicipality", "PostalInfo", "StreetName", "Address")
    },
    "listSuccessions": {"application/json": "SuccessionCollection"},
    "listChanges": {"application/json": "ChangeCollection"},
    "listReleases": {"application/json": "ReleaseCollection"},
    "getRelease": {"application/json": "Release"},
    "getReleaseProof": {"application/json": "ReleaseProof"},
    "getSnapshot": {"application/json": "Snapshot"},
    "getSnapshotPart": {},
    "listQualityRules": {"application/json": "QualityRuleCollection"},
    "getQualityRule": {"application/json": "QualityRule"},
    "listFindings": {
        "application/json": "FindingCollection",
        "application/geo+json": "FindingFeatureCollection",
    },
    "getFinding": {"application/json": "Finding", "application/geo+json": "FindingFeature"},
    "listQualityScores": {"application/json": "QualityScoreCollection"},
    "createReport": {"application/json": "ReportLink"},
    "getReport": {"application/json": "Report"},
    "suggestAddresses": {"application/json": "Suggestions"},
    "searchRegister": {"application/json": "SearchResults"},
    "matchAddress": {"application/json": "MatchAnswer"},
    "createMatchBatch": {"application/json": "MatchBatch"},
    "getMatchBatch": {"application/json": "MatchBatch"},
    "getMatchBatchResult": {},
    "deleteMatchBatch": {},
    "findNearby": {"application/json": "Nearby"},
}
_LINES = {"schema": {"type": "string", "description": "one JSON document per line, of this page"}}
_FILES: dict[str, tuple[str, ...]] = {
    "getSnapshot": ("application/zstd",),
    "listChanges": ("application/zip",),
    "getMatchBatchResult": (*MEDIA_TYPES,),
}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_SENT = {
    "matchAddress": {
        "application/json": {"schema": {"$ref": "#/components/schemas/MatchQuestion"}}
    },
    "createMatchBatch": dict.fromkeys(MEDIA_TYPES, _FILE),
    "createReport": {"application/json": {"schema": {"$ref": "#/components/schemas/NewReport"}}},
}
"""What is sent in the body, by operation."""
_STATUSES = {
    "createMatchBatch": ("202", "Taken."),
    "createReport": ("201", "Taken."),
    "deleteMatchBatch": ("204", "Ended."),
}
_SEE_OTHER = {"getMatchBatch": "Done: Location is the result."}
_FOR_ONE = {*_SENT, "getMatchBatch", "getMatchBatchResult", "deleteMatchBatch"}
"""Answers that are for who asked, and that no cache keeps."""
_WITHOUT_LINES = {
    *("getLanding", "getReport", "getSnapshot", "suggestAddresses", "searchRegister", "findNearby"),
    *_FOR_ONE,
}
_TAGS = {
    "Search": "Any address as people write it, and how sure the answer is.",
    "Addresses": "House numbers, with or without box.",
    "StreetNames": "Streets and hamlets.",
    "Municipalities": "By NIS code.",
    "PartsOfMunicipalities": "Former municipalities and sections.",
    "PostalInfos": "Postal codes with their names.",
    "Register": "What the register holds.",
    "Changes": "What a copy is kept by: every change, releases with digests, snapshots.",
    "Quality": "What is wrong with the data, and how good it is.",
    "Reports": "What the public says is wrong, and what the owner of the data answered.",
    "Operations": "Whether it runs.",
}
_HEADERS = {
    "ETag": "weak validator: the release and the form of this answer",
    "Content-Language": "the language that was chosen, or all that names are in",
    "BelGov-Trace-Id": "identifies this answer in our logs",
    "RateLimit-Limit": "cost units per minute",
    "RateLimit-Remaining": "what is left of them",
    "RateLimit-Reset": "seconds until they are full again",
}


def make_contract(app: FastAPI, *, base_url: str) -> Contract:
    """Return the contract of an application served at `base_url`."""
    contract = get_openapi(
        title=TITLE,
        version=app.version,
        description=DESCRIPTION,
        routes=[*app.routes],
        license_info={
            "name": "CC BY 4.0 (data), EUPL-1.2 (software)",
            "url": "https://creativecommons.org/licenses/by/4.0/",
        },
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        servers=[{"url": f"{base_url}{API_ROOT}"}],
    )
    components = contract.setdefault("components", {})
    known = components.get("schemas", {})
    kept = {name: known[name] for name in known if not name.endswith("ValidationError")}
    components["schemas"] = {**kept, **_make_schemas()}
    components["responses"] = {"ProblemResponse": _make_problem_response()}
    components["headers"] = _make_headers()
    contract["paths"] = _make_paths(contract["paths"], base_url)
    return to_openapi_30(contract)


def _make_schemas() -> dict[str, Any]:
    names = {name for answers in _ANSWERS.values() for name in answers.values()}
    known = {name: model for module in SCHEMA_MODULES for name, model in vars(module).items()}
    models = [known[name] for name in sorted(names)]
    wanted: list[_Wanted] = [
        (model, "serialization") for model in (*models, service_schemas.Problem)
    ]
    wanted += [
        (search_schemas.MatchQuestion, "validation"),
        (report_schemas.NewReport, "validation"),
    ]
    _, definitions = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = definitions["$defs"]
    return found


def _make_paths(paths: dict[str, Any], base_url: str) -> dict[str, Any]:
    made = {}
    # Routes of versions are declared before those of ids, which have slashes; told after them.
    for path, operations in sorted(paths.items(), key=lambda item: item[0].endswith("/versions")):
        for operation in operations.values():
            _complete(operation)
        inside = path.startswith(f"{API_ROOT}/")
        # What is outside the version has the service itself as its server.
        if inside:
            made[path.removeprefix(API_ROOT)] = operations
        else:
            made[path] = {"servers": [{"url": base_url}], **operations}
    return made


def _complete(operation: dict[str, Any]) -> None:
    """Add what the answers look like and what every operation takes."""
    name = operation["operationId"]
    content = {
        media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}
        for media, schema in _ANSWERS[name].items()
    }
    is_versioned = name != "checkHealth"
    if is_versioned and name not in _WITHOUT_LINES:
        content["application/x-ndjson"] = _LINES
    content |= dict.fromkeys(_FILES.get(name, ()), _FILE)
    headers = {key: {"$ref": f"#/components/headers/{key}"} for key in _HEADERS}
    status, description = _STATUSES.get(name, ("200", "The answer."))
    answer = {"description": description, "content": content, "headers": headers}
    if name in _FOR_ONE:
        del headers["ETag"]
    operation["responses"] = {
        status: {key: part for key, part in answer.items() if part},
        "default": {"$ref": "#/components/responses/ProblemResponse"},
    }
    if name in _SENT:
        operation["requestBody"] = {"required": True, "content": _SENT[name]}
    if name in _SEE_OTHER:
        operation["responses"]["303"] = {"description": _SEE_OTHER[name], "content": content}
    if not is_versioned:
        operation["responses"]["503"] = {"description": "DOWN.", "content": content}
    elif name not in _FOR_ONE:
        operation["responses"]["304"] = {"description": "Nothing changed since that ETag."}
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)


_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "an ETag that was given before",
    "schema": {"type": "string"},
}


def _make_headers() -> dict[str, Any]:
    return {
        name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()
    }


def _make_problem_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "What went wrong, as RFC 9457 and the belgif guide write it.",
        "content": {"application/problem+json": {"schema": schema}},
    }
