"""What the regions make of the same identifiers: reals, URIs, codes of INSPIRE."""

import re

_LOCAL_ID = re.compile(
    r"(?:.*[./](?:ADDR|STR|address|streetname)[./])?(\d+)(?:\.0+)?(?:/\d+)?", re.IGNORECASE
)


def read_local_id(text: str) -> str:
    """Return the number of `12340.0`, `BE.BRUSSELS.BRIC.ADM.ADDR.12340`, `…/id/address/12340/2`.

    Any other text is returned as it is.
    """
    match = _LOCAL_ID.fullmatch(text)
    return match[1] if match else text
