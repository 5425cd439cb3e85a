"""A client of the agencies' door: tokens by private_key_jwt, uploads in parts that go on."""

import http.client
import json
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from socket import gaierror
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from joserfc.jwk import Key

from deploy.client_keys import sign_assertion
from importers.transfer import Patience
from registry.clock import utc_now
from registry.domain.errors import EnvironmentProblem, InputRefused

PART_BYTES = 8 << 20
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MARGIN_SECONDS = 30  # of a token's life: what is sent must arrive
_SILENCE_SECONDS = 120.0
_TELL_EVERY = timedelta(seconds=2)
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
_RECEIVES = {"created", "receiving"}
_ALL_BUT_404 = frozenset(range(400, 600)) - {404}

Document = dict[str, Any]


class DoorSilent(EnvironmentProblem):
    """No answer came, or none that says anything; another attempt may mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content(self) -> Document:
        """The JSON object in the body, {} when there is none."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def describe(self) -> str:
        """Return why it was refused, in the door's words."""
        told = self.content
        why = told.get("detail") or told.get("error_description") or told.get("title")
        issues = [
            f"{issue.get('name', '')}: {issue.get('detail') or issue.get('title')}".lstrip(": ")
            for issue in told.get("issues", ())
        ]
        return "\n  ".join([f"{why or 'no reason given'} (HTTP status {self.status})", *issues])


class _StayHere(HTTPRedirectHandler):
    """A 303 is an answer: where it leads is asked for by its own name."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing: a token goes to nobody else."""


_OPENER = build_opener(_StayHere)
_DIRECT = build_opener(_StayHere, ProxyHandler({}))  # a token for this machine stays on it


