"""Who may deliver: members, their keys, and authorisations of which the newest holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from registry.deliveries.agencies import (
    add_agency,
    add_key,
    add_member,
    find_actor,
    find_keys,
    grant_authorisation,
    list_agencies,
    remember_assertion,
    remove_member,
    resume_agency,
    retire_keys,
    suspend_agency,
)
from registry.deliveries.states import Authorisation, AuthorisationState
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.deliveries.announcing import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from registry.settings import Settings

YEAR = timedelta(days=365)


@pytest.fixture
def operator(module_register: Settings) -> Iterator[psycopg.Connection]:
    with connect(module_register, Role.IMPORTER) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def agency(operator: psycopg.Connection) -> str:
    add_agency(operator, "brussels", "Paradigm", NOW)
    add_member(operator, "brussels", "anna", "Anna's laptop", NOW)
    add_member(operator, "brussels", "cron", "Nightly job", NOW)
    return "brussels"


def make_authorisation(**changes: Any) -> Authorisation:
    facts: dict[str, Any] = {
        "agency_id": "brussels",
        "region": Region.BRUSSELS,
        "kinds": frozenset(Resource),
        "valid_from": NOW,
        "valid_to": NOW + YEAR,
        "publishing_alone": frozenset({"cron"}),
    }
    return Authorisation(**facts | changes)


def make_key(curve: str = "P-256", *, private: bool = False) -> dict[str, Any]:
    key = ECKey if curve.startswith("P-") else OKPKey
    return dict(key.generate_key(curve).as_dict(private=private))


def test_an_actor_is_an_active_member_of_an_active_agency(
    operator: psycopg.Connection, agency: str
) -> None:
    actor = find_actor(operator, "anna")
    assert actor
    assert (actor.client_id, actor.agency_id, actor.agency_name) == ("anna", agency, "Paradigm")
    assert find_actor(operator, "nobody") is None

    suspend_agency(operator, agency, NOW)
    assert find_actor(operator, "anna") is None
    resume_agency(operator, agency)
    assert find_actor(operator, "anna") == actor
    remove_member(operator, "anna", NOW)
    assert find_actor(operator, "anna") is None
    assert find_actor(operator, "cron")


def test_the_newest_authorisation_of_a_region_holds(
    operator: psycopg.Connection, agency: str
) -> None:
    grant_authorisation(operator, make_authorisation(valid_to=NOW + timedelta(days=10)), NOW)
    grant_authorisation(operator, make_authorisation(region=Region.FLANDERS), NOW)
    some = frozenset({Resource.ADDRESS, Resource.STREET_NAME})
    renewed = make_authorisation(kinds=some)
    grant_authorisation(operator, renewed, NOW)

    actor = find_actor(operator, "anna")
    assert actor
    assert len(actor.authorisations) == 2
    assert actor.find_authorisation(Region.BRUSSELS) == renewed
    assert actor.find_authorisation(Region.WALLONIA) is None
    grant_authorisation(operator, make_authorisation(valid_to=NOW), NOW)
    ended = find_actor(operator, "anna")
    assert ended
    authorisation = ended.find_authorisation(Region.BRUSSELS)
    assert authorisation
    assert authorisation.state_at(NOW) is AuthorisationState.EXPIRED


def test_keys_are_kept_without_anything_private_and_can_be_rotated(
    operator: psycopg.Connection, agency: str
) -> None:
    old, new = make_key(), make_key("Ed25519")
    old_kid = add_key(operator, "anna", old, NOW)
    new_kid = add_key(operator, "anna", new | {"kid": "2026", "note": "ours"}, NOW)

    assert new_kid == "2026"
    assert find_keys(operator, "anna") == {
        old_kid: old | {"kid": old_kid},
        new_kid: new | {"kid": "2026"},
    }
    assert retire_keys(operator, "anna", NOW, kept=new_kid) == [old_kid]
    assert list(find_keys(operator, "anna")) == [new_kid]
    with pytest.raises(InputRefused, match="has a key"):
        add_key(operator, "anna", old, NOW)  # a retired key never comes back
    assert find_keys(operator, "cron") == {}


@pytest.mark.parametrize("end", ["suspended", "removed"])
def test_who_may_not_act_has_no_keys(operator: psycopg.Connection, agency: str, end: str) -> None:
    add_key(operator, "anna", make_key(), NOW)
    assert find_keys(operator, "anna")
    if end == "suspended":
        suspend_agency(operator, agency, NOW)
    else:
        remove_member(operator, "anna", NOW)
    assert find_keys(operator, "anna") == {}


@pytest.mark.parametrize(
    ("jwk", "why"),
    [
        (make_key(private=True), "private"),
        (make_key("Ed25519", private=True), "private"),
        (make_key("P-384"), "curve"),
        (make_key("X25519"), "curve"),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "curve"),
        ({"kty": "oct", "k": "AAAA"}, "curve"),
        ({**make_key(), "y": "AAAA"}, "cannot be read"),
        ({"kty": "EC", "crv": "P-256", "x": 3, "y": 4}, "cannot be read"),
        ({"kty": "EC", "crv": "P-256"}, "cannot be read"),
        ({"kty": "none"}, "curve"),
        ({}, "curve"),
    ],
)
def test_a_key_that_is_none_of_ours_is_refused(
    operator: psycopg.Connection, agency: str, jwk: dict[str, Any], why: str
) -> None:
    with pytest.raises(InputRefused, match=why):
        add_key(operator, "anna", jwk, NOW)
    assert find_keys(operator, "anna") == {}


def test_what_names_nobody_is_refused(operator: psycopg.Connection, agency: str) -> None:
    refused = [
        lambda: add_agency(operator, agency, "Again", NOW),
        lambda: add_agency(operator, "Two words", "Two words", NOW),
        lambda: add_member(operator, "nobody", "bert", "Bert", NOW),
        lambda: add_member(operator, agency, "anna", "Anna again", NOW),
        lambda: add_member(operator, agency, "worker", "The worker", NOW),
        lambda: add_key(operator, "bert", make_key(), NOW),
        lambda: remove_member(operator, "bert", NOW),
        lambda: suspend_agency(operator, "nobody", NOW),
        lambda: resume_agency(operator, agency),
        lambda: grant_authorisation(operator, make_authorisation(agency_id="nobody"), NOW),
        lambda: grant_authorisation(operator, make_authorisation(kinds=frozenset()), NOW),
        lambda: grant_authorisation(operator, make_authorisation(valid_to=NOW - YEAR), NOW),
        lambda: grant_authorisation(
            operator, make_authorisation(publishing_alone=frozenset({"cron", "bert"})), NOW
        ),
    ]
    for ask in refused:
        with pytest.raises(InputRefused):
            ask()

    (found,) = list_agencies(operator)
    assert [(member.client_id, member.kids) for member in found.members] == [
        ("anna", ()),
        ("cron", ()),
    ]
    assert found.authorisations == ()


def test_an_assertion_is_good_for_once_while_it_lives(module_register: Settings) -> None:
    soon, late = NOW + timedelta(seconds=60), NOW + timedelta(seconds=61)
    with connect(module_register, Role.DELIVERIES, autocommit=True) as door:
        assert remember_assertion(door, b"one", soon, NOW)
        assert remember_assertion(door, b"two", soon, NOW)
        assert not remember_assertion(door, b"one", soon, NOW)
        assert not remember_assertion(door, b"one", soon, soon)

        assert remember_assertion(door, b"three", late, late)
        kept = door.execute("select digest from deliveries.used_assertion").fetchall()
    assert kept == [(b"three",)]
