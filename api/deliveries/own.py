"""An agency's own deliveries, and what it may do: everybody else's are not there."""

import re
from datetime import datetime
from typing import Annotated, Final

from fastapi import Path
from psycopg import Connection

from api.deliveries.problems import make_forbidden, make_not_found
from registry.deliveries.agencies import Actor
from registry.deliveries.states import Authorisation
from registry.deliveries.store import Delivery, find_delivery, lock_delivery
from registry.domain.region import Region

_ID: Final = re.compile(r"[a-z2-7]{26}")

ONE: Final = "/deliveries/{deliveryId}"
DeliveryId = Annotated[
    str, Path(alias="deliveryId", description="id of a delivery", examples=["a" * 26])
]


def find_own(
    connection: Connection, actor: Actor, delivery_id: str, *, lock: bool = False
) -> Delivery:
    """Return a delivery of the agency, locked if wished, or raise the one problem of all others."""
    found = None
    if _ID.fullmatch(delivery_id):
        found = find_delivery(connection, delivery_id, actor.agency_id)
    if found is not None and lock:  # another agency's is not even waited for
        found = lock_delivery(connection, found.id)
    if found is None:
        raise make_not_found("There is no such delivery of your agency.")
    return found


def require_authorised(actor: Actor, region: Region, now: datetime) -> Authorisation:
    """Return the agency's authorisation for a region, or refuse when none holds."""
    authorisation = actor.find_authorisation(region)
    if authorisation is None or not authorisation.holds_at(now):
        detail = (
            f"The agency has no authorisation for {region.iso_code} that holds now:"
            " see /deliveries/v1/authorisations."
        )
        raise make_forbidden(detail)
    return authorisation
