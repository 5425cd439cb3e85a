"""What the database and the pseudonymiser refuse of a delivery, in words that name no value."""

from collections.abc import Sequence

from psycopg import errors

from links.failures import explain_code
from links.keys.client import KeysRefused
from registry.domain.errors import InputRefused

_REFUSED = {
    "LK701": "The wall does not know this kind.",
    "LK702": "Keys of this sector are being rotated. Try again when that is done.",
    "LK080": "Keys of this sector have just been rotated. Try again.",
    "LK703": "The rows are not what links are made of.",
}


def explain_refusal(error: errors.DatabaseError) -> Exception:
    """Return what the database refused in words; other errors as they are."""
    code = error.sqlstate or ""
    if code == "LK704":
        return InputRefused(
            "Links of one subject, address and capacity overlap in time, in rows"
            f" {error.diag.message_detail}. Nothing was loaded."
        )
    if code == "LK707":
        return InputRefused(
            f"This would end {error.diag.message_detail} links. Is the file whole? Then say"
            " --accept-ended; a file of what has changed is --partial. Nothing was loaded."
        )
    if code in _REFUSED:
        return InputRefused(f"{_REFUSED[code]} Nothing was loaded.")
    return error


def explain_keys(error: KeysRefused, numbers: Sequence[int]) -> InputRefused:
    """Return which of rows cannot be keyed, and why, without what it says."""
    where = f"rows {numbers[0]} to {numbers[-1]}"
    if error.row is not None:
        where = f"row {numbers[error.row]}"
    return InputRefused(f"{where}: {error.code}. {explain_code(error.code)}")
