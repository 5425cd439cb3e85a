"""The five kinds of object of BeSt Address."""

from enum import StrEnum


class Resource(StrEnum):
    """A kind of object; the value is its table, its order the order of references.

    An address refers to the other four, a street name to its municipality, so releases
    number changes in this order and a reader of changes never meets a reference to
    something that comes later.
    """

    MUNICIPALITY = "municipality"
    PART_OF_MUNICIPALITY = "part_of_municipality"
    POSTAL_INFO = "postal_info"
    STREET_NAME = "street_name"
    ADDRESS = "address"

    @property
    def plural(self) -> str:
        """Name of the collection in the API and in summaries, lowerCamelCase."""
        return _PLURALS[self]


_PLURALS = {
    Resource.MUNICIPALITY: "municipalities",
    Resource.PART_OF_MUNICIPALITY: "partsOfMunicipalities",
    Resource.POSTAL_INFO: "postalInfos",
    Resource.STREET_NAME: "streetNames",
    Resource.ADDRESS: "addresses",
}
