"""Pages by key: where one ends the next begins, whatever came meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Query

LARGEST_PAGE: Final = 500

After = Annotated[
    int, Query(ge=0, le=2**63 - 1, description="number of the last one seen; follow `next`")
]
PageSize = Annotated[int, Query(alias="pageSize", ge=1, le=LARGEST_PAGE, description="how many")]


def make_page(
    path: str, asked: Mapping[str, Any], numbered: Sequence[tuple[int, dict[str, Any]]]
) -> dict[str, Any]:
    """Return a page of a listing of which one more than asked for was fetched."""
    given = {name: value for name, value in asked.items() if value is not None}
    page = {
        "self": f"{path}?{urlencode(given)}",
        "items": [document for _, document in numbered[: given["pageSize"]]],
    }
    if len(numbered) > given["pageSize"]:
        last, _ = numbered[given["pageSize"] - 1]
        page["next"] = f"{path}?{urlencode(given | {'after': last})}"
    return page
