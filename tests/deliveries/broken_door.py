"""A door that misbehaves as told: breaks off within parts, forgets to answer, renews tokens."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt

from tests.deliveries.reports_made_up import make_preview, make_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joserfc.jwk import Key

ROOT = "/deliveries/v1/deliveries"


@dataclass
class BrokenDoor:
    """What it holds, what it was asked, and what it does wrong."""

    key: Key
    client: str = "agency-a"
    url: str = ""
    deliveries: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    seen_jti: set[str] = field(default_factory=set)
    token: int = 0
    breaks: list[int] = field(default_factory=list)
    """Bytes of a part that are kept before the connection breaks, part by part."""
    swallows_last_answer: bool = False
    dies_when_whole: int = 0
    """How often it ends when all has come, before it says so in the delivery."""
    ends_soon: list[dict[str, Any]] = field(default_factory=list)
    """Authorisations, as it shows them."""
    forgets_tokens: int = 0
    second_person: bool = False
    undone_by: int | None = None
    report: dict[str, Any] = field(default_factory=make_report)

    def give_token(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        token = jwt.decode(form["client_assertion"][0], self.key, algorithms=["ES256"])
        claims = token.claims
        assert claims["iss"] == claims["sub"] == self.client
        assert token.header["kid"] == self.key.thumbprint()
        assert claims["exp"] - claims["iat"] <= 60
        if claims["aud"] != self.url or claims["jti"] in self.seen_jti:
            return 401, {"error": "invalid_client", "error_description": "client_assertion: aud"}
        self.seen_jti.add(claims["jti"])
        self.token += 1
        return 200, {"access_token": f"t{self.token}", "token_type": "Bearer", "expires_in": 300}

    def move(self, delivery: dict[str, Any], state: str) -> None:
        delivery["state"] = state
        delivery["history"].append({"state": state, "at": "", "actor": "worker", "detail": ""})

    def announce(self, body: dict[str, Any]) -> dict[str, Any]:
        number = f"d{len(self.deliveries) + 1}"
        file = {"name": body["fileName"], "size": body["size"], "received": 0}
        delivery = {
            "id": number,
            **{name: body[name] for name in ("region", "complete", "extractedAt")},
            "file": file | {"sha256": body["sha256"]},
            "state": "created",
            "createdBy": "bob",
            "createdAt": "2026-11-20T05:00:00Z",
            "history": [],
        }
        self.deliveries[number], self.files[number] = delivery, b""
        return delivery

    def look(self, delivery: dict[str, Any]) -> dict[str, Any]:
        """What is being worked at is done by the time it is looked at again."""
        shown = json.loads(json.dumps(delivery))
        if delivery["state"] == "received":
            rejected = self.report["verdict"] == "rejected"
            self.move(delivery, "rejected" if rejected else "checked")
        elif delivery.pop("undoing", False):
            self.move(delivery, "published")
            delivery["undoneBy"] = self.undone_by
            delivery["history"][-1]["detail"] = "" if self.undone_by else "It was not rolled back."
        elif delivery["state"] == "publishing":
            self.move(delivery, "published")
            delivery["releaseNumber"] = 7
        return shown


class Handler(BaseHTTPRequestHandler):
    door: BrokenDoor
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, content: Any = None, **headers: str) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_known(self) -> bool:
        self.door.asked.append(f"{self.command} {self.path}")
        is_known = self.headers["Authorization"] == f"Bearer t{self.door.token}"
        if is_known and self.door.forgets_tokens:
            self.door.forgets_tokens -= 1
            is_known = False
        if not is_known:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.answer(401, {"title": "Unauthorized"})
        return is_known

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        if target.path == "/.well-known/oauth-authorization-server":
            self.answer(200, {"issuer": self.door.url})
            return
        if not self.is_known():
            return
        if target.path == "/deliveries/v1/authorisations":
            self.answer(200, {"items": self.door.ends_soon})
            return
        if target.path == ROOT:
            asked = parse_qs(target.query)
            found = [d for d in self.door.deliveries.values() if [d["state"]] == asked["state"]]
            self.answer(200, {"items": found})
            return
        number, _, below = target.path.removeprefix(f"{ROOT}/").partition("/")
        if below == "report":
            self.answer(200, self.door.report)
        elif below == "preview":
            is_there = not self.door.report["rejections"]
            self.answer(*((200, make_preview()) if is_there else (404, {})))
        elif number in self.door.deliveries:
            version = str(len(self.door.deliveries[number]["history"]))
            self.answer(200, self.door.look(self.door.deliveries[number]), ETag=f'"{version}"')
        else:
            self.answer(
                404, {"title": "Resource Not Found", "detail": "There is no delivery here."}
            )

    def do_POST(self) -> None:
        target = urlsplit(self.path)
        if target.path == "/oauth/token":
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer(*self.door.give_token(parse_qs(body)))
            return
        if not self.is_known():
            return
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        number, _, below = target.path.removeprefix(ROOT).strip("/").partition("/")
        if not number:
            self.answer(201, self.door.announce(json.loads(text)))
        elif below == "pages":
            self.answer(201, {"href": f"{self.door.url}/page?s=1", "expiresAt": ""})
        else:
            delivery = self.door.deliveries[number]
            assert self.headers["If-Match"] == f'"{len(delivery["history"])}"'
            if below == "rollback":
                delivery["undoing"] = True
            goes = {"publish": "awaitingSecondPerson" if self.door.second_person else "publishing"}
            self.door.move(
                delivery,
                goes.get(
                    below,
                    {"withdraw": "withdrawn", "check": "received"}.get(below, delivery["state"]),
                ),
            )
            self.answer(202, {})

    def do_PUT(self) -> None:
        if not self.is_known():
            return
        number = self.path.removeprefix(f"{ROOT}/").partition("/")[0]
        delivery = self.door.deliveries[number]
        span, _, total = self.headers["Content-Range"].removeprefix("bytes ").partition("/")
        held = len(self.door.files[number])
        first, last = (held, held - 1) if span == "*" else map(int, span.split("-"))
        assert span == "*" or first <= last
        assert int(self.headers["Content-Length"]) == last - first + 1
        if first != held:
            self.rfile.read(last - first + 1)
            self.answer(409, {"title": "Conflict", "received": held, "state": delivery["state"]})
            return
        keeps = self.door.breaks.pop(0) if self.door.breaks else None
        part = self.rfile.read(last - first + 1 if keeps is None else keeps)
        self.door.files[number] += part
        delivery["file"]["received"] = held + len(part)
        self.door.move(delivery, "receiving")
        is_whole = held + len(part) == int(total)
        if is_whole and self.door.dies_when_whole:
            self.door.dies_when_whole -= 1
            self.answer(503, {"title": "Service Unavailable"})
            return
        if is_whole:
            digest = hashlib.sha256(self.door.files[number]).hexdigest()
            assert digest == delivery["file"]["sha256"]
            self.door.move(delivery, "received")
        if keeps is not None or (is_whole and self.door.swallows_last_answer):
            self.close_connection = True
            self.connection.close()
        else:
            offset = str(held + len(part))
            self.answer(202 if is_whole else 204, Upload_Offset=offset)


@contextmanager
def broken_door(key: Key) -> Iterator[BrokenDoor]:
    door = BrokenDoor(key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"door": door}))
    door.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
