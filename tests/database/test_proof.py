"""Each release is proven: its root is that of the tree over what is current."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from geo.pipelines import HELMERT
from registry.domain.region import Region
from registry.publication.roll_back import roll_back
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, Named, StreetName, import_editions
from tests.database.proving import compute_root

if TYPE_CHECKING:
    from registry.settings import Settings

ODD = 'Rue "é\u20ac\U0001f3e0\\ \u007f\u2028'


def fetch_roots(settings: Settings) -> list[bytes]:
    with connect(settings, Role.OWNER) as connection:
        query = "select root from registry.release order by number"
        return [bytes(root) for (root,) in connection.execute(query)]


FIRST = Edition(
    addresses=[
        Address(id="1", number="1"),
        Address(id="2", number="2", box="b\t1", end="2020-01-01T00:00:00.25Z"),
        Address(id="3", number="3", street="11", municipality="21005", position=None),
        Address(id="30", number="3", street="99", municipality="99999", crs=3812),
    ],
    street_names=[
        StreetName(id="10", names={"nl": ODD, "fr": "Rue"}),
        StreetName(id="11", municipality="21005"),
        StreetName(id="9", municipality="21005", homonym="HO"),
    ],
    municipalities=[Named(id="21004", names={"nl": "B"}), Named(id="21005", names={"en": "E"})],
)
SECOND = Edition(
    day="2026-11-09",
    addresses=[
        Address(id="1", number="1", street="11", municipality="21005"),
        Address(id="2", number="2", box="b\t1", end="2020-01-01T00:00:00.25Z"),
        Address(id="4", number="4", status="retired"),
    ],
    street_names=[
        StreetName(id="10", names={"nl": ODD, "fr": "Rue neuve"}),
        StreetName(id="11", municipality="21005"),
    ],
    municipalities=[Named(id="21004", names={"nl": "B"}), Named(id="21006", names={"en": "E"})],
    postal_infos=[Named(id="1000"), Named(id="1001", names={"fr": "P"})],
)
NEIGHBOUR = Edition(
    region=Region.WALLONIA,
    addresses=[Address(id="1", number="1", part="7")],
    parts=[Named(id="7", names={"fr": "Namur"}), Named(id="10", names={"de": "X"})],
)


def test_each_release_is_proven_by_what_the_tree_says(register: Settings) -> None:
    expected = []
    for edition in (FIRST, NEIGHBOUR, SECOND):
        import_editions(register, edition, accept_totals=True)
        expected.append(compute_root(register))

    assert fetch_roots(register) == expected
    assert len(set(expected)) == 3


def test_a_roll_back_brings_the_root_back(register: Settings) -> None:
    import_editions(register, FIRST)
    import_editions(register, NEIGHBOUR)
    import_editions(register, SECOND, accept_totals=True)

    with connect(register, Role.IMPORTER) as connection:
        done = roll_back(connection, 3, shift=HELMERT, progress=lambda _: None)

    roots = fetch_roots(register)
    assert done.release is not None
    assert (roots[3], compute_root(register)) == (roots[1], roots[1])


def test_a_register_of_earlier_software_is_proven_by_its_next_release(register: Settings) -> None:
    import_editions(register, FIRST)
    import_editions(register, NEIGHBOUR)
    with connect(register, Role.OWNER) as connection:
        connection.execute("delete from registry.proof; delete from registry.proof_street")

    import_editions(register, SECOND, accept_totals=True)

    assert fetch_roots(register)[-1] == compute_root(register)


@pytest.mark.parametrize("day", ["2026-11-09", "2026-11-16"])
def test_what_is_there_counts_and_not_how_it_came(register: Settings, day: str) -> None:
    import_editions(register, FIRST)
    import_editions(register, SECOND, accept_totals=True)
    import_editions(register, replace(FIRST, day=day), accept_totals=True)

    roots = fetch_roots(register)
    assert roots[2] == roots[0]
