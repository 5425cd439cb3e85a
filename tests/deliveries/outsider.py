"""An agency's own program: PyJWT, an HTTP client, and of ours nothing but an address."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import jwt

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AT_WORK = {"received", "checking", "publishing"}


@dataclass(slots=True, kw_only=True)
class Outsider:
    """One member of an agency, with a token that is asked for again when it is old."""

    url: str
    client_id: str
    key: EllipticCurvePrivateKey
    kid: str
    _token: str = ""
    _until: float = 0.0
    _http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        self._http = httpx2.Client(base_url=self.url, timeout=60)

    def close(self) -> None:
        self._http.close()

    def fetch_token(self) -> str:
        if time.monotonic() > self._until:
            metadata = self._http.get("/.well-known/oauth-authorization-server").json()
            now = int(time.time())
            claims = {
                "iss": self.client_id,
                "sub": self.client_id,
                "aud": metadata["issuer"],
                "iat": now,
                "exp": now + 60,
                "jti": secrets.token_urlsafe(16),
            }
            assertion = jwt.encode(claims, self.key, "ES256", headers={"kid": self.kid})
            answer = self._http.post(
                metadata["token_endpoint"],
                data={
                    "grant_type": "client_credentials",
                    "client_assertion_type": ASSERTION,
                    "client_assertion": assertion,
                },
            )
            assert answer.status_code == 200, answer.text
            self._token = answer.json()["access_token"]
            self._until = time.monotonic() + answer.json()["expires_in"] - 10
        return self._token

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.fetch_token()}"} | options.pop("headers", {})
        return self._http.request(method, path, headers=headers, **options)

    def announce(self, path: Path, **members: Any) -> str:
        """Create a delivery of a file; return its address."""
        content = {"complete": True, "fileName": path.name, **members}
        answer = self.ask("POST", "/deliveries/v1/deliveries", json=content)
        assert answer.status_code == 201, answer.text
        return str(httpx2.URL(answer.headers["Location"]).path)

    def upload(self, delivery: str, path: Path) -> None:
        answer = self.ask("PUT", f"{delivery}/file", content=path.read_bytes())
        assert answer.status_code == 202, answer.text

    def wait(self, delivery: str, seconds: float = 60) -> dict[str, Any]:
        """Follow a delivery until nobody is at work on it."""
        until = time.monotonic() + seconds
        while True:
            content: dict[str, Any] = self.ask("GET", delivery).json()
            if content["state"] not in AT_WORK and not content.get("undoing"):
                return content
            assert time.monotonic() < until, content
            time.sleep(0.05)

    def act(self, delivery: str, verb: str) -> httpx2.Response:
        """Publish, withdraw, check or roll back, as it is known to be now."""
        etag = self.ask("GET", delivery).headers["ETag"]
        return self.ask("POST", f"{delivery}/{verb}", headers={"If-Match": etag})

    def deliver(self, path: Path, **members: Any) -> tuple[str, dict[str, Any]]:
        """Announce, upload and wait for the check."""
        delivery = self.announce(path, **members)
        self.upload(delivery, path)
        return delivery, self.wait(delivery)

    def read(self, address: str) -> dict[str, Any]:
        """GET a document."""
        answer = self.ask("GET", address)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content
