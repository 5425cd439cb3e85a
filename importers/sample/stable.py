import hashlib


def choose(below: int, *key: str | int) -> int:
    """A number from 0 up to `below` that depends on the key alone: the sample's only randomness."""
    text = "|".join(str(part) for part in key)
    digest = hashlib.blake2b(text.encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") % below


def happens(per_mille: int, *key: str | int) -> bool:
    """True for about `per_mille` of a thousand keys."""
    return choose(1000, *key) < per_mille
