"""The routes of the embedded issuer, of health, of the contract and of what problems mean."""

from typing import Annotated, Any

import orjson
import psycopg
from authlib.oauth2 import OAuth2Error
from fastapi import APIRouter, Depends, Path, Request
from psycopg_pool import PoolTimeout
from starlette.responses import Response

from api.deliveries.bodies import read_body
from api.deliveries.door import PRIVATE, ROOT, TheDoor, answer, check_parameters
from api.deliveries.openapi import make_contract
from api.deliveries.problems import DOOR_PROBLEM_TYPES, make_not_found
from api.deliveries.token_endpoint import TokenEndpoint

router = APIRouter(tags=["Access"], dependencies=[Depends(check_parameters)])
_PUBLIC = "public, max-age=300"


def _require_issuer(door: TheDoor) -> TokenEndpoint:
    """With BEST_OIDC_ISSUER there is none here."""
    if door.issuer is None:
        raise make_not_found()
    return door.issuer


_Issuer = Annotated[TokenEndpoint, Depends(_require_issuer)]


@router.post("/oauth/token", operation_id="createToken", summary="Get an access token")
def create_token(
    request: Request, issuer: _Issuer, door: TheDoor, body: Annotated[bytes, Depends(read_body)]
) -> Response:
    """OAuth 2 client credentials with `private_key_jwt` (RFC 6749, 7523): good for five minutes."""
    media_type = request.headers.get("content-type", "")
    try:
        return answer(issuer.answer(body, media_type, door.clock().timestamp()), Pragma="no-cache")
    except OAuth2Error as error:
        status, content, _ = error()
        return Response(
            orjson.dumps(content),
            status_code=status,
            media_type="application/json",
            headers=PRIVATE,
        )


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="getIssuerMetadata",
    summary="Where tokens are had, and how",
)
def get_metadata(issuer: _Issuer) -> Response:
    """Authorization server metadata (RFC 8414)."""
    metadata = {
        "issuer": issuer.issuer,
        "token_endpoint": f"{issuer.issuer}/oauth/token",
        "jwks_uri": f"{issuer.issuer}/oauth/jwks",
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519"],
        "service_documentation": f"{issuer.issuer}{ROOT}/doc/openapi.json",
    }
    return answer(metadata, Cache_Control=_PUBLIC)


@router.get("/oauth/jwks", operation_id="getIssuerKeys", summary="What tokens are signed with")
def get_keys(issuer: _Issuer) -> Response:
    """The public key of our access tokens (RFC 7517)."""
    return answer(issuer.tokens.make_key_set(), Cache_Control=_PUBLIC)


@router.get("/health", operation_id="checkHealth", summary="Tell whether the door can answer")
def check_health(door: TheDoor) -> Response:
    """UP when the database answers."""
    try:
        with door.pool.connection(timeout=2.0) as connection:
            connection.execute("select 1")
    except (psycopg.Error, PoolTimeout):
        return answer({"status": "DOWN"}, 503)
    return answer({"status": "UP"})


@router.get(f"{ROOT}/doc/openapi.json", operation_id="getContract", summary="This contract")
def get_contract(request: Request, door: TheDoor) -> Response:
    """OpenAPI 3.0.3."""
    contract: dict[str, Any] = make_contract(request.app, base_url=door.base_url)
    return Response(
        orjson.dumps(contract),
        media_type="application/json",
        headers={"Cache-Control": _PUBLIC},
    )


@router.get(
    "/refData/problemTypes/{problemType}",
    operation_id="getProblemType",
    summary="What a problem means",
)
def get_problem_type(name: Annotated[str, Path(alias="problemType")]) -> Response:
    """A kind of problem."""
    kind = DOOR_PROBLEM_TYPES.get(name)
    if kind is None:
        raise make_not_found()
    told = {"type": kind.urn, "title": kind.title, "status": kind.status, "detail": kind.meaning}
    return answer(told, Cache_Control=_PUBLIC)
