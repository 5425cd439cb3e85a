"""The other side of the door: how a program of an organisation asks. Bench, demo, tests use it."""

import http.client
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode, urlsplit

import orjson

from links.api.dpop import hash_token
from links.api.jose import PrivateKey, make_jwk, sign_jws
from links.clock import utc_now

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content(self) -> dict[str, object]:
        """The JSON object in the body."""
        content: dict[str, object] = orjson.loads(self.body)
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """A client with its registered key and a key for DPoP; `url` is where the wall is reached."""

    issuer: str
    client: str
    kid: str
    key: PrivateKey = field(repr=False)
    possession: PrivateKey = field(repr=False)
    url: str = ""
    clock: Callable[[], datetime] = utc_now

    def make_assertion(self, **changed: object) -> str:
        """Return a client assertion, for 30 seconds; `changed` claims are wrong ones."""
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.client,
            "sub": self.client,
            "aud": self.issuer,
            "iat": now,
            "exp": now + 30,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"typ": "client-authentication+jwt", "kid": self.kid}
        return sign_jws(header, orjson.dumps(claims | changed), self.key)

    def make_proof(self, method: str, path: str, token: str | None, **changed: object) -> str:
        """Return a DPoP proof for one request."""
        claims: dict[str, object] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": self.issuer + path,
            "iat": int(self.clock().timestamp()),
        }
        if token is not None:
            claims["ath"] = hash_token(token)
        header = {"typ": "dpop+jwt", "jwk": make_jwk(self.possession.public_key())}
        return sign_jws(header, orjson.dumps(claims | changed), self.possession)

    def sign(self, path: str, content: object, **changed: object) -> str:
        """Return the signed request: what is asked, of which address of the wall; used once."""
        header = {
            "typ": "links-request+jws",
            "kid": self.kid,
            "url": self.issuer + path,
            "iat": int(self.clock().timestamp()),
            "jti": secrets.token_urlsafe(16),
        }
        return sign_jws(header | changed, orjson.dumps(content), self.key)

    def fetch_token(self, scope: str | None = None) -> str:
        """Return an access token for some or all of the client's deliberations."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self.make_assertion(),
        } | ({} if scope is None else {"scope": scope})
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "dpop": self.make_proof("POST", "/oauth/token", None),
        }
        reply = self.send("POST", "/oauth/token", headers, urlencode(form).encode())
        return str(reply.content["access_token"])

    def ask(self, path: str, content: object, token: str) -> Reply:
        """Send a signed request with a fresh proof."""
        headers = self.make_headers("POST", path, token) | {"content-type": "application/jose"}
        return self.send("POST", path, headers, self.sign(path, content).encode())

    def fetch(self, path: str, token: str) -> Reply:
        """Send a GET with a fresh proof."""
        return self.send("GET", path, self.make_headers("GET", path, token))

    def make_headers(self, method: str, path: str, token: str) -> dict[str, str]:
        """Return the headers that show the token and that it is ours."""
        proof = self.make_proof(method, path, token)
        return {"authorization": f"DPoP {token}", "dpop": proof}

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        """Send a request as it is."""
        connection = http.client.HTTPConnection(
            urlsplit(self.url or self.issuer).netloc, timeout=30
        )
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Reply(status=response.status, headers=received, body=content)
