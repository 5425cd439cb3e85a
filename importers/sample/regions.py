from dataclasses import dataclass
from typing import Literal

Kind = Literal["address", "streetName", "municipality", "postalInfo", "partOfMunicipality"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRegion:
    """How one region writes its files: names, namespaces."""

    name: str
    namespace: str
    slash: str
    paths: dict[Kind, str]
    file_names: dict[Kind, str]
    byte_order_mark: frozenset[Kind] = frozenset()


FLANDERS = SampleRegion(
    name="Flanders",
    namespace="https://data.vlaanderen.be/id/",
    slash="/",  # quirk 7: since November 2024 the Flemish namespace ends with a slash
    paths={
        "address": "adres",
        "streetName": "straatnaam",
        "municipality": "gemeente",
        "postalInfo": "postinfo",
    },
    file_names={
        "address": "FlandersAddress20261102L72",
        "streetName": "FlandersStreetName20261102L72",
        "municipality": "FlandersMunicipality20261102L72",
        "postalInfo": "FlandersPostalInfo20261102L72",
    },
)
BRUSSELS = SampleRegion(
    name="Brussels",
    namespace="https://databrussels.be/id/",
    slash="",
    paths={
        "address": "address",
        "streetName": "streetname",
        "municipality": "municipality",
        "postalInfo": "postalinfo",
    },
    file_names={
        "address": "BrusselsAddress20261102",
        "streetName": "BrusselsStreetName20261102",
        "municipality": "BrusselsMunicipality20261102",
        "postalInfo": "BrusselsPostalInfo20261102",
    },
)
WALLONIA = SampleRegion(
    name="Wallonia",
    namespace="geodata.wallonie.be/id/",  # quirk 7: no scheme
    slash="",
    paths={
        "address": "Address",
        "streetName": "Streetname",
        "municipality": "Municipality",
        "postalInfo": "PostalInfo",
        "partOfMunicipality": "PartOfMunicipality",
    },
    # The older spelling with a small letter inside: files are known by prefix, in any case.
    file_names={
        "address": "WalloniaAddress20261102",
        "streetName": "WalloniaStreetname20261102",
        "municipality": "WalloniaMunicipality20261102",
        "postalInfo": "WalloniaPostalinfo20261102",
        "partOfMunicipality": "WalloniaPartOfMunicipality20261102",
    },
    byte_order_mark=frozenset({"address"}),
)
REGIONS = {region.name: region for region in (FLANDERS, BRUSSELS, WALLONIA)}
