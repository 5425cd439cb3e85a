"""At the door: every token, proof and signature that must not open it (23 to 36 of the design)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, OKPKey

from links.api.jose import (
    JoseRefused,
    check_signature,
    encode,
    make_jwk,
    read_jws,
    read_key,
    sign_jws,
)
from links.api.strict_json import JsonRefused, read_object
from tests.links.serving import Served, make_question, person, read_problem, serving_links
from tests.links.world import PEOPLE, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from links.api.requester import Reply, Requester

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION = "client-authentication+jwt"
TOKEN = "/oauth/token"  # noqa: S105 - a path
VERIFY = "/v1/verify"


@pytest.fixture(scope="module")
def served(module_world: World, key_service: object) -> Iterator[Served]:
    with serving_links(module_world.settings, workers=2) as served:
        yield served


@pytest.fixture(scope="module")
def requester(module_world: World, served: Served) -> Requester:
    return served.make_requester(module_world.clients["cpas"])


@pytest.fixture(scope="module")
def token(requester: Requester) -> str:
    return requester.fetch_token()


QUESTION = make_question("cpas_verify", address="bru-900001", subject=person(PEOPLE["anna"]))


def authenticate(requester: Requester, assertion: str, **form: str) -> tuple[int, str, str]:
    """Ask for a token with this assertion; return status, error and description."""
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    } | form
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "dpop": requester.make_proof("POST", TOKEN, None),
    }
    reply = requester.send("POST", TOKEN, headers, urlencode(fields).encode())
    content = reply.content
    return reply.status, str(content.get("error")), str(content.get("error_description"))


def make_claims(requester: Requester, **changed: Any) -> bytes:
    """Return right claims, save those that are changed; None takes one away."""
    _, payload, _ = requester.make_assertion().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | changed
    return json.dumps({name: value for name, value in claims.items() if value is not None}).encode()


def make_header(requester: Requester, **changed: Any) -> dict[str, Any]:
    header = {"typ": ASSERTION, "kid": requester.kid} | changed
    return {name: value for name, value in header.items() if value is not None}


def sign(requester: Requester, header: Mapping[str, Any], payload: bytes) -> str:
    return sign_jws(header, payload, requester.key)


def ask(requester: Requester, token: str, **headers: str) -> Reply:
    """Ask with right headers, save those that are given; an empty one is left out."""
    right = {"content-type": "application/jose"} | requester.make_headers("POST", VERIFY, token)
    sent = {name: value for name, value in (right | headers).items() if value}
    return requester.send("POST", VERIFY, sent, requester.sign(VERIFY, QUESTION).encode())


def check_works(requester: Requester, token: str) -> None:
    """A test that only sees refusals would pass against a wall that refuses everything."""
    assert authenticate(requester, requester.make_assertion())[0] == 200
    assert ask(requester, token).status == 200


def test_23_no_algorithm_is_no_signature(requester: Requester, token: str) -> None:
    payload = make_claims(requester)
    for alg in ("none", "None", "NoNe", "NONE", ""):
        header = encode(json.dumps(make_header(requester, alg=alg)).encode())
        for signature in ("", encode(bytes(64)), requester.make_assertion().rpartition(".")[2]):
            assertion = f"{header}.{encode(payload)}.{signature}"
            assert authenticate(requester, assertion)[:2] == (401, "invalid_client")
    check_works(requester, token)


def test_24_a_public_key_is_no_secret(requester: Requester, token: str) -> None:
    public = requester.key.public_key()
    jwk = make_jwk(public)
    secrets = [
        json.dumps(jwk).encode(),
        base64.urlsafe_b64decode(jwk["x"] + "=="),
        jwk["x"].encode(),
        _write_pem(public),
    ]
    for secret in secrets:
        for alg in ("HS256", "HS512"):
            header = encode(json.dumps(make_header(requester, alg=alg)).encode())
            signed = f"{header}.{encode(make_claims(requester))}"
            mac = hmac.digest(secret, signed.encode(), alg.replace("HS", "sha"))
            assertion = f"{signed}.{encode(mac)}"
            assert authenticate(requester, assertion)[:2] == (401, "invalid_client")
        # Under the name of the right algorithm, and as long as its signatures: 64 bytes.
        header = encode(json.dumps(make_header(requester, alg="EdDSA")).encode())
        signed = f"{header}.{encode(make_claims(requester))}"
        assertion = f"{signed}.{encode(hmac.digest(secret, signed.encode(), 'sha512'))}"
        assert authenticate(requester, assertion)[1:] == ("invalid_client", "signature")
    check_works(requester, token)


def _write_pem(public: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    pem: bytes = public.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    return pem


@pytest.mark.parametrize(
    "kid",
    [
        None,
        "",
        "../../../../dev/null",
        "/dev/null",
        "cpas-key' or '1'='1",
        "cpas-key\u0000",
        "insurer-key",
        ["cpas-key"],
        {"cpas-key": 1},
        0,
        "x" * 3000,
    ],
)
def test_25_a_kid_is_a_name_among_the_clients_own_keys(
    requester: Requester, token: str, kid: object
) -> None:
    assertion = sign(requester, make_header(requester, kid=kid), make_claims(requester))
    assert authenticate(requester, assertion)[:2] == (401, "invalid_client")
    check_works(requester, token)


def test_another_clients_key_does_not_count(
    module_world: World, served: Served, requester: Requester, token: str
) -> None:
    """Kid and signature of the insurer, in the name of the CPAS; and its kid alone."""
    insurer = served.make_requester(module_world.clients["insurer"])
    stolen_name = sign(insurer, make_header(insurer), make_claims(requester))
    assert authenticate(requester, stolen_name)[:2] == (401, "invalid_client")
    assert authenticate(insurer, insurer.make_assertion())[0] == 200, "its own name is right"
    check_works(requester, token)


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A server of an attacker, who counts who comes for his keys."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_26_keys_that_come_along_are_not_looked_at(requester: Requester, token: str) -> None:
    attacker = Ed25519PrivateKey.generate()
    jwk = make_jwk(attacker.public_key())
    with listening() as (url, asked):
        extras: list[dict[str, Any]] = [
            {"jwk": jwk},
            {"jku": f"{url}/jwks"},
            {"x5u": f"{url}/chain"},
            {"x5c": ["MIIB"]},
            {"jwk": jwk, "kid": None},
            {"jku": f"{url}/jwks", "kid": None},
        ]
        for extra in extras:
            header = make_header(requester, **extra)
            for key in (attacker, requester.key):
                assertion = sign_jws(header, make_claims(requester), key)
                assert authenticate(requester, assertion)[:2] == (401, "invalid_client")
        proof = sign_jws(
            {"typ": "dpop+jwt", "jku": f"{url}/jwks", "jwk": make_jwk(_public(requester))},
            b"{}",
            requester.possession,
        )
        assert read_problem(ask(requester, token, dpop=proof)) == (401, "proofRefused")
        assert asked == []
    check_works(requester, token)


def _public(requester: Requester) -> Any:
    return requester.possession.public_key()


def test_27_times_are_kept(requester: Requester, served: Served, token: str) -> None:
    now = int(served.clock().timestamp())
    wrong: list[dict[str, Any]] = [
        {"exp": now - 1},
        {"exp": now},
        {"exp": now + 62},
        {"iat": now - 40, "exp": now + 22},
        {"iat": now - 400, "exp": now - 370},
        {"iat": now + 30, "exp": now + 50},
        {"nbf": now + 30},
        {"exp": str(now + 30)},
        {"exp": now + 30.5},
        {"exp": True},
        {"exp": now + 10**12},
        {"iat": str(now)},
        {"jti": ""},
        {"jti": 7},
        {"exp": None},
        {"jti": None},
        {"iat": None},
    ]
    for changed in wrong:
        assertion = sign(requester, make_header(requester), make_claims(requester, **changed))
        assert authenticate(requester, assertion)[:2] == (401, "invalid_client"), changed
    right = {"nbf": now - 1, "exp": now + 55}
    assertion = sign(requester, make_header(requester), make_claims(requester, **right))
    assert authenticate(requester, assertion)[0] == 200
    check_works(requester, token)


def test_28_an_assertion_is_for_us_alone(requester: Requester, token: str) -> None:
    for aud in (
        [requester.issuer],
        [requester.issuer, "https://other.example"],
        requester.issuer + TOKEN,
        requester.issuer + "/",
        requester.issuer.upper(),
        "https://other.example",
        "",
        None,
    ):
        assertion = sign(requester, make_header(requester), make_claims(requester, aud=aud))
        assert authenticate(requester, assertion)[:2] == (401, "invalid_client"), aud
    check_works(requester, token)


def test_29_who_signs_is_who_it_is_about(requester: Requester, token: str) -> None:
    for changed in (
        {"sub": "insurer-app"},
        {"iss": "insurer-app"},
        {"iss": "insurer-app", "sub": "insurer-app"},
        {"iss": "nobody", "sub": "nobody"},
        {"iss": ["cpas-app"], "sub": ["cpas-app"]},
    ):
        assertion = sign(requester, make_header(requester), make_claims(requester, **changed))
        assert authenticate(requester, assertion)[:2] == (401, "invalid_client"), changed
    other = authenticate(requester, requester.make_assertion(), client_id="insurer-app")
    assert other[:2] == (401, "invalid_client")
    check_works(requester, token)


def test_30_an_assertion_is_used_once(
    module_world: World, served: Served, requester: Requester
) -> None:
    """The second worker is another application on the same database."""
    other_worker = served.make_requester(module_world.clients["cpas"], worker=1)
    assertion = requester.make_assertion(jti="used-once-1")
    assert authenticate(requester, assertion)[0] == 200
    assert authenticate(requester, assertion)[1:] == ("invalid_client", "replayed")
    assert authenticate(other_worker, assertion)[1:] == ("invalid_client", "replayed")
    # A new signature does not make an old jti new; nor does the other worker.
    again = requester.make_assertion(jti="used-once-1")
    assert authenticate(other_worker, again)[1:] == ("invalid_client", "replayed")
    assert authenticate(other_worker, requester.make_assertion(jti="used-once-2"))[0] == 200
    assert authenticate(requester, requester.make_assertion(jti="used-once-2"))[0] == 401


def test_31_tokens_are_not_taken_for_each_other(requester: Requester, token: str) -> None:
    assert authenticate(requester, token)[:2] == (401, "invalid_client")
    assertion = requester.make_assertion()
    assert read_problem(ask(requester, assertion))[0] == 401
    for typ in ("JWT", "at+jwt", "dpop+jwt", "links-request+jws", None, 1):
        wrong = sign(requester, make_header(requester, typ=typ), make_claims(requester))
        assert authenticate(requester, wrong)[:2] == (401, "invalid_client"), typ
    request = requester.sign(VERIFY, json.loads(make_claims(requester)))
    assert authenticate(requester, request)[:2] == (401, "invalid_client")
    proof = requester.make_proof("POST", VERIFY, token)
    assert read_problem(ask(requester, proof)) == (401, "tokenRefused")
    assert read_problem(ask(requester, token, dpop=token)) == (401, "proofRefused")
    forged = json.loads(make_claims(requester)) | {"scope": "TEST/cpas_verify"}
    own = sign(requester, {"typ": "at+jwt", "kid": requester.kid}, json.dumps(forged).encode())
    assert read_problem(ask(requester, own)) == (401, "tokenRefused")
    check_works(requester, token)


def test_32_a_token_needs_its_holders_proof(
    module_world: World, served: Served, requester: Requester, token: str
) -> None:
    other_worker = served.make_requester(module_world.clients["cpas"], worker=1)
    now = int(served.clock().timestamp())

    def proof(**changed: Any) -> str:
        return requester.make_proof("POST", VERIFY, token, **changed)

    wrong = {
        "missing": "",
        "other key": other_worker.make_proof("POST", VERIFY, token),
        "other method": proof(htm="GET"),
        "other path": proof(htu=requester.issuer + "/v1/subjects"),
        "other host": proof(htu="https://other.example" + VERIFY),
        "old": proof(iat=now - 61),
        "ahead": proof(iat=now + 30),
        "other token": proof(ath=encode(hashlib.sha256(b"other").digest())),
        "no token": requester.make_proof("POST", VERIFY, None),
        "text for a time": proof(iat=str(now)),
        "more claims": proof(nonce="1"),
    }
    for name, text in wrong.items():
        assert read_problem(ask(requester, token, dpop=text)) == (401, "proofRefused"), name
    bearer = ask(requester, token, authorization=f"Bearer {token}", dpop="")
    assert read_problem(bearer) == (401, "proofRefused")

    used = proof()
    assert ask(requester, token, dpop=used).status == 200
    for again in (requester, other_worker):
        assert read_problem(ask(again, token, dpop=used)) == (401, "proofReplayed")
    same_jti = proof(jti="the-same-jti-1")
    assert ask(requester, token, dpop=same_jti).status == 200
    same_again = proof(jti="the-same-jti-1", iat=now - 1)
    assert read_problem(ask(other_worker, token, dpop=same_again)) == (401, "proofReplayed")
    # What was not declared is used up as well.
    path = "/v1/usage/mine"
    headers = requester.make_headers("GET", path, token)
    assert requester.send("GET", path, headers).status == 200
    assert read_problem(requester.send("GET", path, headers)) == (401, "proofReplayed")
    with_private = sign_jws(
        {"typ": "dpop+jwt", "jwk": make_jwk(_public(requester)) | {"d": "AAAA"}},
        b"{}",
        requester.possession,
    )
    assert read_problem(ask(requester, token, dpop=with_private)) == (401, "proofRefused")


def test_a_signed_request_is_good_for_a_minute_and_once(
    module_world: World, served: Served, requester: Requester, token: str
) -> None:
    """Who has token and proof key but not the signing key has no old request to send again."""
    now = int(served.clock().timestamp())
    other_worker = served.make_requester(module_world.clients["cpas"], worker=1)

    def send(body: str, path: str = VERIFY, through: Requester = requester) -> Reply:
        headers = requester.make_headers("POST", path, token) | {"content-type": "application/jose"}
        return through.send("POST", path, headers, body.encode())

    once = requester.sign(VERIFY, QUESTION, jti="asked-once-1")
    assert send(once).status == 200
    same_jti = requester.sign(VERIFY, QUESTION | {"correlationId": "c-2"}, jti="asked-once-1")
    for again in (once, same_jti):
        for through in (requester, other_worker):
            assert read_problem(send(again, VERIFY, through)) == (401, "proofReplayed")
    for path, content in (
        ("/v1/changes", {"correlationId": "c-1"}),
        ("/v1/handles/open", {"correlationId": "c-1", "handle": "x"}),
    ):
        body = requester.sign(path, content)
        assert send(body, path).status in {200, 403}
        assert read_problem(send(body, path)) == (401, "proofReplayed")
    wrong: list[dict[str, Any]] = [
        {"iat": now - 61},
        {"iat": now + 30},
        {"iat": str(now)},
        {"iat": None},
        {"jti": "short"},
        {"jti": None},
        {"exp": now + 60},
    ]
    for changed in wrong:
        body = requester.sign(VERIFY, QUESTION, **changed)
        assert read_problem(send(body)) == (401, "requestSignature"), changed
    for name in ("iat", "jti"):
        header = {
            "typ": "links-request+jws",
            "kid": requester.kid,
            "url": requester.issuer + VERIFY,
        }
        both: dict[str, object] = {"iat": now, "jti": "not-used-yet"}
        header |= {one: both[one] for one in both if one != name}  # type: ignore[misc]
        body = sign(requester, header, json.dumps(QUESTION).encode())
        assert read_problem(send(body)) == (401, "requestSignature"), name
    assert send(requester.sign(VERIFY, QUESTION, iat=now - 50)).status == 200


def test_33_headers_do_not_make_a_certificate(
    module_world: World,
    served: Served,
    requester: Requester,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Identity in headers is nobody's, unless our own proxy shows that it is ours."""
    claimed = dict.fromkeys(
        (
            "x-client-id",
            "x-client-cert",
            "x-ssl-client-cert",
            "x-forwarded-client-cert",
            "client-cert",
            "x-forwarded-user",
        ),
        "cpas-app",
    )
    thumbprint = encode(hashlib.sha256(b"certificate").digest())
    certificate = {"best-links-certificate-sha256": thumbprint, "best-links-hop": "guess"}
    nobody = ask(requester, token, authorization="", dpop="", **claimed, **certificate)
    assert read_problem(nobody) == (401, "tokenRefused")
    insurer = served.make_requester(module_world.clients["insurer"])
    reply = ask(insurer, insurer.fetch_token(), **claimed, **certificate)
    assert read_problem(reply) != (200, ""), "the headers' client has a right, the token's has none"
    assert reply.status == 403

    monkeypatch.setenv("BEST_LINKS_HOP_SECRET", "what-our-proxy-knows")
    with serving_links(module_world.settings) as behind_proxy:
        client = behind_proxy.make_requester(module_world.clients["cpas"])
        hop = {"best-links-hop": "what-our-proxy-knows"}
        bound = _fetch_bound_token(client, {**hop, "best-links-certificate-sha256": thumbprint})
        shown = {"authorization": f"Bearer {bound}", "dpop": ""}
        right = {**hop, "best-links-certificate-sha256": thumbprint}
        assert ask(client, bound, **shown, **right).status == 200
        for wrong in (
            {},
            hop,
            {"best-links-certificate-sha256": thumbprint},
            {**right, "best-links-hop": "guess"},
            {**right, "best-links-certificate-sha256": encode(bytes(32))},
        ):
            assert read_problem(ask(client, bound, **shown, **wrong)) == (401, "proofRefused")
        assert read_problem(ask(client, bound)) == (401, "proofRefused"), (
            "a proof is no certificate"
        )
        assert _try_bound_token(client, {"best-links-certificate-sha256": thumbprint}) == 400
    here = {"authorization": f"Bearer {bound}", "dpop": "", **right}
    assert read_problem(ask(requester, bound, **here)) == (401, "proofRefused"), "no proxy here"


