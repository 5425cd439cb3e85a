"""A door behind a real server on a port of its own, three agencies before it, and their keys."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import uvicorn
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from api.deliveries.app import make_door
from api.deliveries.options import DoorOptions
from api.deliveries.server import make_config
from registry.clock import utc_now
from registry.deliveries.agencies import add_agency, add_key, add_member, grant_authorisation
from registry.deliveries.states import Authorisation
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

    from api.deliveries.door import Door
    from registry.settings import Settings

Key = ECKey | OKPKey
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ROOT = "/deliveries/v1"
EXTRACTED = "2026-11-20T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A door that is served, and who may come to it."""

    url: str
    settings: Settings
    app: FastAPI
    keys: dict[str, Key]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def door(self) -> Door:
        door: Door = self.app.state.door
        return door

    def open_client(self, **options: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=20, verify=False, **options)

    def as_client(self, client_id: str, **options: Any) -> httpx2.Client:
        """A client of the API with an access token."""
        if client_id not in self.tokens:
            answer = ask_token(self, sign(self, client_id))
            assert answer.status_code == 200, answer.text
            self.tokens[client_id] = answer.json()["access_token"]
        headers = {"Authorization": f"Bearer {self.tokens[client_id]}"}
        return self.open_client(headers=headers, **options)


@contextlib.contextmanager
def serving(settings: Settings, **options: Any) -> Iterator[Place]:
    listening = socket.create_server(("127.0.0.1", 0))  # the server's own: nobody comes between
    port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = make_door(settings, url, DoorOptions(**{"rate_limit": 0, **options}))
    server = uvicorn.Server(make_config(app, port=port))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield Place(url=url, settings=settings, app=app, keys={})
    finally:
        server.should_exit = True
        thread.join(timeout=15)
        listening.close()


def wait_until(is_so: Callable[[], object], seconds: float = 30) -> None:
    """Return once it is so; a machine with much else to do is no failure."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it never was so"
        time.sleep(0.02)


def add_agencies(place: Place) -> None:
    """Add an agency a region: `bru` with anna (publishes alone), ben, a program with two keys."""
    now = utc_now()
    members = {"bru": ("anna", "ben", "bot"), "vlg": ("veerle",), "wal": ("wout",)}
    with connect(place.settings, Role.OWNER) as connection:
        for region in Region:
            add_agency(connection, region, f"Agency of {region.label}", now)
            for client_id in members[region]:
                add_member(connection, region, client_id, client_id.capitalize(), now)
                add_new_key(place, connection, client_id)
            grant(connection, region, alone=members[region][:1])
        add_new_key(place, connection, "bot", name="bot2")


def add_new_key(place: Place, connection: Any, client_id: str, name: str = "") -> None:
    is_ec = client_id != "anna"
    key: Key = ECKey.generate_key("P-256") if is_ec else OKPKey.generate_key("Ed25519")
    add_key(connection, client_id, key.as_dict(private=False), utc_now())
    place.keys[name or client_id] = key


def grant(connection: Any, region: Region, *, alone: tuple[str, ...] = (), days: int = 365) -> None:
    now = utc_now()
    authorisation = Authorisation(
        agency_id=region,
        region=region,
        kinds=frozenset(Resource),
        valid_from=now - timedelta(days=400),
        valid_to=now + timedelta(days=days),
        publishing_alone=frozenset(alone),
    )
    grant_authorisation(connection, authorisation, now)


def make_claims(place: Place, client_id: str, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": place.url,
        "iat": now,
        "exp": now + 50,
        "jti": urlsafe_b64encode(datetime.now(UTC).isoformat().encode()).decode().strip("="),
    }
    return {name: value for name, value in (claims | changed).items() if value is not ...}


def make_header(key: Key, **changed: Any) -> dict[str, Any]:
    algorithm = "ES256" if isinstance(key, ECKey) else "Ed25519"
    header = {"alg": algorithm, "typ": "JWT", "kid": key.thumbprint()}
    return {name: value for name, value in (header | changed).items() if value is not ...}


def sign(
    place: Place,
    client_id: str,
    *,
    key: Key | None = None,
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """An assertion; `...` leaves a claim or a member of the header out."""
    key = key or place.keys[client_id]
    payload = json.dumps(make_claims(place, client_id, **claims)).encode()
    return sign_raw(make_header(key, **(header or {})), payload, key)


def sign_raw(header: dict[str, Any] | bytes, payload: bytes, key: Key) -> str:
    """Sign whatever it is: joserfc would refuse much of it."""
    algorithm = "ES256" if isinstance(key, ECKey) else "Ed25519"
    encoded = json.dumps(header).encode() if isinstance(header, dict) else header
    signed = f"{encode(encoded)}.{encode(payload)}"
    model = jws.JWSRegistry.algorithms[algorithm]
    return f"{signed}.{encode(model.sign(signed.encode(), key))}"


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def ask_token(place: Place, assertion: str, **changed: str) -> httpx2.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    with place.open_client() as client:
        return client.post("/oauth/token", data=form | changed)


def announce(client: httpx2.Client, **changed: Any) -> str:
    """Announce a delivery of Brussels and return its path."""
    body = {"region": "BE-BRU", "complete": True, "extractedAt": EXTRACTED, "fileName": "f.zip"}
    answer = client.post(f"{ROOT}/deliveries", json=body | changed)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].removeprefix(str(client.base_url).rstrip("/"))
