"""Addresses of pages that a browser opens without a token: signed, of one delivery, for a while."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from api.deliveries.jose import Bearer

_GOOD_FOR: Final = timedelta(hours=8)


def sign_page(key: bytes, delivery_id: str, bearer: Bearer, now: datetime) -> tuple[str, datetime]:
    """Return the last part of an address, and when it is good no more.

    It names the client that asked and its key: when that may look no more, nor may who has the
    address.
    """
    expires_at = (now + _GOOD_FOR).replace(microsecond=0)
    until = int(expires_at.timestamp())
    told = f"{delivery_id} {until} {bearer.client_id} {bearer.kid or ''}".encode()
    return _encode(_sign(key, told) + told), expires_at


def read_page(key: bytes, text: str, now: datetime) -> tuple[str, Bearer] | None:
    """Return delivery and bearer of an address that we signed and that is still good."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, told = data[:32], data[32:]
        if not hmac.compare_digest(signature, _sign(key, told)) or _encode(data) != text:
            return None
        delivery_id, expires, client_id, kid = told.decode().split(" ", 3)
    except ValueError:
        return None
    if datetime.fromtimestamp(int(expires), UTC) <= now:
        return None
    return delivery_id, Bearer(client_id, kid or None)


def _sign(key: bytes, told: bytes) -> bytes:
    return hmac.digest(key, b"page\n" + told, hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