def check_door_url(url: str) -> str:
    """Return the door's address as its tokens name it; InputRefused unless others cannot listen."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not (is_safe and parts.hostname) or parts.query or parts.fragment or parts.username:
        raise InputRefused(
            f"{url}: no address of a door, such as https://deliveries.example.be"
            " (http only on this machine)"
        )
    return url.rstrip("/")


@dataclass(slots=True, kw_only=True)
class Door:
    """The door at `url`, seen by one client; keeps its token until shortly before its end."""

    url: str
    client_id: str
    key: Key = field(repr=False)
    progress: Callable[[str], None]
    patience: Patience = field(default_factory=lambda: Patience(silence_seconds=_SILENCE_SECONDS))
    clock: Callable[[], datetime] = utc_now
    _token: str = field(default="", repr=False)
    _good_until: float = 0.0
    _has_answered: bool = False

    def fetch(self, delivery_id: str, *below: str) -> Document:
        """Return a delivery, or a document below it."""
        return self.ask("GET", "deliveries", delivery_id, *below).content

    def find(self, delivery_id: str, *below: str) -> Document | None:
        """Return a document below a delivery, None when there is none."""
        reply = self.ask("GET", "deliveries", delivery_id, *below, refuses=_ALL_BUT_404)
        return None if reply.status == 404 else reply.content

    def list_with_state(self, state: str, region: str) -> list[Document]:
        """Return the first page of one's deliveries in a state."""
        reply = self.ask("GET", "deliveries", state=state, region=region)
        found: list[Document] = reply.content["items"]
        return found

    def create(self, announcement: Document) -> Document:
        """Announce a delivery; not tried twice, since both might be taken."""
        return self.ask("POST", "deliveries", content=announcement).content

    def act(self, delivery: Document, action: str, version: str) -> None:
        """Publish, withdraw, roll back or check a delivery as it was when `version` was read."""
        headers = {"If-Match": version}
        self.ask("POST", "deliveries", delivery["id"], action, headers=headers)

    def fetch_version(self, delivery_id: str) -> tuple[Document, str]:
        """Return a delivery with its ETag."""
        reply = self.ask("GET", "deliveries", delivery_id)
        return reply.content, reply.headers.get("etag", "")

    def ask(
        self,
        method: str,
        *path: str,
        content: Document | None = None,
        headers: Mapping[str, str] | None = None,
        refuses: Container[int] = range(400, 600),
        **query: str,
    ) -> Reply:
        """Send a request below /deliveries/v1; InputRefused when it is refused."""
        place = "/".join(quote(part, safe="/") for part in ("/deliveries/v1", *path))
        body = None if content is None else json.dumps(content).encode()
        given = {"Accept": "application/json"} | dict(headers or {})
        if body is not None:
            given["Content-Type"] = "application/json"
        target = f"{place}?{urlencode(query)}" if query else place
        pauses = iter(self.patience.pauses if method == "GET" else ())
        while True:
            try:
                reply = self._send_once(method, target, body, given)
            except DoorSilent as silence:
                self._pause(pauses, silence)
                continue
            if reply.status in refuses:
                raise InputRefused(f"{self.url} refused: {reply.describe()}")
            return reply

    def upload(self, delivery: Document, path: Path) -> None:
        """Send what is not there yet, part by part; goes on where a connection broke."""
        place = f"/deliveries/v1/deliveries/{quote(delivery['id'], safe='')}/file"
        size, received = path.stat().st_size, int(delivery["file"].get("received") or 0)
        pauses, tell_at = iter(self.patience.pauses), self.clock() + _TELL_EVERY
        with path.open("rb") as file:
            while True:
                try:
                    arrived = self._send_part(
                        place, file.seek(received), file.read(PART_BYTES), size
                    )
                except DoorSilent as silence:
                    self._pause(pauses, silence)
                    delivery = self.fetch(delivery["id"])
                    if delivery["state"] not in _RECEIVES:
                        return
                    arrived = int(delivery["file"]["received"])
                if arrived is None:
                    return
                if arrived > received:
                    pauses = iter(self.patience.pauses)
                    if self.clock() >= tell_at:
                        tell_at = self.clock() + _TELL_EVERY
                        self.progress(f"{arrived:,} of {size:,} bytes sent")
                received = arrived

    def _send_part(self, place: str, start: int, part: bytes, size: int) -> int | None:
        """Return how much is there now, None when it is whole.

        All may be there without the door having noted it: then it is asked to look again.
        """
        headers = {"Content-Type": "application/octet-stream"}
        span = f"{start}-{start + len(part) - 1}" if part else "*"
        headers["Content-Range"] = f"bytes {span}/{size}"
        reply = self._send_once("PUT", place, part, headers)
        if reply.status == 202:
            return None
        if reply.status == 204:
            return int(reply.headers["upload-offset"])
        if reply.status == 409 and "received" in reply.content:  # it has more, or is being sent
            raise DoorSilent(reply.describe())
        if reply.status == 507:
            raise EnvironmentProblem(f"{self.url} has no room: {reply.describe()}")
        raise InputRefused(f"{self.url} refused: {reply.describe()}")

    def _pause(self, pauses: Iterator[float], silence: DoorSilent) -> None:
        pause = next(pauses, None)
        if pause is None:
            raise silence
        self.progress(f"{silence}; again in {pause:g} s")
        self.patience.sleep(pause)

    def _send_once(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        """Send a request with a token, and again with a new one if that is not accepted."""
        reply = self._exchange(self._make_request(method, target, body, headers))
        if reply.status == 401:
            self._good_until = 0.0
            reply = self._exchange(self._make_request(method, target, body, headers))
        return reply

    def _make_request(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Request:
        given = {"Authorization": f"Bearer {self.fetch_token()}", **headers}
        return Request(self.url + target, body, given, method=method)  # noqa: S310 - checked

    def _exchange(self, request: Request) -> Reply:
        opener = _DIRECT if urlsplit(self.url).hostname in _LOOPBACK else _OPENER
        try:
            with opener.open(request, timeout=self.patience.silence_seconds) as response:
                reply = _read_reply(response)
        except HTTPError as error:
            with error:
                reply = _read_reply(error)
        except (URLError, OSError, http.client.HTTPException) as error:
            why = error.reason if isinstance(error, URLError) else error
            if isinstance(why, ConnectionRefusedError | gaierror) and not self._has_answered:
                raise EnvironmentProblem(
                    f"{self.url} does not answer: {why}. Is that the door's address (--url), and"
                    " does it run (on this machine: ./best up, with an agency)?"
                ) from error
            raise DoorSilent(f"{self.url} does not answer: {why}") from error
        self._has_answered = True
        if reply.status in _TRANSIENT:
            raise DoorSilent(reply.describe())
        return reply

    def fetch_token(self) -> str:
        """Return an access token that is good for half a minute more at least."""
        now = self.clock().timestamp()
        if now >= self._good_until:
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": sign_assertion(
                    self.key, self.client_id, self.url, self.clock()
                ),
            }
            body = urlencode(form).encode()
            reply = self._exchange(Request(f"{self.url}/oauth/token", body))  # noqa: S310 - checked
            if reply.status != 200:
                raise InputRefused(
                    f"{self.url} gives {self.client_id} no token: {reply.describe()}\n"
                    f"{self._guess_why()}"
                )
            self._token = str(reply.content["access_token"])
            self._good_until = now + float(reply.content["expires_in"]) - _MARGIN_SECONDS
        return self._token

    def _guess_why(self) -> str:
        place = f"{self.url}/.well-known/oauth-authorization-server"
        issuer = self._exchange(Request(place)).content.get("issuer", self.url)  # noqa: S310
        if issuer != self.url:
            return f"The door calls itself {issuer}: that is its --url."
        return (
            "Is --client the name it was given, is the key registered and the agency not suspended,"
            " and is this machine's clock right?"
        )


def _read_reply(response: Any) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status, headers=headers, body=response.read())
