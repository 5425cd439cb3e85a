"""Random identifiers of answers: unlike any other, of no secret."""

import random
from uuid import UUID

# Seeded by the machine for each process; asking the machine each time is a tenth of a 304.
_RANDOM = random.Random()  # noqa: S311 - nobody gains by guessing one


def make_uuid() -> UUID:
    """Return a random UUID, version 4."""
    return UUID(int=_RANDOM.getrandbits(128), version=4)


def make_trace_id() -> str:
    """Return 32 random hexadecimal digits."""
    return f"{_RANDOM.getrandbits(128):032x}"
