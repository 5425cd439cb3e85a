"""A door and a worker that run, and two members of an agency of each region before it."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

from importers.checking.worker import run_worker
from registry.clock import utc_now
from registry.deliveries.agencies import add_agency, add_key, add_member, grant_authorisation
from registry.deliveries.states import Authorisation
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.deliveries.door.serving import serving
from tests.deliveries.outsider import Outsider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where agencies deliver: per region who publishes alone, and a second person."""

    settings: Settings
    members: dict[Region, tuple[Outsider, Outsider]]


@contextmanager
def open_office(settings: Settings) -> Iterator[Office]:
    """Serve a register's door, with a worker of its own process, for the block."""
    worker = multiprocessing.get_context("fork").Process(
        target=run_worker, args=(settings, lambda *_: None)
    )
    worker.start()
    try:
        with serving(settings) as place:
            members = {region: _found_agency(settings, region, place.url) for region in Region}
            try:
                yield Office(settings=settings, members=members)
            finally:
                for outsider in chain.from_iterable(members.values()):
                    outsider.close()
    finally:
        worker.kill()
        worker.join()


def _found_agency(settings: Settings, region: Region, url: str) -> tuple[Outsider, Outsider]:
    now, agency = utc_now(), f"agency-{region}"
    keys = {f"{region}-{n}": generate_private_key(SECP256R1()) for n in (1, 2)}
    kids = {}
    authorisation = Authorisation(
        agency_id=agency,
        region=region,
        kinds=frozenset(Resource),
        valid_from=now - timedelta(days=1),
        valid_to=now + timedelta(days=400),
        publishing_alone=frozenset({f"{region}-1"}),
    )
    with connect(settings, Role.OWNER) as connection:
        add_agency(connection, agency, region.label, now)
        for client_id, key in keys.items():
            add_member(connection, agency, client_id, client_id, now)
            public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
            kids[client_id] = add_key(connection, client_id, public, now)
        grant_authorisation(connection, authorisation, now)
    first, second = (
        Outsider(url=url, client_id=client_id, key=key, kid=kids[client_id])
        for client_id, key in keys.items()
    )
    return first, second
