"""Random identifiers of answers, from the machine's own randomness."""

import secrets
from uuid import UUID


def make_uuid() -> UUID:
    """Return a random UUID, version 4."""
    return UUID(bytes=secrets.token_bytes(16), version=4)
