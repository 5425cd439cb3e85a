"""A few streets of Brussels behind a server, for what is searched in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.database.editions import Address, Edition, Named, StreetName
from tests.database.successive import publish

if TYPE_CHECKING:
    from registry.settings import Settings

ADDRESSES = [
    Address(id="1", number="16"),
    Address(id="2", number="18", box="b001", position="149853.5 170639.5"),
    Address(id="3", number="18", box="b002", position="149853.5 170639.5"),
    Address(id="4", number="20", position="149863.5 170639.5"),
    Address(id="5", number="22", status="retired"),
    Address(id="6", number="7A", street="11", postal_code="1030", municipality="21015"),
    Address(id="7", number="7B", street="11", postal_code="1030", municipality="21015"),
]
STREETS = (
    StreetName(id="10", names={"nl": "Wetstraat", "fr": "Rue de la Loi"}),
    StreetName(id="11", names={"nl": "Hertogstraat", "fr": "Rue Ducale"}, municipality="21015"),
)
CITIES = (
    Named(id="21004", names={"nl": "Brussel", "fr": "Bruxelles"}),
    Named(id="21015", names={"nl": "Schaarbeek", "fr": "Schaerbeek"}),
)
CODES = (Named(id="1000"), Named(id="1030"))
EDITION = Edition(
    addresses=ADDRESSES, street_names=STREETS, municipalities=CITIES, postal_infos=CODES
)
LATER = replace(
    EDITION,
    addresses=[*ADDRESSES, Address(id="8", number="1", street="12")],
    street_names=[*STREETS, StreetName(id="12", names={"nl": "Kapellekensdreef"})],
)


def publish_country(settings: Settings) -> None:
    """Import what all tests of search begin with."""
    publish(settings, EDITION)
