"""Access tokens of the organisation's own issuer: discovered, and its keys kept a while."""

import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from api.deliveries.jose import (
    OWN_ALGORITHMS,
    SKEW,
    Bearer,
    Key,
    TokenRefused,
    check_period,
    check_signature,
    read_jwt,
    read_key,
    read_text,
)
from api.deliveries.strict_json import read_object
from api.problems import SERVICE_UNAVAILABLE, Problem
from registry.domain.errors import EnvironmentProblem

_ALGORITHMS: Final = OWN_ALGORITHMS | {"RS256", "PS256"}
_TYPES: Final = frozenset({"at+jwt", "application/at+jwt", "jwt"})
_LARGEST_DOCUMENT: Final = 262_144
_KEPT_SECONDS: Final = 600
_PAUSE_SECONDS: Final = 60
_FETCH_SECONDS: Final = 5.0
_LONGEST_SECONDS: Final = 86_400  # common issuers give up to ninety minutes; not years
_OF_ID_TOKENS: Final = frozenset({"nonce", "at_hash", "c_hash"})
_VISIBLE: Final = re.compile(r"[!-~]+")

Fetch = Callable[[str], Mapping[str, Any]]


def check_issuer_url(url: str) -> str:
    """Return an address that nobody between can answer for: https, or on this machine."""
    parts = urlsplit(url)
    if not _VISIBLE.fullmatch(url) or not parts.hostname:  # urlsplit drops line ends unasked
        raise EnvironmentProblem(f"BEST_OIDC_ISSUER must be an address; it is {url!r}.")
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
    found: Future[Mapping[str, Any]] = Future()
    threading.Thread(target=_settle, args=(found, url), daemon=True).start()
    return found.result(timeout=_FETCH_SECONDS)  # of all: urllib's own is for each read


def _settle(found: Future[Mapping[str, Any]], url: str) -> None:
    try:
        found.set_result(_read_document(url))
    except Exception as error:  # noqa: BLE001 - raised again where it was asked for
        found.set_exception(error)


def _read_document(url: str) -> Mapping[str, Any]:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if _is_loopback(urlsplit(url).hostname):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=_FETCH_SECONDS) as answer:
            return read_object(answer.read(_LARGEST_DOCUMENT + 1), limit=_LARGEST_DOCUMENT)
    except urllib.error.HTTPError as error:
        error.close()
        raise


@dataclass(slots=True, kw_only=True)
class OrganisationIssuer:
    """Reads tokens of `issuer` that are meant for `audience`.

    Its keys are asked for again after ten minutes, and when a token names one that is not among
    them, but then at most once a minute: nobody makes us call by sending names. One request waits
    for the answer; the others go on with the keys that are there, unless those are too old.
    """

    issuer: str
    audience: str
    fetch: Fetch = fetch_document
    clock: Callable[[], float] = time.monotonic
    _keys: dict[str, Key] = field(default_factory=dict, init=False)
    _asked: float = field(default=-1e9, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def find_bearer(self, text: str, now: float) -> Bearer:
        """Return the client of a token, or raise TokenRefused.

        `sub` names none: at many issuers people choose it, and an ID token is none of ours.
        """
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
        if _OF_ID_TOKENS & token.claims.keys() or token.claims.get("typ", "Bearer") != "Bearer":
            raise TokenRefused("typ")
        check_period(token.claims, now, lifetime=_LONGEST_SECONDS + SKEW)
        named = "azp" if "client_id" not in token.claims else "client_id"
        return Bearer(read_text(token.claims, named))

    def _find_key(self, kid: str) -> Key:
        age = self._find_age(kid)
        if age and self._lock.acquire(blocking=age > 2 * _KEPT_SECONDS):
            try:
                if self._find_age(kid):  # nobody else asked meanwhile
                    self._asked = self.clock()
                    self._refresh()
            finally:
                self._lock.release()
        key = self._keys.get(kid)
        if key is None:
            raise TokenRefused("kid")
        return key

    def _find_age(self, kid: str) -> float:
        """Return how old the keys are, when it is time to ask for them again; else 0."""
        age = self.clock() - self._asked
        return age if age > (_KEPT_SECONDS if kid in self._keys else _PAUSE_SECONDS) else 0.0

    def _refresh(self) -> None:
        try:
            keys = self.fetch(self._find_key_set()).get("keys")
            self._keys = dict(_read_keys(keys if isinstance(keys, list) else []))
        except (OSError, HTTPException, ValueError, KeyError, EnvironmentProblem):
            if not self._keys:  # keys that were good a while ago are better than none
                detail = "The issuer of access tokens does not answer as it should."
                headers = {"Retry-After": "60"}
                raise Problem(type=SERVICE_UNAVAILABLE, detail=detail, headers=headers) from None

    def _find_key_set(self) -> str:
        """Return where the keys are: at the issuer, or elsewhere but not on this machine."""
        url = str(self._discover()["jwks_uri"])
        here, there = urlsplit(self.issuer), urlsplit(url)
        if here[:2] != there[:2] and (there.scheme != "https" or _is_loopback(there.hostname)):
            raise KeyError("jwks_uri")
        return url

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
