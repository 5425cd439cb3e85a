"""Rows of the search index as v1 shows them: references, labels, statuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request

from api.exchange import Exchange
from api.links import make_href
from api.negotiation import MediaType
from api.v1.names import choose_names
from api.v1.representations import Document, strip, to_number
from registry.domain.identifiers import NAMESPACES, ObjectKey
from registry.domain.resource import Resource
from registry.search.index import SearchIndex, Standing
from registry.search.labels import list_street_names

SCORE_DIGITS = 4

_STATUSES = {
    Standing.CURRENT: "current",
    Standing.PROPOSED: "proposed",
    Standing.RESERVED: "reserved",
    Standing.RETIRED: "retired",
}
STANDINGS = {status: standing for standing, status in _STATUSES.items()}


async def begin_search(
    request: Request, language: str | None, *, for_matching: bool = True
) -> tuple[Exchange, SearchIndex]:
    """Look at a request and get the index; the answer is of the index's register, not a newer."""
    exchange = Exchange.begin(request, offered=(MediaType.JSON,), language=language)
    index = await exchange.services.search.get(for_matching=for_matching)
    return replace(exchange, seq=index.seq, content=index.version), index


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    """How rows of an index are to be shown: with which links, in which language only."""

    index: SearchIndex
    base_url: str
    language: str | None = None

    def make_link(self, resource: Resource, public_id: str) -> Document:
        """Return id and link of an object; of municipalities and postal infos by the bare code."""
        if resource in {Resource.MUNICIPALITY, Resource.POSTAL_INFO}:
            public_id = public_id.rpartition("-")[2]
        return {"id": public_id, "href": make_href(self.base_url, resource, public_id)}

    def choose(self, names: Mapping[str, str]) -> dict[str, str]:
        """Keep the language that was asked for, if there is such a name."""
        return choose_names(dict(names), self.language)

    def make_address(self, a: int) -> Document:
        """Return an address without the street and the place it is in."""
        addresses, numbers = self.index.addresses, self.index.numbers
        public_id = self.index.make_address_id(a)
        return strip(
            {
                **self.make_link(Resource.ADDRESS, public_id),
                "bestIdentifier": make_best_identifier(public_id),
                "houseNumber": numbers.house_labels[addresses.house_labels[a]],
                "boxNumber": numbers.box_labels[addresses.box_labels[a]],
                "status": find_status(addresses.standings[a]),
            }
        )

    def make_municipality(self, m: int) -> Document:
        """Return a reference to a municipality."""
        place = self.index.municipalities[m]
        link = self.make_link(Resource.MUNICIPALITY, place.nis_code)
        code = to_number(place.nis_code)
        return strip({**link, "name": self.choose(place.names), "municipalityCode": code})

    def make_street_name(self, s: int) -> Document:
        """Return a reference to a street name."""
        streets = self.index.streets
        return strip(
            {
                **self.make_link(Resource.STREET_NAME, streets.public_ids[s]),
                "name": self.choose(list_street_names(self.index, s)),
                "homonymAddition": streets.homonyms[s],
            }
        )

    def make_postal_info(self, code: str) -> Document:
        """Return a reference to a postal info."""
        link = self.make_link(Resource.POSTAL_INFO, code)
        name = self.choose(self.index.postal_names.get(code, {}))
        return strip({**link, "name": name, "postCode": code})

    def make_part(self, part: int) -> Document:
        """Return a reference to a part of a municipality."""
        link = self.make_link(Resource.PART_OF_MUNICIPALITY, self.index.parts[part])
        return strip({**link, "name": self.choose(self.index.part_names[part])})

    def list_successors(self, resource: Resource, public_ids: Iterable[str]) -> list[Document]:
        """Return links to what took the place of an object."""
        return [self.make_link(resource, public_id) for public_id in public_ids]


def make_best_identifier(public_id: str) -> Document:
    """Return the BeSt identifier of an address, without version: that is no part of the index."""
    key = ObjectKey.parse(public_id)
    namespace = NAMESPACES[key.region, Resource.ADDRESS]
    return {"namespace": namespace, "objectIdentifier": key.object_id}


def find_status(standing: int) -> str | None:
    """Return the status of an object; None when it is another word, or the object is gone."""
    return _STATUSES.get(Standing(standing))
