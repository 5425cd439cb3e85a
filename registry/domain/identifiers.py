"""Public ids (`bru-210225`) and BeSt identifiers (namespace/objectIdentifier/version)."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from registry.domain.errors import InvalidIdentifier
from registry.domain.region import Region
from registry.domain.resource import Resource

NAMESPACES: dict[tuple[Region, Resource], str] = {
    (Region.FLANDERS, Resource.ADDRESS): "https://data.vlaanderen.be/id/adres",
    (Region.FLANDERS, Resource.STREET_NAME): "https://data.vlaanderen.be/id/straatnaam",
    (Region.FLANDERS, Resource.MUNICIPALITY): "https://data.vlaanderen.be/id/gemeente",
    (Region.FLANDERS, Resource.POSTAL_INFO): "https://data.vlaanderen.be/id/postinfo",
    (Region.BRUSSELS, Resource.ADDRESS): "https://databrussels.be/id/address",
    (Region.BRUSSELS, Resource.STREET_NAME): "https://databrussels.be/id/streetname",
    (Region.BRUSSELS, Resource.MUNICIPALITY): "https://databrussels.be/id/municipality",
    (Region.BRUSSELS, Resource.POSTAL_INFO): "https://databrussels.be/id/postalinfo",
    (Region.WALLONIA, Resource.ADDRESS): "geodata.wallonie.be/id/Address",
    (Region.WALLONIA, Resource.STREET_NAME): "geodata.wallonie.be/id/Streetname",
    (Region.WALLONIA, Resource.MUNICIPALITY): "geodata.wallonie.be/id/Municipality",
    (Region.WALLONIA, Resource.PART_OF_MUNICIPALITY): "geodata.wallonie.be/id/PartOfMunicipality",
    (Region.WALLONIA, Resource.POSTAL_INFO): "geodata.wallonie.be/id/PostalInfo",
}
"""Namespace per region and kind as the regions publish them today, without trailing slash."""

DERIVED_NAMESPACE = "urn:best-registry:derived"
"""Of objects whose format has no identifier: theirs is derived from what tells them apart."""

REPLACED_NAMESPACES: dict[Resource, str] = {
    Resource.ADDRESS: "BE.BRUSSELS.BRIC.ADM.ADDR",
    Resource.STREET_NAME: "BE.BRUSSELS.BRIC.ADM.STR",
    Resource.MUNICIPALITY: "BE.BRUSSELS.BRIC.ADM.MUNICIPALITY",
    Resource.POSTAL_INFO: "BE.BRUSSELS.BRIC.ADM.PZ",
}
"""What Brussels published until it replaced its namespaces; the object identifiers stayed."""
REPLACED_ON = date(2022, 1, 31)


@lru_cache(maxsize=1024)  # a dozen namespaces, millions of rows
def fold_namespace(text: str) -> str:
    """Return a namespace in the form that is compared: no scheme, no end slash, lower case.

    Flanders writes a trailing slash since 2024-11-04, Wallonia leaves the scheme out, and
    http and https both occur; none of that makes another object.
    """
    return text.strip().lower().rstrip("/").removeprefix("https://").removeprefix("http://")


_BY_NAMESPACE = {fold_namespace(text): key for key, text in NAMESPACES.items()}
LONGEST_OBJECT_ID = 100
_OBJECT_ID = rf"[^\s/\x00-\x1f]{{1,{LONGEST_OBJECT_ID}}}"
_PUBLIC_ID = re.compile(rf"(bru|vlg|wal)-({_OBJECT_ID})")


def find_owner(namespace: str) -> Region | None:
    """Return the region that publishes a namespace today."""
    key = _BY_NAMESPACE.get(fold_namespace(namespace))
    return key and key[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKey:
    """An object of the register: region and object identifier; unique within its kind."""

    region: Region
    object_id: str

    @property
    def public_id(self) -> str:
        """Return the id of the API, `bru-210225`."""
        return f"{self.region}-{self.object_id}"

    @classmethod
    def parse(cls, text: str) -> "ObjectKey":
        """Read a public id; InvalidIdentifier when it is none."""
        match = _PUBLIC_ID.fullmatch(text)
        if match is None:
            raise InvalidIdentifier(f"{text!r} is not an id like bru-210225")
        return cls(region=Region(match[1]), object_id=match[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class BestIdentifier:
    """A full BeSt identifier: namespace, object identifier and, if given, version identifier."""

    namespace: str
    object_id: str
    version_id: str | None

    def __str__(self) -> str:
        version = "" if self.version_id is None else f"/{self.version_id}"
        return f"{self.namespace}/{self.object_id}{version}"


def parse_best_identifier(text: str, resource: Resource) -> tuple[ObjectKey, str | None]:
    """Read a BeSt identifier of one kind, with or without version.

    Returns the object's key and the version identifier. A known namespace of another kind,
    or an unknown one, is InvalidIdentifier.
    """
    head, _, tail = text.strip().partition("/id/")
    kind, _, rest = tail.partition("/")
    key = _BY_NAMESPACE.get(fold_namespace(f"{head}/id/{kind}"))
    object_id, _, version_id = rest.strip("/").partition("/")
    if key is None or re.fullmatch(_OBJECT_ID, object_id) is None or "\x00" in version_id:
        raise InvalidIdentifier(f"{text!r} is not a BeSt identifier that this register knows")
    if key[1] is not resource:
        raise InvalidIdentifier(
            f"{text!r} is an identifier of {key[1].plural}, not of {resource.plural}"
        )
    return ObjectKey(region=key[0], object_id=object_id), version_id or None


def find_replaced_key(text: str, resource: Resource) -> ObjectKey | None:
    """Return the object that an identifier of Brussels from before 2022 means; None: it is none."""
    namespace, _, rest = text.strip().partition("/")
    object_id = rest.partition("/")[0]
    known = REPLACED_NAMESPACES.get(resource)
    if known is None or fold_namespace(namespace) != fold_namespace(known):
        return None
    if re.fullmatch(_OBJECT_ID, object_id) is None:
        return None
    return ObjectKey(region=Region.BRUSSELS, object_id=object_id)
