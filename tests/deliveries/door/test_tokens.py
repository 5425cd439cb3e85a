"""Who gets a token, and which tokens open the door: every attack of the list is refused."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey

from api.deliveries.door import ROOT
from registry.clock import utc_now
from registry.deliveries.agencies import resume_agency, retire_keys, suspend_agency
from registry.store.connections import Role, connect
from tests.deliveries.door.serving import (
    Place,
    announce,
    ask_token,
    decode,
    encode,
    make_claims,
    make_header,
    sign,
    sign_raw,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2


def test_both_algorithms_get_a_token_that_opens_the_door(place: Place) -> None:
    for client_id in ("anna", "ben"):
        answer = ask_token(place, sign(place, client_id), client_id=client_id)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["token_type"] == "Bearer"  # noqa: S105 - of RFC 6750
        assert answer.json()["expires_in"] == 300
        found = _ask(place, answer.json()["access_token"]).json()
        assert (found["clientId"], found["items"][0]["region"]) == (client_id, "BE-BRU")


def test_the_name_of_rfc_8037_is_taken_too(place: Place) -> None:
    assertion = sign(place, "anna", header={"alg": "EdDSA"})
    assert ask_token(place, assertion).status_code == 200


def test_the_type_of_the_draft_is_taken_too(place: Place) -> None:
    assertion = sign(place, "anna", header={"typ": "client-authentication+jwt"})
    assert ask_token(place, assertion).status_code == 200


def test_a_client_of_two_keys_takes_either(place: Place) -> None:
    for name in ("bot", "bot2"):
        assert ask_token(place, sign(place, "bot", key=place.keys[name])).status_code == 200


def _why(answer: httpx2.Response) -> str:
    assert answer.status_code == 401, answer.text
    body = answer.json()
    assert body["error"] == "invalid_client"
    return str(body["error_description"]).removeprefix("client_assertion: ")


def _alg(name: str) -> Callable[[Place], str]:
    def make(place: Place) -> str:
        signed = sign(place, "ben").split(".")
        header = json.loads(decode(signed[0])) | {"alg": name}
        return ".".join([encode(json.dumps(header).encode()), signed[1], ""])

    return make


def _hs256(place: Place) -> str:
    import hashlib
    import hmac

    key = place.keys["ben"]
    header = make_header(key, alg="HS256")
    payload = json.dumps(make_claims(place, "ben")).encode()
    signed = f"{encode(json.dumps(header).encode())}.{encode(payload)}"
    secret = key.as_pem(private=False)
    return f"{signed}.{encode(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def _embedded(place: Place) -> str:
    mine = ECKey.generate_key("P-256")
    header = make_header(mine, jwk=mine.as_dict(private=False))
    return sign_raw(header, json.dumps(make_claims(place, "ben")).encode(), mine)


def _unknown_key_of_that_name(place: Place) -> str:
    mine = ECKey.generate_key("P-256")
    return sign(place, "ben", key=mine, header={"kid": place.keys["ben"].thumbprint()})


def _with(**claims: Any) -> Callable[[Place], str]:
    return lambda place: sign(place, "ben", **claims)


def _at(**seconds: float) -> Callable[[Place], str]:
    return lambda place: sign(
        place, "ben", **{name: int(time.time() + value) for name, value in seconds.items()}
    )


def _header(**members: Any) -> Callable[[Place], str]:
    return lambda place: sign(place, "ben", header=members)


def _raw(payload: bytes) -> Callable[[Place], str]:
    return lambda place: sign_raw(make_header(place.keys["ben"]), payload, place.keys["ben"])


def _twice(place: Place) -> str:
    claims = json.dumps(make_claims(place, "ben"))[:-1] + ', "sub": "anna"}'
    return sign_raw(make_header(place.keys["ben"]), claims.encode(), place.keys["ben"])


def _header_twice(place: Place) -> str:
    key = place.keys["ben"]
    header = json.dumps(make_header(key))[:-1] + ', "alg": "ES256"}'
    return sign_raw(header.encode(), json.dumps(make_claims(place, "ben")).encode(), key)


def _nested(place: Place) -> str:
    key = place.keys["ben"]
    return sign_raw(make_header(key, cty="JWT"), sign(place, "ben").encode(), key)


def _access_token(place: Place) -> str:
    return str(ask_token(place, sign(place, "ben")).json()["access_token"])


ATTACKS: dict[str, tuple[str, Callable[[Place], str]]] = {
    "alg none": ("form", _alg("none")),
    "alg None": ("form", _alg("None")),
    "alg NoNe": ("form", _alg("NoNe")),
    "alg none with a signature": ("alg", _header(alg="none")),
    "HS256 with the public key": ("alg", _hs256),
    "RS256": ("alg", _header(alg="RS256")),
    "kid lacks": ("kid", _header(kid=...)),
    "kid that is a path": ("kid", _header(kid="../../../../dev/null")),
    "kid that is SQL": ("kid", _header(kid="' or '1'='1")),
    "kid that is a list": ("header", _header(kid=["a"])),
    "kid and key of another client": (
        "kid",
        lambda place: sign(place, "ben", key=place.keys["veerle"]),
    ),
    "another key under the name of ours": ("signature", _unknown_key_of_that_name),
    "embedded jwk": ("header", _embedded),
    "jku": ("header", _header(jku="http://127.0.0.1:1/keys")),
    "x5u": ("header", _header(x5u="http://127.0.0.1:1/keys")),
    "x5c": ("header", _header(x5c=["AA"])),
    "crit": ("header", _header(crit=["exp"])),
    "b64": ("header", _header(b64=False, crit=["b64"])),
    "typ lacks": ("header", _header(typ=...)),
    "typ of an access token": ("typ", _header(typ="at+jwt")),
    "typ of something else": ("typ", _header(typ="dpop+jwt")),
    "an access token": ("typ", _access_token),
    "expired": ("exp", _at(iat=-70, exp=-10)),
    "not yet valid": ("nbf", _at(nbf=30)),
    "issued in the future": ("iat", _at(iat=30)),
    "61 seconds ahead": ("lifetime", _at(exp=62)),
    "a year ahead": ("lifetime", _at(exp=31_536_000)),
    "issued long ago, living on": ("lifetime", _at(iat=-120, exp=10)),
    "exp is text": ("exp", _with(exp="2000000000")),
    "exp is a fraction": ("exp", _with(exp=time.time() + 20.5)),
    "exp is true": ("exp", _with(exp=True)),
    "exp lacks": ("exp", _with(exp=...)),
    "iat lacks": ("iat", _with(iat=...)),
    "jti lacks": ("jti", _with(jti=...)),
    "jti is short": ("jti", _with(jti="1")),
    "jti is long": ("jti", _with(jti="a" * 129)),
    "aud lacks": ("aud", _with(aud=...)),
    "aud is a list with us": ("aud", lambda place: sign(place, "ben", aud=[place.url])),
    "aud is the token endpoint": (
        "aud",
        lambda place: sign(place, "ben", aud=f"{place.url}/oauth/token"),
    ),
    "aud with a slash": ("aud", lambda place: sign(place, "ben", aud=f"{place.url}/")),
    "aud of another service": ("aud", _with(aud="https://links.example.be")),
    "iss is another client": ("kid", _with(iss="veerle")),
    "sub is another client": ("sub", _with(sub="anna")),
    "iss is a list": ("iss", _with(iss=["ben"])),
    "iss has a NUL": ("iss", _with(iss="ben\x00", sub="ben\x00")),
    "iss of nobody": ("kid", _with(iss="nobody", sub="nobody")),
    "iss of the worker": ("kid", _with(iss="worker", sub="worker")),
    "members twice": ("claims", _twice),
    "header members twice": ("header", _header_twice),
    "not an object": ("claims", _raw(b'["ben"]')),
    "infinity": ("claims", _raw(b'{"iss": "ben", "exp": Infinity}')),
    "a number without end": ("claims", _raw(b'{"exp": ' + b"9" * 5000 + b"}")),
    "deep": ("claims", _raw(b'{"a":' + b"[" * 2500 + b"]" * 2500 + b"}")),
    "not UTF-8": ("claims", _raw(b'{"iss": "\xff"}')),
    "nested": ("header", _nested),
    "nine kilobytes": ("form", _with(more="a" * 9_000)),
    "no token at all": ("form", lambda _: "a.b"),
    "five parts": ("form", lambda place: sign(place, "ben") + ".AA.AA"),
    "padded": ("form", lambda place: sign(place, "ben") + "=="),
}


@pytest.mark.parametrize(("why", "make"), ATTACKS.values(), ids=ATTACKS)
def test_an_assertion_is_refused(place: Place, why: str, make: Callable[[Place], str]) -> None:
    assert _why(ask_token(place, make(place))) == why


def test_an_assertion_is_good_once_for_all_workers(place: Place) -> None:
    from tests.deliveries.door.serving import serving

    assertion = sign(place, "ben")
    assert ask_token(place, assertion).status_code == 200
    assert _why(ask_token(place, assertion)) == "jti was used before"
    with serving(place.settings) as other:  # another process would be no other: the rows decide
        once = sign(place, "ben", aud=other.url, jti="the-same-jti")
        twice = sign(place, "ben", jti="the-same-jti")
        assert ask_token(other, once).status_code == 200
        assert _why(ask_token(place, twice)) == "jti was used before"


@pytest.mark.parametrize(
    ("error", "changed"),
    [
        ("unsupported_grant_type", {"grant_type": "password"}),
        ("invalid_client", {"client_assertion_type": "jwt"}),
        ("invalid_client", {"client_id": "anna"}),
        ("invalid_scope", {"scope": "everything"}),
        ("invalid_request", {"client_secret": "x"}),
    ],
)
def test_a_form_is_refused(place: Place, error: str, changed: dict[str, str]) -> None:
    answer = ask_token(place, sign(place, "ben"), **changed)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error


def test_bodies_that_are_no_forms_are_refused(place: Place) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with place.open_client() as client:
        for body in (b"", b"\xff=1", b"grant_type=a&grant_type=b", b"&".join([b"a=1"] * 20)):
            answer = client.post("/oauth/token", content=body, headers=form)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        large = client.post("/oauth/token", content=b"a" * 10_000_000, headers=form)
        assert large.status_code == 413
        assert client.post("/oauth/token", json={}).json()["error"] == "invalid_request"


def _ask(place: Place, token: str, **headers: str) -> httpx2.Response:
    given = {"Authorization": f"Bearer {token}", **headers}
    with place.open_client() as client:
        return client.get(f"{ROOT}/authorisations", headers=given)


def _forge(place: Place, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """An access token that is signed with the right key, and wrong in one thing."""
    assert place.door.issuer is not None
    tokens = place.door.issuer.tokens
    now = int(time.time())
    told = {
        "iss": place.url,
        "aud": place.url,
        "sub": "ben",
        "client_id": "ben",
        "kid": place.keys["ben"].thumbprint(),
        "iat": now,
        "exp": now + 300,
        "jti": "a-jti-of-its-own",
        **claims,
    }
    made = {"alg": "ES256", "typ": "at+jwt", "kid": tokens._kid, **(header or {})}
    return sign_raw(made, json.dumps(told).encode(), tokens._key)


def test_a_token_of_ours_is_as_the_tests_forge_them(place: Place) -> None:
    assert _ask(place, _forge(place)).status_code == 200


ACCESS_ATTACKS: dict[str, Callable[[Place], str]] = {
    "an assertion": lambda place: sign(place, "ben"),
    "typ JWT": lambda place: _forge(place, {"typ": "JWT"}),
    "alg none": lambda place: _forge(place).rpartition(".")[0] + ".",
    "kid": lambda place: _forge(place, {"kid": place.keys["ben"].thumbprint()}),
    "signed by a client": lambda place: sign_raw(
        make_header(place.keys["ben"], typ="at+jwt", kid=place.door.issuer.tokens._kid),  # type: ignore[union-attr]
        decode(_forge(place).split(".")[1]),
        place.keys["ben"],
    ),
    "aud of another service": lambda place: _forge(place, aud="https://links.example.be"),
    "aud list": lambda place: _forge(place, aud=[place.url]),
    "other issuer": lambda place: _forge(place, iss="https://other.example.be"),
    "long": lambda place: _forge(place, exp=int(time.time()) + 400),
    "nobody": lambda place: _forge(place, client_id="nobody"),
    "no key of its client": lambda place: _forge(place, kid=place.keys["veerle"].thumbprint()),
    "no key": lambda place: _forge(place, kid=None),
    "text": lambda _: "abc",
}


@pytest.mark.parametrize("make", ACCESS_ATTACKS.values(), ids=ACCESS_ATTACKS)
def test_an_access_token_is_refused(place: Place, make: Callable[[Place], str]) -> None:
    answer = _ask(place, make(place))
    assert answer.status_code == 401
    assert answer.json()["type"].endswith(":invalidAccessToken")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_an_old_token_and_none_are_said(place: Place) -> None:
    now = int(time.time())
    old = _ask(place, _forge(place, iat=now - 301, exp=now - 1))
    assert old.json()["type"].endswith(":expiredAccessToken")
    with place.open_client() as client:
        none = client.get(f"{ROOT}/authorisations")
        basic = client.get(f"{ROOT}/authorisations", auth=("ben", "x"))
    assert (none.status_code, none.json()["type"]) == (
        401,
        "urn:problem-type:belgif:noAccessToken",
    )
    assert basic.status_code == 401


def test_a_living_token_of_a_suspended_agency_opens_nothing(place: Place) -> None:
    token = ask_token(place, sign(place, "wout")).json()["access_token"]
    assert _ask(place, token).status_code == 200
    with connect(place.settings, Role.OWNER) as connection:
        suspend_agency(connection, "wal", utc_now())
    assert _ask(place, token).status_code == 401
    assert _why(ask_token(place, sign(place, "wout"))) == "kid"
    with connect(place.settings, Role.OWNER) as connection:
        resume_agency(connection, "wal")
    assert _ask(place, token).status_code == 200


def test_what_was_got_with_a_key_ends_with_it(place: Place) -> None:
    """A token and a page: who has the key that was taken from its owner has nothing any more."""
    with place.as_client("bot") as thief:
        path = announce(thief)
        page = thief.post(f"{path}/pages").json()["href"]
        assert (thief.get(path).status_code, thief.get(page).status_code) == (200, 200)
        with connect(place.settings, Role.OWNER) as connection:
            retire_keys(connection, "bot", utc_now(), kept=place.keys["bot2"].thumbprint())
        assert thief.get(path).json()["type"].endswith(":invalidAccessToken")
        assert thief.post(f"{path}/withdraw", headers={"If-Match": "*"}).status_code == 401
        with place.open_client() as browser:
            assert browser.get(page).status_code == 404
    token = ask_token(place, sign(place, "bot", key=place.keys["bot2"])).json()["access_token"]
    assert _ask(place, token).status_code == 200


def test_metadata_and_keys_are_those_of_the_issuer(place: Place) -> None:
    from joserfc import jwt
    from joserfc.jwk import KeySet

    with place.open_client() as client:
        metadata = client.get("/.well-known/oauth-authorization-server").json()
        keys = client.get(metadata["jwks_uri"]).json()
    assert metadata["issuer"] == place.url
    assert metadata["token_endpoint"] == f"{place.url}/oauth/token"
    assert all("d" not in key for key in keys["keys"])
    token = ask_token(place, sign(place, "ben")).json()["access_token"]
    read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["ES256"])
    assert read.claims["aud"] == place.url


def test_the_client_of_authlib_gets_a_token(place: Place) -> None:
    """Another library's assertion, told what ours wants: audience and lifetime."""
    from authlib.oauth2.rfc7523 import private_key_jwt_sign

    assertion = private_key_jwt_sign(
        place.keys["ben"],
        "ben",
        place.url,
        alg="ES256",
        header={"alg": "ES256", "kid": place.keys["ben"].thumbprint()},
        claims={"exp": int(time.time()) + 55},
    )
    assert ask_token(place, assertion).status_code == 200
