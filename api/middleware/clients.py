"""Who is asking, for counting only."""

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from api.options import Network


def find_client(scope: Scope, headers: Headers, trusted_proxies: tuple[Network, ...]) -> str:
    """Return the client's address: the peer's, or what a trusted proxy says it is.

    X-Forwarded-For is read from its end, past the proxies that are trusted themselves; anyone
    can write the part before.
    """
    peer = (scope.get("client") or ("", 0))[0]
    if not trusted_proxies or not _is_trusted(peer, trusted_proxies):
        return str(peer)
    forwarded = [part.strip() for part in headers.get("x-forwarded-for", "").split(",")]
    for address in reversed(forwarded):
        if _is_address(address) and not _is_trusted(address, trusted_proxies):
            return address
    return str(peer)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str, trusted_proxies: tuple[Network, ...]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in trusted_proxies)