def _send_form(requester: Requester, headers: Mapping[str, str]) -> Reply:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": requester.make_assertion(),
    }
    sent = {"content-type": "application/x-www-form-urlencoded", **headers}
    return requester.send("POST", TOKEN, sent, urlencode(form).encode())


def _fetch_bound_token(requester: Requester, headers: Mapping[str, str]) -> str:
    return str(_send_form(requester, headers).content["access_token"])


def _try_bound_token(requester: Requester, headers: Mapping[str, str]) -> int:
    return _send_form(requester, headers).status


@pytest.mark.parametrize("table", ["client", "organisation"])
def test_34_a_revoked_client_is_out_within_a_minute(
    world: World, key_service: object, table: str
) -> None:
    status = {"client": ("revoked", "id = 'cpas-app'"), "organisation": ("suspended", "true")}
    with serving_links(world.settings) as served:
        requester = served.make_requester(world.clients["cpas"])
        token = requester.fetch_token()
        assert ask(requester, token).status == 200
        assert requester.fetch("/v1/usage/mine", token).status == 200
        with world.connect() as connection:
            value, which = status[table]
            connection.execute(f"update links.{table} set status = %s where {which}", [value])
        code = f"{table}Inactive"
        assert read_problem(ask(requester, token)) == (401, code), "a question: at once"
        assert read_problem(requester.fetch("/v1/usage/mine", token)) == (401, code)
    with serving_links(world.settings) as served, world.connect() as connection:
        connection.execute("update links.client set status = 'active'")
        connection.execute("update links.organisation set status = 'active'")
        requester = served.make_requester(world.clients["cpas"])
        token = requester.fetch_token()
        connection.execute(f"update links.{table} set status = %s where {which}", [value])
        served.clock.ahead = timedelta(seconds=59)
        late = requester.fetch("/v1/deliberations/mine", token)
        assert read_problem(late) == (401, code), "whatever is kept, within a minute"
        assert authenticate(requester, requester.make_assertion())[:2] == (401, "invalid_client")


