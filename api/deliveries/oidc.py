"""Access tokens of the organisation's own issuer: discovered, and its keys kept a while."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from api.deliveries.jose import (
    OWN_ALGORITHMS,
    Key,
    TokenRefused,
    check_period,
    check_signature,
    read_jwt,
    read_key,
    read_text,
)
from api.deliveries.strict_json import JsonRefused, read_object
from api.problems import SERVICE_UNAVAILABLE, Problem
from registry.domain.errors import EnvironmentProblem

_ALGORITHMS: Final = OWN_ALGORITHMS | {"RS256", "PS256"}
_TYPES: Final = frozenset({"at+jwt", "application/at+jwt", "jwt"})
_LARGEST_DOCUMENT: Final = 262_144
_KEPT_SECONDS: Final = 600
_PAUSE_SECONDS: Final = 60

Fetch = Callable[[str], Mapping[str, Any]]


def check_issuer_url(url: str) -> str:
    """Return an address that nobody between can answer for: https, or on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise EnvironmentProblem(f"BEST_OIDC_ISSUER must begin with https://; it is {url!r}.")
    if parts.query or parts.fragment or parts.username:
        raise EnvironmentProblem(f"BEST_OIDC_ISSUER must be a bare address; it is {url!r}.")
    return url


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def fetch_document(url: str) -> Mapping[str, Any]:
    """Return a JSON document; no redirect is followed, five seconds and 256 KiB are enough."""
    check_issuer_url(url)
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if _is_loopback(urlsplit(url).hostname):
        handlers.append(urllib.request.ProxyHandler({}))
    with urllib.request.build_opener(*handlers).open(url, timeout=5) as answer:
        return read_object(answer.read(_LARGEST_DOCUMENT + 1), limit=_LARGEST_DOCUMENT)


@dataclass(slots=True, kw_only=True)
class OrganisationIssuer:
    """Reads tokens of `issuer` that are meant for `audience`.

    Its keys are asked for again after ten minutes, and when a token names one that is not among
    them, but then at most once a minute: nobody makes us call by sending names.
    """

    issuer: str
    audience: str
    fetch: Fetch = fetch_document
    clock: Callable[[], float] = time.monotonic
    _keys: dict[str, Key] = field(default_factory=dict, init=False)
    _asked: float = field(default=-1e9, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def find_client(self, text: str, now: float) -> str:
        """Return the client of a token, or raise TokenRefused."""
        token = read_jwt(text, types=_TYPES)
        kid = token.header.get("kid")
        if kid is None:
            raise TokenRefused("kid")
        check_signature(token, self._find_key(kid), _ALGORITHMS)
        if token.claims.get("iss") != self.issuer:
            raise TokenRefused("iss")
        audience = token.claims.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise TokenRefused("aud")
        check_period(token.claims, now, lifetime=None)
        named = next((n for n in ("client_id", "azp", "sub") if n in token.claims), "client_id")
        return read_text(token.claims, named)

    def _find_key(self, kid: str) -> Key:
        with self._lock:
            age = self.clock() - self._asked
            if age > _KEPT_SECONDS or (kid not in self._keys and age > _PAUSE_SECONDS):
                self._asked = self.clock()
                self._refresh()
            if kid not in self._keys:
                raise TokenRefused("kid")
            return self._keys[kid]

    def _refresh(self) -> None:
        try:
            keys = self.fetch(str(self._discover()["jwks_uri"])).get("keys")
            self._keys = dict(_read_keys(keys if isinstance(keys, list) else []))
        except (OSError, JsonRefused, KeyError, EnvironmentProblem):
            if not self._keys:  # keys that were good a while ago are better than none
                detail = "The issuer of access tokens does not answer as it should."
                headers = {"Retry-After": "60"}
                raise Problem(type=SERVICE_UNAVAILABLE, detail=detail, headers=headers) from None

    def _discover(self) -> Mapping[str, Any]:
        """OpenID Connect puts the well-known name behind the path, RFC 8414 before it."""
        parts = urlsplit(self.issuer)
        path = parts.path.rstrip("/")
        origin = f"{parts.scheme}://{parts.netloc}"
        try:
            document = self.fetch(f"{origin}{path}/.well-known/openid-configuration")
        except urllib.error.HTTPError:
            document = self.fetch(f"{origin}/.well-known/oauth-authorization-server{path}")
        if document.get("issuer") != self.issuer:
            raise KeyError("issuer")
        return document


def _read_keys(keys: list[Any]) -> list[tuple[str, Key]]:
    found = []
    for jwk in keys:
        if isinstance(jwk, dict) and isinstance(jwk.get("kid"), str) and jwk.get("use") != "enc":
            try:
                found.append((jwk["kid"], read_key(jwk)))
            except TokenRefused:
                continue  # of a kind that we do not read
    return found
