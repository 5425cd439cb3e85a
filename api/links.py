"""Absolute links, made from the public address of the service and never from a Host header."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, urlencode

from registry.domain.resource import Resource

API_ROOT = "/v1"

# A municipality is known by its NIS code, a postal info by its code.
_KNOWN_BY_CODE = frozenset({Resource.MUNICIPALITY, Resource.POSTAL_INFO})


def make_id(resource: Resource, region: str, object_id: str) -> str:
    """Return the id of an object in the API."""
    return object_id if resource in _KNOWN_BY_CODE else f"{region}-{object_id}"


@lru_cache(maxsize=4096)
def _quote(public_id: str) -> str:
    return quote(public_id, safe="")


def make_href(base_url: str, resource: Resource, public_id: str) -> str:
    """Return where an object is."""
    return f"{base_url}{API_ROOT}/{resource.plural}/{_quote(public_id)}"


def make_collection_href(base_url: str, path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return where a listing is; parameters keep the order in which they were given."""
    query = urlencode(list(parameters), quote_via=quote, safe=",:*")
    return f"{base_url}{path}?{query}" if query else f"{base_url}{path}"
