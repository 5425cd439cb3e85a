"""Who may deliver: members, their keys, and authorisations of which the newest holds."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey, OKPKey
from psycopg.errors import LockNotAvailable

from registry.deliveries.agencies import (
    add_agency,
    add_key,
    add_member,
    find_actor,
    find_keys,
    grant_authorisation,
    list_agencies,
    lock_actor,
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
    from datetime import datetime

    import psycopg

    from registry.settings import Settings

YEAR = timedelta(days=365)


@pytest.fixture
def operator(module_register: Settings) -> Iterator[psycopg.Connection]:
    with connect(module_register, Role.OWNER) as connection:
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


def test_an_authorisation_takes_over_when_it_begins(
    operator: psycopg.Connection, agency: str
) -> None:
    week = timedelta(days=7)
    present = make_authorisation(valid_to=NOW + 2 * week)
    ahead = make_authorisation(valid_from=NOW + week, publishing_alone=frozenset())

    def find(now: datetime) -> Authorisation | None:
        actor = find_actor(operator, "anna", now)
        assert actor
        (listed,) = list_agencies(operator, now)
        assert listed.authorisations == actor.authorisations
        return actor.find_authorisation(Region.BRUSSELS)

    grant_authorisation(operator, present, NOW)
    grant_authorisation(operator, ahead, NOW)
    assert find(NOW) == present
    assert find(NOW + week) == ahead
    assert find(NOW - week) == ahead  # none has begun: the newest
    ended = make_authorisation(valid_to=NOW)
    grant_authorisation(operator, ended, NOW)
    assert find(NOW) == ended  # what was ended does not give way to what held before


def test_whoever_suspends_waits_for_a_publication_that_is_being_committed(
    module_register: Settings,
) -> None:
    with connect(module_register, Role.OWNER) as operator:
        add_agency(operator, "wallonia", "SPW", NOW)
        add_member(operator, "wallonia", "wout", "Wout", NOW)
    ends = (
        lambda connection: suspend_agency(connection, "wallonia", NOW),
        lambda connection: remove_member(connection, "wout", NOW),
        lambda connection: grant_authorisation(
            connection,
            make_authorisation(agency_id="wallonia", publishing_alone=frozenset(), valid_to=NOW),
            NOW,
        ),
    )
    with (
        connect(module_register, Role.IMPORTER) as worker,
        connect(module_register, Role.OWNER) as operator,
    ):
        operator.execute("set lock_timeout = '100ms'")
        operator.commit()
        assert lock_actor(worker, "wout")
        for end in ends:
            with pytest.raises(LockNotAvailable):
                end(operator)
            operator.rollback()
        worker.commit()
        suspend_agency(operator, "wallonia", NOW)
        worker.execute("set lock_timeout = '100ms'")
        worker.commit()
        with pytest.raises(LockNotAvailable):
            lock_actor(worker, "wout")
        worker.rollback()
        operator.commit()
        assert lock_actor(worker, "wout") is None
    with connect(module_register, Role.OWNER) as operator:
        operator.execute("delete from deliveries.member where agency_id = 'wallonia'")
        operator.execute("delete from deliveries.agency where id = 'wallonia'")


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
    assert find_keys(operator, "cron") == {}


def test_a_key_is_one_persons_for_ever(operator: psycopg.Connection, agency: str) -> None:
    key = make_key()
    add_agency(operator, "flanders", "Digitaal Vlaanderen", NOW)
    add_member(operator, "flanders", "vera", "Vera", NOW)
    add_key(operator, "anna", key, NOW)

    def refuse(client_id: str, jwk: dict[str, Any], why: str) -> None:
        with pytest.raises(InputRefused, match=why):
            add_key(operator, client_id, jwk | {"kid": "another-name"}, NOW)
        assert "another-name" not in find_keys(operator, client_id)

    # Who knows the private key of a point knows that of its mirror image.
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    y = int.from_bytes(urlsafe_b64decode(key["y"] + "="))
    mirrored = urlsafe_b64encode((prime - y).to_bytes(32)).decode().rstrip("=")
    for client_id in ("anna", "cron", "vera"):
        refuse(client_id, key, "already the key of anna")
        refuse(client_id, key | {"y": mirrored}, "already the key of anna")
    x = urlsafe_b64encode(b"\0" + urlsafe_b64decode(key["x"] + "=")).decode().rstrip("=")
    refuse("cron", key | {"x": x}, "cannot be read")  # one key, spelt otherwise
    retire_keys(operator, "anna", NOW)
    for client_id in ("anna", "cron", "vera"):
        refuse(client_id, key, "former key of anna")
    remove_member(operator, "anna", NOW)
    refuse("vera", key, "former key of anna")


@pytest.mark.parametrize("kid", ["a" * 129, "\x1b[2J", "two words", "ключ"])
def test_a_keys_name_can_be_printed(operator: psycopg.Connection, agency: str, kid: str) -> None:
    with pytest.raises(InputRefused, match="printable"):
        add_key(operator, "anna", make_key() | {"kid": kid}, NOW)


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
    grant = partial(grant_authorisation, operator, now=NOW)
    refused = {
        lambda: add_agency(operator, agency, "Again", NOW): "an agency brussels already",
        lambda: add_agency(operator, "Two words", "Two words", NOW): "is no id",
        lambda: add_member(operator, "brusels", "bert", "Bert", NOW): "those there are: brussels",
        lambda: add_member(operator, agency, "anna", "Anna again", NOW): "a client anna",
        lambda: add_member(operator, agency, "worker", "The worker", NOW): "is no id",
        lambda: add_key(operator, "bert", make_key(), NOW): "No client bert",
        lambda: remove_member(operator, "bert", NOW): "No client bert",
        lambda: suspend_agency(operator, "nobody", NOW): "no agency nobody",
        lambda: resume_agency(operator, agency): "brussels is not suspended",
        lambda: grant(make_authorisation(agency_id="nobody")): "no agency nobody",
        lambda: grant(make_authorisation(kinds=frozenset())): "one kind",
        lambda: grant(make_authorisation(valid_to=NOW - YEAR)): "before it begins",
        lambda: grant(make_authorisation(publishing_alone=frozenset({"cron", "bert"}))): (
            "active clients of brussels: bert, cron"
        ),
    }
    for ask, why in refused.items():
        with pytest.raises(InputRefused, match=why):
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
