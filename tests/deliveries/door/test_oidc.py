"""The organisation's own issuer: found, believed for what it signs, and not asked too often."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from api.deliveries.door import ROOT
from api.deliveries.jose import Bearer, TokenRefused
from api.deliveries.oidc import OrganisationIssuer, check_issuer_url, fetch_document
from api.deliveries.options import DoorOptions
from api.problems import Problem
from registry.domain.errors import EnvironmentProblem
from tests.deliveries.door.serving import add_agencies, encode, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings

AUDIENCE = "https://door.example.be"
KEY = ECKey.generate_key("P-256")


class Issuer:
    """Documents that a realm would serve, and how often each was asked."""

    def __init__(self, url: str, *, is_oidc: bool = True) -> None:
        self.url = url
        self.keys: list[dict[str, Any]] = [{**KEY.as_dict(private=False), "kid": "one"}]
        self.asked: list[str] = []
        self.is_oidc = is_oidc

    def fetch(self, url: str) -> dict[str, Any]:
        self.asked.append(url)
        if url.endswith("/certs"):
            return {"keys": self.keys}
        if url.endswith("/realm/.well-known/openid-configuration") and self.is_oidc:
            return {"issuer": self.url, "jwks_uri": f"{self.url}/certs"}
        if url.endswith("/.well-known/oauth-authorization-server/realm"):
            return {"issuer": self.url, "jwks_uri": f"{self.url}/certs"}
        import urllib.error
        from email.message import Message

        raise urllib.error.HTTPError(url, 404, "no", Message(), None)


def make_token(issuer: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(time.time())
    told = {"iss": issuer, "aud": AUDIENCE, "sub": "uuid", "client_id": "anna", "iat": now}
    told = {**told, "exp": now + 3600, **claims}
    payload = json.dumps({k: v for k, v in told.items() if v is not ...}).encode()
    return _sign({"alg": "ES256", "typ": "JWT", "kid": "one", **(header or {})}, payload, KEY)


def _sign(header: dict[str, Any], payload: bytes, key: Any) -> str:
    from joserfc.jws import JWSRegistry

    signed = f"{encode(json.dumps(header).encode())}.{encode(payload)}"
    model = JWSRegistry.algorithms[header["alg"]]
    return f"{signed}.{encode(model.sign(signed.encode(), key))}"


@pytest.fixture
def realm() -> Issuer:
    return Issuer("https://login.example.be/realm")


def _read(realm: Issuer, **options: Any) -> OrganisationIssuer:
    return OrganisationIssuer(issuer=realm.url, audience=AUDIENCE, fetch=realm.fetch, **options)


@pytest.mark.parametrize("is_oidc", [True, False])
def test_keys_are_found_in_either_place(realm: Issuer, is_oidc: bool) -> None:
    realm.is_oidc = is_oidc
    reader = _read(realm)
    for _ in range(5):
        assert reader.find_bearer(make_token(realm.url), time.time()) == Bearer("anna")
    assert realm.asked.count(f"{realm.url}/certs") == 1


@pytest.mark.parametrize(
    ("claims", "client"),
    [
        ({"client_id": "anna", "azp": "ben"}, "anna"),
        ({"client_id": ..., "azp": "ben"}, "ben"),
        ({"aud": ["account", AUDIENCE]}, "anna"),
    ],
)
def test_a_client_is_named_by_the_first_of_two(
    realm: Issuer, claims: dict[str, Any], client: str
) -> None:
    now = int(time.time())
    told = {"iss": realm.url, "aud": AUDIENCE, "sub": "uuid", "client_id": "anna", "iat": now}
    merged = {k: v for k, v in (told | {"exp": now + 60} | claims).items() if v is not ...}
    token = _sign({"alg": "ES256", "typ": "at+jwt", "kid": "one"}, json.dumps(merged).encode(), KEY)
    assert _read(realm).find_bearer(token, now) == Bearer(client)


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "aud": ({}, {"aud": "https://other.example.be"}),
    "iss": ({}, {"iss": "https://evil.example.be"}),
    "exp": ({}, {"exp": int(time.time()) - 1}),
    "kid": ({"kid": "two"}, {}),
    "typ": ({"typ": "logout+jwt"}, {}),
    "header": ({"jku": "https://evil.example.be"}, {}),
    "client_id": ({}, {"client_id": ["anna"]}),
    "azp": ({}, {"client_id": ...}),  # people choose what `sub` is
    "lifetime": ({}, {"exp": int(time.time()) + 90_000}),
    "typ of an ID token": ({}, {"nonce": "n"}),
    "typ of a refresh token": ({}, {"typ": "Refresh"}),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_token_that_is_not_for_us_is_refused(realm: Issuer, why: str) -> None:
    header, claims = REFUSED[why]
    with pytest.raises(TokenRefused) as refused:
        _read(realm).find_bearer(make_token(realm.url, header, **claims), time.time())
    assert refused.value.code == why.split(" ", maxsplit=1)[0]


def test_a_symmetric_key_in_the_set_signs_nothing(realm: Issuer) -> None:
    realm.keys = [{"kty": "oct", "kid": "one", "k": encode(b"s" * 32)}]
    from joserfc.jwk import OctKey

    payload = make_token(realm.url).split(".")[1]
    token = _sign(
        {"alg": "HS256", "typ": "JWT", "kid": "one"},
        __import__("base64").urlsafe_b64decode(payload + "=" * (-len(payload) % 4)),
        OctKey.import_key(b"s" * 32),
    )
    with pytest.raises(TokenRefused):
        _read(realm).find_bearer(token, time.time())


def test_rsa_is_read_as_most_issuers_sign_with_it(realm: Issuer) -> None:
    rsa = RSAKey.generate_key(2048)
    realm.keys.append({**rsa.as_dict(private=False), "kid": "rsa", "use": "sig"})
    now = int(time.time())
    claims = {"iss": realm.url, "aud": AUDIENCE, "azp": "anna", "iat": now, "exp": now + 60}
    token = _sign({"alg": "RS256", "typ": "JWT", "kid": "rsa"}, json.dumps(claims).encode(), rsa)
    assert _read(realm).find_bearer(token, now) == Bearer("anna")


def test_an_unknown_name_makes_us_ask_once_a_minute(realm: Issuer) -> None:
    seconds = [1000.0]
    reader = _read(realm, clock=lambda: seconds[0])
    reader.find_bearer(make_token(realm.url), time.time())
    new = make_token(realm.url, {"kid": "two"})

    def try_it() -> int:
        for _ in range(20):
            with pytest.raises(TokenRefused):
                reader.find_bearer(new, time.time())
        return realm.asked.count(f"{realm.url}/certs")

    assert try_it() == 1
    seconds[0] += 61
    assert try_it() == 2
    realm.keys.append({**realm.keys[0], "kid": "two"})
    seconds[0] += 61
    assert reader.find_bearer(new, time.time()) == Bearer("anna")


def test_an_issuer_that_is_away_leaves_its_keys(realm: Issuer) -> None:
    seconds = [1000.0]
    reader = _read(realm, clock=lambda: seconds[0])
    token = make_token(realm.url)
    reader.find_bearer(token, time.time())
    seconds[0] += 3600
    reader.fetch = _fail
    assert reader.find_bearer(token, time.time()) == Bearer("anna")
    fresh = _read(realm)
    fresh.fetch = _fail
    with pytest.raises(Problem) as problem:
        fresh.find_bearer(token, time.time())
    assert problem.value.type.status == 503


@pytest.mark.parametrize(
    "keys_at",
    [
        "http://127.0.0.1:5432/x",
        "https://localhost/x",
        "https://[::1]:8443/x",
        "http://login.example.be/certs",
        "file:///etc/passwd",
    ],
)
def test_keys_are_not_looked_for_on_this_machine_or_in_the_clear(
    realm: Issuer, keys_at: str
) -> None:
    def fetch(url: str) -> dict[str, Any]:
        assert "well-known" in url, "asked for the keys"
        return {"issuer": realm.url, "jwks_uri": keys_at}

    reader = _read(realm)
    reader.fetch = fetch
    with pytest.raises(Problem):
        reader.find_bearer(make_token(realm.url), time.time())


@pytest.mark.parametrize("raised", [OSError, http.client.IncompleteRead, ValueError])
def test_a_bad_answer_leaves_the_keys_that_are_there(realm: Issuer, raised: Any) -> None:
    seconds = [1000.0]
    reader = _read(realm, clock=lambda: seconds[0])
    token = make_token(realm.url)
    reader.find_bearer(token, time.time())
    seconds[0] += 3600

    def fail(_: str) -> dict[str, Any]:
        raise raised("garbage")

    reader.fetch = fail
    assert reader.find_bearer(token, time.time()) == Bearer("anna")


def test_one_waits_for_a_slow_issuer_and_the_others_go_on(realm: Issuer) -> None:
    seconds, asked, goes_on = [1000.0], threading.Event(), threading.Event()
    reader = _read(realm, clock=lambda: seconds[0])
    token = make_token(realm.url)
    reader.find_bearer(token, time.time())
    seconds[0] += 700

    def wait(_: str) -> dict[str, Any]:
        asked.set()
        goes_on.wait(30)
        raise OSError

    reader.fetch = wait
    first = threading.Thread(target=reader.find_bearer, args=(token, time.time()))
    first.start()
    assert asked.wait(30)
    assert reader.find_bearer(token, time.time()) == Bearer("anna")
    with pytest.raises(TokenRefused):
        reader.find_bearer(make_token(realm.url, {"kid": "two"}), time.time())
    assert first.is_alive()
    goes_on.set()
    first.join()


def _fail(_: str) -> dict[str, Any]:
    raise OSError("no route")


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.be",
        "ftp://x",
        "https://a:b@x",
        "https://x?y=1",
        "http://10.0.0.1",
        "x",
        "https://",
        "https://login.example.be\n",
        "https://login.example.be/a b",
    ],
)
def test_an_issuer_is_reached_in_safety_or_not_at_all(url: str) -> None:
    with pytest.raises(EnvironmentProblem):
        DoorOptions.from_environment({"BEST_OIDC_ISSUER": url})
    assert check_issuer_url("http://127.0.0.1:8080/realm")
    assert check_issuer_url("https://login.example.be/realm")


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here = f"http://127.0.0.1:{self.server.server_port}"
            if self.path.startswith("/away"):
                self.send_response(302)
                self.send_header("Location", f"{here}/certs")
                self.end_headers()
                return
            if self.path == "/drip":
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    for _ in range(100):
                        self.wfile.write(b" ")
                        time.sleep(0.1)
                return
            if self.path.startswith("/large"):
                body = b'{"a": "' + b"a" * 300_000 + b'"}'
            elif self.path == "/certs":
                body = json.dumps({"keys": [{**KEY.as_dict(private=False), "kid": "one"}]}).encode()
            else:
                body = json.dumps({"issuer": here, "jwks_uri": f"{here}/certs"}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    found = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def test_no_redirect_is_followed_and_no_document_without_end_read(
    server: ThreadingHTTPServer,
) -> None:
    here = f"http://127.0.0.1:{server.server_port}"
    assert fetch_document(f"{here}/certs")["keys"]
    with pytest.raises(OSError, match="302"):
        fetch_document(f"{here}/away")
    with pytest.raises(ValueError, match="longer"):
        fetch_document(f"{here}/large")


def test_a_document_that_drips_is_not_waited_for(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece comes in time; all of it does not."""
    monkeypatch.setattr("api.deliveries.oidc._FETCH_SECONDS", 0.5)
    with pytest.raises(TimeoutError):
        fetch_document(f"http://127.0.0.1:{server.server_port}/drip")


def test_the_door_takes_its_tokens_and_gives_none(
    module_register: Settings, server: ThreadingHTTPServer
) -> None:
    issuer = f"http://127.0.0.1:{server.server_port}"
    with serving(module_register, oidc_issuer=issuer) as place:
        add_agencies(place)
        with place.open_client() as client:
            for path in ("/oauth/jwks", "/.well-known/oauth-authorization-server"):
                assert client.get(path).status_code == 404
            assert client.post("/oauth/token", data={"a": "b"}).status_code == 404
            given = {"Authorization": f"Bearer {make_token(issuer, aud=place.url)}"}
            found = client.get(f"{ROOT}/authorisations", headers=given)
            assert found.json()["clientId"] == "anna"
            nobody = make_token(issuer, aud=place.url, client_id="nobody")
            given = {"Authorization": f"Bearer {nobody}"}
            assert client.get(f"{ROOT}/authorisations", headers=given).status_code == 401
