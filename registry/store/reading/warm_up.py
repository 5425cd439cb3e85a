"""What a new connection is asked before anybody waits for it: plans and catalogues take 20 ms."""

from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.address_lookup import fetch_addresses
from registry.store.reading.addresses import (
    AddressFilter,
    Circle,
    list_addresses,
    list_addresses_near,
)
from registry.store.reading.named_objects import (
    NamedFilter,
    NameMatch,
    NamePattern,
    list_named_objects,
)
from registry.store.reading.pool import Connection

_SEQ = 1_000_000
"""Written in as many bytes as that of a register that is not small, so that plans fit."""

_TIMES_UNTIL_PLANNED_FOR_ALL = 6
"""PostgreSQL plans a statement five times for its values before it makes one plan for all."""

_NOWHERE = ObjectKey(region=Region.BRUSSELS, object_id="-")
_FAR_AWAY = Circle(point="0101000020E40E000000000000000000000000000000000000", radius=1.0)
_BOX_FAR_AWAY = (
    "0103000020E40E000001000000040000000000000000000000000000000000000000000000000000000000"
    "00000000F03F000000000000F03F000000000000F03F00000000000000000000000000000000"
)


async def warm_up(connection: Connection) -> None:
    """Ask each of the frequent questions once, for what is not there."""
    for _ in range(_TIMES_UNTIL_PLANNED_FOR_ALL):
        await fetch_addresses(connection, {_NOWHERE}, seq=_SEQ)
    for condition in (
        AddressFilter(street_names=(_NOWHERE,)),
        AddressFilter(regions=(Region.BRUSSELS,), area=_BOX_FAR_AWAY),
    ):
        await list_addresses(connection, condition, seq=_SEQ, limit=1)
    await list_addresses_near(connection, _FAR_AWAY, AddressFilter(), seq=_SEQ, limit=1)
    for match in NameMatch:
        named = NamedFilter(name=NamePattern(text="---", match=match))
        await list_named_objects(connection, Resource.STREET_NAME, named, seq=_SEQ, limit=1)
