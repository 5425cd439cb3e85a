"""The search of the page for who has no script: what ranking finds, as lines with links."""

from dataclasses import dataclass

from api.exchange import Exchange
from api.v1.index_documents import IndexView
from api.v1.positions import make_positions_at
from api.v1.suggest import RESOURCES
from registry.search.index import NO_POSITION, SearchIndex
from registry.search.suggestion_answers import Kind

MOST_SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that was found, as the page shows it; `position` is "" for what has none."""

    label: str
    href: str
    kind: Kind
    position: str
    is_former: bool


def find_lines(text: str, index: SearchIndex, exchange: Exchange, language: str) -> list[Line]:
    """Return what a text means, the best first."""
    from registry.search.ranking import search  # noqa: PLC0415 - loaded with the index

    view = IndexView(index=index, base_url=exchange.services.base_url)
    return [
        Line(
            label=one.labels.get(language) or next(iter(one.labels.values()), one.public_id),
            href=view.make_link(RESOURCES[one.kind], one.public_id)["href"],
            kind=one.kind,
            position=_write_position(one.number, index, exchange)
            if one.kind is Kind.ADDRESS
            else "",
            is_former=one.is_former,
        )
        for one in search(text, index, limit=MOST_SHOWN)
    ]


def _write_position(a: int, index: SearchIndex, exchange: Exchange) -> str:
    x, y = index.addresses.xs[a], index.addresses.ys[a]
    if x == NO_POSITION:
        return ""
    grid = exchange.services.settings.proj_grid
    (position,) = make_positions_at([(x / 1000, y / 1000)], grid, None)
    return f"{position['wgs84']['lat']}, {position['wgs84']['lon']}"