def test_35_a_token_is_good_for_its_deliberations(
    module_world: World, served: Served, requester: Requester
) -> None:
    narrow = requester.fetch_token("TEST/cpas_addresses")
    reply = ask(requester, narrow)
    assert read_problem(reply) == (403, "scope")
    with module_world.connect() as connection:
        last = connection.execute(
            "select body from links.record where organisation = %s order by n desc limit 1",
            [module_world.clients["cpas"].organisation],
        ).fetchone()
    assert last is not None
    assert json.loads(last[0])["reason"] == "scope"
    assert ask(requester, requester.fetch_token("TEST/cpas_verify")).status == 200
    for scope in ("TEST/health_verify", "TEST/cpas_verify TEST/health_verify", "x", ""):
        error = authenticate(requester, requester.make_assertion(), scope=scope)
        assert error[1] in {"invalid_scope", "invalid_request"}, scope


def test_36_what_readers_could_read_differently(requester: Requester, token: str) -> None:
    right = make_claims(requester).decode()
    twice = [
        right[:-1] + ', "sub": "insurer-app"}',
        '{"iss": "insurer-app", ' + right[1:],
        right[:-1] + ', "s\\u0075b": "insurer-app"}',
        right[:-1] + ', "extra": {"a": 1, "a": 2}}',
    ]
    for text in twice:
        assertion = sign(requester, make_header(requester), text.encode())
        assert authenticate(requester, assertion)[:2] == (401, "invalid_client"), text
    header = json.dumps(make_header(requester, alg="EdDSA"))
    doubled = f'{header[:-1]}, "alg": "none"}}'
    body = f"{encode(doubled.encode())}.{encode(right.encode())}"
    signature = encode(requester.key.sign(body.encode()))  # type: ignore[call-arg, union-attr]
    assert authenticate(requester, f"{body}.{signature}")[:2] == (401, "invalid_client")

    nested = requester.make_assertion().encode()
    for extra in ({}, {"cty": "JWT"}):
        assertion = sign(requester, make_header(requester, **extra), nested)
        assert authenticate(requester, assertion)[:2] == (401, "invalid_client")
    for extra in ({"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"zip": "DEF"}):
        assertion = sign(requester, make_header(requester, **extra), make_claims(requester))
        assert authenticate(requester, assertion)[:2] == (401, "invalid_client"), extra
    check_works(requester, token)


def test_ten_megabytes_are_not_read(requester: Requester, token: str) -> None:
    long = "A" * 10_000_000
    body = f"grant_type=client_credentials&client_assertion={long}".encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert _send_or_hang_up(requester, TOKEN, headers, body) in {413, None}
    sent = {"content-type": "application/jose"} | requester.make_headers("POST", VERIFY, token)
    assert _send_or_hang_up(requester, VERIFY, sent, long.encode()) in {413, None}
    assert _send_or_hang_up(requester, VERIFY, sent | {"dpop": long}, b"{}") in {401, 431, None}
    check_works(requester, token)


def _send_or_hang_up(
    requester: Requester, path: str, headers: Mapping[str, str], body: bytes
) -> int | None:
    """Return the status; None when the other side hung up while we were sending."""
    connection = http.client.HTTPConnection(urlsplit(requester.url).netloc, timeout=30)
    try:
        connection.request("POST", path, body, dict(headers))
        return connection.getresponse().status
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def test_joserfc_and_we_read_each_other() -> None:
    """An independent implementation signs what we accept and accepts what we sign."""
    ed, ec = Ed25519PrivateKey.generate(), generate_private_key(SECP256R1())
    for key, alg, of in ((ed, "Ed25519", OKPKey), (ec, "ES256", ECKey)):
        public = make_jwk(key.public_key())
        private = of.import_key(_write_private(key))
        theirs = joserfc_jws.serialize_compact(
            {"alg": alg, "typ": "x", "kid": "k"}, b"content", private, algorithms=[alg]
        )
        jws = read_jws(theirs, typ="x", members=("kid",))
        check_signature(jws, read_key(public))
        ours = sign_jws({"typ": "x", "kid": "k", "alg": alg}, b"content", key)
        read = joserfc_jws.deserialize_compact(ours, of.import_key(public), algorithms=[alg])
        assert read.payload == b"content"
        assert read_key(public).thumbprint == of.import_key(public).thumbprint()


def _write_private(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    pem: bytes = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return pem


def test_a_signature_has_one_spelling() -> None:
    key = Ed25519PrivateKey.generate()
    text = sign_jws({"typ": "x"}, b"content", key)
    public = read_key(make_jwk(key.public_key()))
    check_signature(read_jws(text, typ="x", members=()), public)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(text[-1])
    others = [
        text[:-1] + chr(c) for c in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef-_" if chr(c) != text[-1]
    ]
    assert last % 16 == 0, "64 bytes leave four bits of the last letter unused"
    for changed in [*others, text + "=", text + "\n", " " + text, text.replace(".", "..", 1)]:
        with pytest.raises(JoseRefused):
            check_signature(read_jws(changed, typ="x", members=()), public)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"a": 1, "a": 2}', "duplicate_member"),
        (b'{"a": {"b": 1, "b": 1}}', "duplicate_member"),
        (b'{"a": 1.0}', "number"),
        (b'{"a": 1e3}', "number"),
        (b'{"a": NaN}', "number"),
        (b'{"a": 9007199254740993}', "number"),
        (b'{"a": "x\\u0000"}', "characters"),
        (b'{"a": "x\\r\\ny"}', "characters"),
        (b'{"a": "x\ny"}', "not_json"),
        (b'{"a": "\\ud800"}', "characters"),
        (b'{"a": "\\u202e"}', "characters"),
        (b'{"a": "\\u200b"}', "characters"),
        ('{"a": "e\u0301"}'.encode(), "characters"),
        (b'{"\\u0000": 1}', "characters"),
        (b'{"a": 1} x', "not_json"),
        (b"[]", "not_an_object"),
        (b'"a"', "not_an_object"),
        (b"", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'{"a": "\xff"}', "not_json"),
        ('{"a": 1}'.encode("utf-16"), "not_json"),
        (b'{"a": [[[[[1]]]]]}', "too_deep"),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "not_json"),
        (b'{"a": "' + b"x" * 20_000 + b'"}', "too_large"),
    ],
)
def test_json_that_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(JsonRefused) as refused:
        read_object(text)
    assert refused.value.code in {code, "too_deep"} if code == "not_json" else code
    assert read_object('{"a": "Sint-Gillis é", "b": [1, null, true]}'.encode())
