"""`./best agency`: who may deliver, as an operator says it."""

from __future__ import annotations

import argparse
import json
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from deploy.agency_keys import read_key, write_private_key
from deploy.checks import Verdict
from deploy.commands import agency
from deploy.deliveries_checks import list_deliveries_checks
from registry.deliveries import agencies
from registry.deliveries.guards import Guard, list_thresholds
from registry.deliveries.states import AuthorisationState, State
from registry.deliveries.store import NewDelivery, create_delivery, find_delivery
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    """Files as members send them: a JWK, a set of one, PEM; and one they should not have sent."""
    made = {name: tmp_path / f"{name}.key" for name in ("jwk", "set", "pem", "private", "rsa")}
    made["jwk"].write_text(json.dumps(write_private_key(made["private"])))
    ed25519 = OKPKey.generate_key("Ed25519")
    made["set"].write_text(json.dumps({"keys": [{**ed25519.as_dict(private=False), "kid": "k1"}]}))
    made["pem"].write_bytes(ECKey.generate_key("P-256").as_pem(private=False))
    made["rsa"].write_text(json.dumps(RSAKey.generate_key(2048).as_dict(private=False)))
    return made


def run(settings: Settings, *words: str, now: datetime = NOW) -> None:
    """Do what a command line says, as the command does once it has a database."""
    parser = argparse.ArgumentParser()
    agency.make_parser(parser)
    with connect(settings, Role.OWNER) as connection:
        agency.act(parser.parse_args(words), connection, now)


def add(settings: Settings, keys: dict[str, Path], *more: str) -> None:
    members = ("--member", f"ann=Ann: head of office:{keys['jwk']}", "--member")
    place = ("brussels", "--name", "Bruxelles", "--region", "BE-BRU")
    run(settings, "add", *place, *members, f"bob=Bob:{keys['set']}", *more)


def look(settings: Settings) -> agencies.Agency:
    with connect(settings, Role.OWNER) as connection:
        (found,) = agencies.list_agencies(connection)
    return found


def test_an_agency_is_added_with_members_keys_and_an_authorisation(
    register: Settings, keys: dict[str, Path]
) -> None:
    told = ("--kinds", "addresses", "streetNames", "--until", "2027-03-31")
    add(register, keys, *told, "--publishes-alone", "ann")
    found = look(register)
    assert [(m.client_id, m.name) for m in found.members] == [
        ("ann", "Ann: head of office"),
        ("bob", "Bob"),
    ]
    assert [len(member.kids) for member in found.members] == [1, 1]
    (authorisation,) = found.authorisations
    assert authorisation.region is Region.BRUSSELS
    assert authorisation.kinds == {Resource.ADDRESS, Resource.STREET_NAME}
    assert authorisation.valid_from == NOW
    assert authorisation.valid_to == datetime(2027, 4, 1, tzinfo=UTC)  # that day too
    assert authorisation.publishing_alone == {"ann"}


def test_nothing_of_an_agency_is_added_when_a_part_is_refused(
    register: Settings, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputRefused, match="publish alone"):
        add(register, keys, "--publishes-alone", "carla")
    assert "is a member" not in capsys.readouterr().err
    with connect(register, Role.OWNER) as connection:
        assert agencies.list_agencies(connection) == []


