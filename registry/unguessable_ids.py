"""Ids that nobody can guess: of deliveries and of what the public reports."""

from base64 import b32encode
from collections.abc import Callable
from secrets import token_bytes

Draw = Callable[[int], bytes]
"""Where randomness comes from: as many random bytes as asked for."""


def make_unguessable_id(draw: Draw = token_bytes) -> str:
    """Return 26 letters and digits (a to z, 2 to 7): 130 random bits."""
    return b32encode(draw(17)).decode()[:26].lower()
