"""Addresses of pages that a browser opens without a token: signed, of one delivery, for a while."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

_GOOD_FOR: Final = timedelta(hours=8)


def sign_page(key: bytes, delivery_id: str, client_id: str, now: datetime) -> tuple[str, datetime]:
    """Return the last part of an address, and when it is good no more.

    It names the client that asked: when that may look no more, nor may who has the address.
    """
    expires_at = (now + _GOOD_FOR).replace(microsecond=0)
    told = f"{delivery_id} {int(expires_at.timestamp())} {client_id}".encode()
    return _encode(_sign(key, told) + told), expires_at


def read_page(key: bytes, text: str, now: datetime) -> tuple[str, str] | None:
    """Return delivery and client of an address that we signed and that is still good."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, told = data[:32], data[32:]
        if not hmac.compare_digest(signature, _sign(key, told)) or _encode(data) != text:
            return None
        delivery_id, expires, client_id = told.decode().split(" ", 2)
    except ValueError:
        return None
    if datetime.fromtimestamp(int(expires), UTC) <= now:
        return None
    return delivery_id, client_id


def _sign(key: bytes, told: bytes) -> bytes:
    return hmac.digest(key, b"page\n" + told, hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