@pytest.mark.parametrize("kind", ["private", "rsa", "absent", "garbage"])
def test_a_key_that_is_none_of_ours_is_refused(
    register: Settings, keys: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    (tmp_path / "garbage").write_text("ssh-ed25519 AAAA")
    keys |= {"absent": tmp_path / "absent", "garbage": tmp_path / "garbage"}
    add(register, keys)
    with pytest.raises(InputRefused, match="No such file" if kind == "absent" else "key"):
        run(register, "add-member", "brussels", f"carla=Carla:{keys[kind]}")
    assert [member.client_id for member in look(register).members] == ["ann", "bob"]


def test_a_rotated_key_is_accepted_and_the_former_ones_no_more(
    register: Settings, keys: dict[str, Path]
) -> None:
    add(register, keys)
    run(register, "rotate-key", "ann", str(keys["pem"]))
    with connect(register, Role.OWNER) as connection:
        ((kid, jwk),) = agencies.find_keys(connection, "ann").items()
    pem = ECKey.import_key(keys["pem"].read_text())
    assert (kid, jwk["x"]) == (pem.thumbprint(), pem.as_dict()["x"])


def test_what_was_asked_for_with_a_former_key_is_asked_for_anew(
    register: Settings, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    add(register, keys)
    found = {}
    with connect(register, Role.DELIVERIES) as connection:
        for client in ("ann", "bob"):
            new = NewDelivery(
                region=Region.BRUSSELS, complete=True, extracted_at=NOW, file_name="f.zip"
            )
            delivery = create_delivery(connection, "brussels", new, client, NOW)
            found[client] = delivery.id
    with connect(register, Role.OWNER) as connection:
        connection.execute(
            "update deliveries.delivery set state = 'awaitingSecondPerson', publisher = created_by"
        )
    run(register, "rotate-key", "ann", str(keys["pem"]))
    assert found["ann"] in capsys.readouterr().err
    with connect(register, Role.DELIVERIES) as connection:
        put_back, kept = (find_delivery(connection, found[client]) for client in ("ann", "bob"))
    assert put_back is not None
    assert (put_back.state, put_back.publisher) == (State.RECEIVED, None)
    assert kept is not None
    assert (kept.state, kept.publisher) == (State.AWAITING, "bob")


def test_one_key_is_never_two_persons(register: Settings, keys: dict[str, Path]) -> None:
    add(register, keys)
    with pytest.raises(InputRefused, match="already the key of ann"):
        run(register, "rotate-key", "bob", str(keys["jwk"]))
    with pytest.raises(InputRefused, match="already the key of bob"):
        run(register, "add-member", "brussels", f"carla=Carla:{keys['set']}")
    run(register, "rotate-key", "ann", str(keys["pem"]))
    with pytest.raises(InputRefused, match="former key of ann"):
        run(register, "rotate-key", "bob", str(keys["jwk"]))
    assert [len(member.kids) for member in look(register).members] == [1, 1]


def test_members_and_agencies_come_and_go(register: Settings, keys: dict[str, Path]) -> None:
    add(register, keys)
    run(register, "add-member", "brussels", f"carla=Carla:{keys['pem']}")
    run(register, "remove-member", "ann")
    with connect(register, Role.OWNER) as connection:
        assert agencies.find_actor(connection, "ann") is None
        assert agencies.find_actor(connection, "carla") is not None
    run(register, "suspend", "brussels")
    with connect(register, Role.OWNER) as connection:
        assert agencies.find_actor(connection, "carla") is None
    run(register, "resume", "brussels")
    with connect(register, Role.OWNER) as connection:
        assert agencies.find_actor(connection, "carla") is not None


def test_an_authorisation_that_ends_soon_is_said_loudly_and_renewed(
    register: Settings, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    add(register, keys, "--until", "2026-12-20")
    run(register, "list")
    assert "EXPIRES SOON; from 2026-11-23 until 2026-12-20" in capsys.readouterr().out
    run(register, "list", now=NOW + timedelta(days=30))
    told = capsys.readouterr().out
    assert "EXPIRED" in told
    assert "./best agency renew brussels --region BE-BRU" in told
    assert find_verdict(register, NOW) is Verdict.WARN
    run(register, "renew", "brussels", "--region", "BE-BRU", "--until", "2027-12-31")
    run(register, "list", "--json")
    ((listed,),) = [json.loads(capsys.readouterr().out)]
    assert listed["authorisations"][0]["state"] == AuthorisationState.ACTIVE
    assert find_verdict(register, NOW) is Verdict.OK
    assert find_verdict(register, datetime(2027, 12, 5, tzinfo=UTC)) is Verdict.WARN


def test_what_is_renewed_stays_as_it_was_and_holds_until_then(
    register: Settings, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    until = datetime(2026, 12, 11, tzinfo=UTC)
    told = ("--until", "2026-12-10", "--kinds", "addresses", "--publishes-alone", "ann")
    add(register, keys, *told)
    renew = ("renew", "brussels", "--region", "BE-BRU")
    run(register, *renew, "--from", "2026-12-01")
    assert "Until then holds what held before: BE-BRU EXPIRES SOON" in capsys.readouterr().err

    def find(now: datetime) -> tuple[frozenset[Resource], frozenset[str], datetime]:
        with connect(register, Role.OWNER) as connection:
            actor = agencies.find_actor(connection, "bob", now)
        assert actor
        (held,) = actor.authorisations
        return held.kinds, held.publishing_alone, held.valid_to

    addresses = frozenset({Resource.ADDRESS})
    assert find(NOW) == (addresses, {"ann"}, until)
    later = NOW + timedelta(days=20)
    assert find(later) == (addresses, {"ann"}, datetime(2027, 12, 1, tzinfo=UTC))
    run(register, *renew, "--two-publish", "--kinds", "streetNames", now=later)
    assert find(later)[:2] == (frozenset({Resource.STREET_NAME}), frozenset())
    run(register, *renew, "--publishes-alone", "bob", now=later)
    run(register, "remove-member", "ann", now=later)
    run(register, *renew, now=later)
    assert find(later)[:2] == (frozenset({Resource.STREET_NAME}), {"bob"})
    assert "Nobody can publish" not in capsys.readouterr().err
    run(register, *renew, "--two-publish", now=later)
    assert "Nobody can publish" in capsys.readouterr().err


def find_verdict(settings: Settings, now: datetime) -> Verdict:
    with connect(settings, Role.OWNER, autocommit=True) as connection:
        checks = list_deliveries_checks(settings, connection, now)
    return next(check.verdict for check in checks if check.name == "authorisations")


def test_doctor_says_when_door_and_worker_do_not_run(
    register: Settings, keys: dict[str, Path]
) -> None:
    with connect(register, Role.OWNER, autocommit=True) as connection:
        assert list_deliveries_checks(register, connection, NOW) == []
        add(register, keys)
        door = list_deliveries_checks(register, connection, NOW)[0]
    assert (door.verdict, door.found) == (Verdict.WARN, "not running here: door and worker")


def test_thresholds_are_set_with_their_history(
    register: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run(register, "thresholds", "BE-VLG", "moves=0.02", "totals=0.1")
    run(register, "thresholds", "BE-VLG", "moves=0.03")
    with connect(register, Role.OWNER) as connection:
        assert list_thresholds(connection, Region.FLANDERS)[Guard.MOVES] == 0.03
        assert list_thresholds(connection, Region.WALLONIA)[Guard.MOVES] == 0.005
    history = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split()[3] for line in history] == ["moves=0.02", "totals=0.1", "moves=0.03"]


@pytest.mark.parametrize(
    "words",
    [
        ["thresholds", "BE-VLG", "moves=much"],
        ["thresholds", "BE-VLG", "hops=0.1"],
        ["renew", "brussels", "--region", "BE-BRU", "--until", "31/12/2027"],
        ["add-member", "brussels", "ann=Ann"],
    ],
)
def test_what_cannot_be_read_is_a_usage_error(words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    agency.make_parser(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(words)


def test_a_new_key_is_for_its_owner_alone_and_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "ann.key"
    public = write_private_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "d" not in public
    assert {**public, "d": read_key(file)["d"]} == read_key(file)
    with pytest.raises(InputRefused):
        write_private_key(file)


def test_a_key_of_openssl_is_read(tmp_path: Path) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    assert read_key(public)["crv"] == "Ed25519"
