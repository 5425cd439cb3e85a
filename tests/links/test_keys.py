"""Tests 49, 60, 75, 76, 77 and 80 of the design: what the pseudonymiser keeps apart."""

from __future__ import annotations

import asyncio
import ctypes
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import psycopg
import pytest

from links.clock import utc_now
from links.domain.kinds import KINDS, SECTORS
from links.keys.backup import decrypt_stream
from links.keys.backup_command import make_backup_key, write_backup
from links.keys.callers import BATCH
from links.keys.client import AskKeys, BatchKeys, KeysRefused, KeysUnavailable
from links.keys.derivation import derive
from links.keys.keyring import KeyRing, find_keyring, make_secrets
from links.keys.restore_command import restore
from links.keys.rotate_command import rotate
from links.operations.database import clone_database, drop_database
from links.operations.secret_files import list_open_files
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect, connect_as_superuser
from registry.domain.errors import EnvironmentProblem, InputRefused
from tests.links.attacks import (
    Shown,
    collect_reprs,
    cut,
    dump_database,
    guess,
    guess_quickly,
    list_references,
    list_values,
    read_log,
    strip_replica,
)
from tests.links.pseudonymiser import (
    ASKED,
    CITY,
    disclose_one,
    make_vault,
    question,
    running_keys,
    running_process,
    with_own_keys,
)
from tests.links.serving import make_question, read_problem, serving_links
from tests.links.world import PEOPLE, make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from links.keys.operations import Vault
    from tests.links.world import World

HOME, ANNA = "bru-900001", PEOPLE["anna"]


# ---- 49, 60, 75, 76, 77, 80


def test_49_one_person_in_two_sectors_has_nothing_in_common(
    world: World, key_service: Vault
) -> None:
    settings, ring = world.settings, world.keyring
    with BatchKeys(settings.batch_socket) as keys:
        answers = {sector: answer_everything(keys, sector) for sector in ("RN", "PAT")}
    with world.connect() as connection:  # as if both had been asked and answered
        for n, sector in enumerate(answers, 1):
            connection.execute(
                "insert into links.delivered"
                " (organisation, n, audit_ref, at, kind, deliberation, version)"
                " values (%s, %s, %s, now(), 'residence', 'd', 1)",
                (CITY, n, bytes.fromhex(answers[sector]["disclose"]["auditRefs"][0])),
            )
        with pytest.raises(psycopg.Error):  # an error whose detail quotes the row
            connection.execute("insert into links.canary select * from links.canary")
    dump, log = dump_database(settings), read_log(settings)
    stored = {sector: find_row_values(world, sector) for sector in answers}
    for sector, values in stored.items():
        assert len(values) >= 4  # references and sealed address
        missing = [value for value in values if value.hex() not in dump]
        assert not missing, sector
    assert ANNA not in dump + log
    assert HOME not in strip_replica(dump) + log
    assert not any(value.hex() in log for values in stored.values() for value in values)

    rn = stored["RN"] | set(list_values(answers["RN"]))
    pat = stored["PAT"] | set(list_values(answers["PAT"]))
    assert not cut(rn) & cut(pat)
    known = [*rn, *pat, ANNA.encode(), HOME.encode(), CITY.encode()]
    for value in (*rn, ANNA.encode(), HOME.encode()):
        assert not set(guess(value, known)) & pat
    assert cut({b"A" + next(iter(rn))}) & cut(rn)  # the comparison finds what is shifted
    assert ring.fingerprint not in dump + log


def test_60_references_before_and_after_a_rotation_cannot_be_paired(
    wall: LinksSettings, tmp_path: Path
) -> None:
    """By the references, that is: who has both dumps still pairs rows by their other columns."""
    settings = with_own_keys(wall, tmp_path)
    old_ring = KeyRing.make()
    world = make_world(settings, old_ring)
    with running_keys(settings, old_ring) as vault:
        before, found_before = list_references(settings), look_around(world, old_ring)
        with asking_meanwhile(settings) as found:
            assert rotate(settings, "RN", wait=0.3) == len(before)
        assert len(found) > 3
        assert set(found) == {found[0]}  # nobody was without an answer for a moment
        after = list_references(settings)
        assert look_around(world, vault.ring) == found_before
        assert vault.ring.find_sector("RN").active == (2,)
        assert KeyRing.from_file(find_keyring(settings)).fingerprint == old_ring.fingerprint

        old = {value for row in before for value in row if value}
        new = {value for row in after for value in row if value}
        assert len(after) == len(before)
        assert not cut(old) & cut(new)
        # Whoever stole the first generation and both dumps: the new key is not among them.
        leaked = [old_ring.masters[1].reveal()]
        leaked += [
            derive(old_ring.masters[1], "RN", use).reveal()
            for use in ("addr", "subj", "household", "seal-address")
        ]
        for value in sorted(old)[:40]:
            assert not set(guess(value, leaked)) & new
        assert not new & set(guess(min(old), [min(new)]))
        check_what_comes_late_is_refused(settings, old_ring)
        citizen = BATCH["citizen"](vault, {"subject": {"type": "person", "value": ANNA}})
        assert old_ring.make_audit_ref("RN", world_ref(old_ring)).hex() in citizen["auditRefs"]
        assert citizen["subjRefs"]["RN"] == [world_ref(vault.ring).hex()]


def test_a_rotation_that_stops_half_way_changes_nothing_and_goes_on(
    wall: LinksSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_own_keys(wall, tmp_path)
    ring = KeyRing.make()
    make_world(settings, ring)
    before = list_references(settings)
    with running_keys(settings, ring) as vault:
        with monkeypatch.context() as broken:
            broken.setattr("links.keys.rotate_command._write", refuse)
            with pytest.raises(EnvironmentProblem, match="does not answer"):
                rotate(settings, "RN", wait=0)
        assert list_references(settings) == before
        assert vault.ring.find_sector("RN").active == (1, 2)
        rotate(settings, "RN", wait=0)
        assert vault.ring.find_sector("RN").active == (2,)
        assert len(vault.ring.masters) == 2


def test_keys_of_another_time_rotate_nothing(wall: LinksSettings, tmp_path: Path) -> None:
    settings = with_own_keys(wall, tmp_path)
    ring = KeyRing.make()
    make_world(settings, ring)
    before = list_references(settings)
    newer = ring.add_generation("RN").retire_generation("RN", 1)
    with (
        running_keys(settings, newer) as vault,
        pytest.raises(EnvironmentProblem, match="another time"),
    ):
        rotate(settings, "RN", wait=0)
    assert vault.ring.find_sector("RN").active == (2,)
    assert list_references(settings) == before


def test_files_and_moves_wait_for_a_rotation_and_questions_do_not(world: World) -> None:
    with (
        connect(world.settings, LinksRole.INGEST) as rotating,
        connect(world.settings, LinksRole.INGEST) as writing,
        connect_as_superuser(world.settings) as reading,
    ):
        rotating.execute("select links.open_generation('RN', 1::int2)")
        writing.execute("set lock_timeout = '50ms'")
        for statement in (
            "select * from links.list_sectors()",
            "select links.apply_delivery('residence', 'x', false, '{}')",
        ):
            with pytest.raises(psycopg.errors.LockNotAvailable), writing.transaction():
                writing.execute(statement)
        reading.execute("set lock_timeout = '50ms'")
        assert reading.execute("select count(*) from links.link").fetchone() != (0,)


@pytest.mark.parametrize(
    "wrong",
    [
        "bru-90000\u0661",  # Arabic digit
        "b\u0433u-900001",  # Cyrillic letter
        "bru\u2010900001",  # hyphen of another kind
        "bru-900001\0",
        "bru-900001\n",
        "bru-900001\u200b",
        "\u202ebru-900001",
        "bru-900001 ",
        "bru-90000\uff11",
        "bru-9000e\u0301",
        "",
        "b" * 200,
        "../bru-900001",
    ],
    ids=ascii,
)
def test_75_confusable_ids_are_refused_and_never_taken_for_another(
    wrong: str, links_cluster: LinksSettings, key_service: Vault
) -> None:
    number = wrong.replace("bru-", "").replace("900001", ANNA)
    with BatchKeys(links_cluster.batch_socket) as keys:
        for members in (
            question(address=wrong),
            question(address=HOME, street=wrong),
            question(address=HOME, organisation=wrong),
            question(subject={"type": "person", "value": wrong}),
            question(subject={"type": "person", "value": number + "\u00b2"}),
            question(subject=_person(ANNA.replace("0", "\u0660"))),  # int() reads it as 0
            question(subject=_person(ANNA.replace("0", "\uff10"))),
            question(subject=_person(ANNA[:10] + "\u00b2")),
            question(subject={"type": "vehicle", "value": "\uff11ABC234"}),
            question(subject={"type": "vehicle", "value": "1\u0410BC234"}),
            question(subject={"type": "enterprise", "value": "000000010\u0661"}),
            question(sector="RN\0", address=HOME),
            {"op": "key_rows", "sector": "RN", "rows": [[wrong, "person", ANNA, None]]},
            {"op": "key_rows", "sector": "RN", "rows": [[HOME, "person", ANNA, "H1\0"]]},
            {"op": "seal", "month": "2026-1\u0661", "data": "", "bound": ""},
            {"op": "seal", "month": "../../etc", "data": "", "bound": ""},
            {"op": "seal", "purpose": "x\0", "data": "", "bound": ""},
        ):
            with pytest.raises(KeysRefused):
                keys.ask(members.pop("op"), **members)


def test_76_a_stolen_dump_and_every_open_address_give_no_link(
    world: World, key_service: Vault
) -> None:
    crack_dump(world, addresses=4_000)


@pytest.mark.soak
def test_seven_million_guesses_give_no_link(world: World, key_service: Vault) -> None:
    crack_dump(world, addresses=200_000)


def test_a_backup_is_unreadable_without_the_key_that_is_elsewhere(
    world: World, tmp_path: Path, links_cluster: LinksSettings
) -> None:
    settings = with_own_keys(world.settings, tmp_path)
    private = tmp_path / "carried-away.key"
    with pytest.raises(InputRefused, match="--make-key"):
        write_backup(settings, tmp_path, utc_now())
    make_backup_key(settings, private)
    assert not [told for told in list_open_files(settings) if "backup.pub" in told]
    path = write_backup(settings, tmp_path, datetime(2026, 11, 22, tzinfo=UTC))
    raw = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(raw) > 10_000
    for text in (b"PGDMP", b"residence", b"links.link", world.key_person("anna")):
        assert text not in raw
    # Everything that is on the machine: its files are no key to it.
    for file in sorted(p for p in settings.secrets.rglob("*") if p.is_file()):
        content = file.read_bytes()
        for key in {content[at : at + 32] for at in range(max(1, len(content) - 31))}:
            if len(key) == 32:
                with pytest.raises(InputRefused):
                    decrypt_stream(key, io.BytesIO(raw), io.BytesIO())
    restored = clone_database(replace(links_cluster, home=settings.home), "restored")
    try:
        with pytest.raises(InputRefused):
            restore(restored, path, b"x" * 32)
        shortened = tmp_path / "shortened"
        shortened.write_bytes(raw[:-1])
        with pytest.raises(InputRefused):
            restore(restored, shortened, private.read_bytes())
        restore(restored, path, private.read_bytes())
        assert list_references(restored) == list_references(world.settings)
        with pytest.raises(InputRefused, match="not empty"):
            restore(restored, path, private.read_bytes())
    finally:
        drop_database(restored)


def test_77_no_core_dump_and_nobody_may_look_in(tmp_path: Path) -> None:
    settings = LinksSettings(home=tmp_path)
    make_secrets(settings)
    with running_process(settings) as process:
        limits = (Path(f"/proc/{process.pid}") / "limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits)
        os.kill(process.pid, signal.SIGABRT)
        assert process.wait(10) == -signal.SIGABRT
    core = [path for path in tmp_path.rglob("*") if "core" in path.name]
    assert not core
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from links.keys.service import *; harden(); print(ctypes.CDLL(None).prctl(3))",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert told.stdout.strip() == "0"
    assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 1  # the question can be answered otherwise


def test_no_repr_traceback_or_pickle_shows_a_key(tmp_path: Path) -> None:
    settings = LinksSettings(home=tmp_path)
    ring = KeyRing.make().add_generation("RN")
    ring.write(tmp_path / "ring")
    ring = KeyRing.from_file(tmp_path / "ring")
    vault = make_vault(ring, tmp_path / "months", tmp_path / "ring")
    keys = [ring.base, *ring.masters.values()]
    keys += [
        derive(master, code, use, size)
        for master in ring.masters.values()
        for code in SECTORS
        for use, size in (("addr", 32), ("subj", 32), ("household", 32), ("seal-address", 64))
    ]
    keys += [derive(ring.base, "-", use) for use in ("audit", "handle", "seal/work", "officer")]
    uses = (f"asked/{CITY}", f"query/{CITY}/RN", f"street/{CITY}")
    keys += [derive(ring.base, "-", use) for use in uses]
    keys += [derive(ring.base, "RN", f"pairwise/{CITY}")]
    shown = Shown(keys)
    seen = collect_reprs(lambda: use_everything(vault))
    assert len(seen) > 1_000  # the tracer saw frames
    assert any("'RN'" in text for text in seen)
    for text in seen:
        shown.check(text)
    for thing in (ring, vault, vault.months, *ring.sectors.values(), *keys, settings):
        shown.check(f"{thing!r} {thing}")
    for secret in keys:
        with pytest.raises(TypeError, match="not pickled"):
            secret.__reduce__()
    with pytest.raises(AssertionError):
        shown.check(repr(ring.base.reveal()))  # the search finds what is there


def test_80_without_keys_there_is_no_answer_and_nothing_was_kept(
    wall: LinksSettings, tmp_path: Path
) -> None:
    ring = KeyRing.make()
    world = make_world(with_own_keys(wall, tmp_path), ring)
    anna = {"address": HOME, "subject": {"type": "person", "value": ANNA}}
    asked = {
        "/v1/verify": make_question("cpas_verify", **anna),
        "/v1/addresses": make_question("cpas_addresses", subject=anna["subject"]),
        "/v1/handles/open": {"handle": "x", "correlationId": "c-1"},
    }
    with serving_links(world.settings) as served:
        requester = served.make_requester(world.clients["cpas"])
        with running_keys(world.settings, ring):
            token = requester.fetch_token()
            reply = requester.ask("/v1/verify", asked["/v1/verify"], token)
            assert reply.content["result"] is True
        before = count_records(world)
        for path, content in asked.items():
            for _ in range(2):
                reply = requester.ask(path, content, token)
                assert read_problem(reply) == (503, "unavailable"), path
        assert requester.send("GET", "/health", {}).status == 503
        assert count_records(world) == before
        with running_keys(world.settings, ring):
            reply = requester.ask("/v1/verify", asked["/v1/verify"], token)
            assert reply.content["result"] is True
    check_client_without_keys(LinksSettings(home=tmp_path))


def count_records(world: World) -> int:
    with world.connect() as connection:
        row = connection.execute("select count(*) from links.record").fetchone()
    assert row is not None
    return int(row[0])


def check_client_without_keys(settings: LinksSettings) -> None:
    """Other keys on the same socket give other references: nothing was kept."""

    async def ask_around(stop: Callable[[], object], start: Callable[[], object]) -> list[Any]:
        keys = AskKeys(settings.ask_socket, seconds=2)
        asked = question(address=HOME)
        operation = asked.pop("op")
        answers = [await keys.ask(operation, **asked)]
        await asyncio.to_thread(stop)
        for _ in range(3):
            with pytest.raises(KeysUnavailable):
                await keys.ask(operation, **asked)
        await asyncio.to_thread(start)
        answers.append(await keys.ask(operation, **asked))
        await keys.close()
        return answers

    services = [running_keys(settings, KeyRing.make()), running_keys(settings, KeyRing.make())]
    services[0].__enter__()
    try:
        first, second = asyncio.run(
            ask_around(lambda: services[0].__exit__(None, None, None), services[1].__enter__)
        )
    finally:
        services[1].__exit__(None, None, None)
    assert first["addrRefs"] != second["addrRefs"]
    with pytest.raises(KeysUnavailable):
        BatchKeys(settings.batch_socket)


def test_a_pseudonymiser_that_hangs_is_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "ask"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen()

        async def ask() -> None:
            keys = AskKeys(path, seconds=0.2)
            with pytest.raises(KeysUnavailable):
                await keys.ask("describe")

        asyncio.run(ask())
        with BatchKeys(path, seconds=0.2) as keys, pytest.raises(KeysUnavailable):
            keys.ask("describe")


# ---- what the tests above stand on


def world_ref(ring: KeyRing, sector: str = "RN") -> bytes:
    return ring.find_sector(sector).list_active("subj", f"person:{ANNA}".encode())[0]


def answer_everything(keys: BatchKeys, sector: str) -> dict[str, Any]:
    """Ask and disclose about one person at one address, in one sector."""
    asked = keys.ask(**_operation(question(address=HOME, sector=sector, subject=_person(ANNA))))
    rows = [{"subjRef": asked["subjRefs"][0], "kid": 1}]
    terms = {"source": KINDS["residence"].source, "expires": 2_000_000_000}
    disclosed = keys.ask(
        "disclose", sector=sector, organisation=CITY, rows=rows, pairwise=True, handle=terms
    )
    return {"ask": {name: asked[name] for name in ASKED}, "disclose": disclosed}


def _operation(message: dict[str, Any]) -> dict[str, Any]:
    return {"operation": message.pop("op"), **message}


def _person(number: str) -> dict[str, str]:
    return {"type": "person", "value": number}


def find_row_values(world: World, sector: str) -> set[bytes]:
    """Return what the database holds of anna in a sector."""
    subj_ref = world_ref(world.keyring, sector)
    with world.connect() as connection:
        rows = connection.execute(
            "select addr_ref, subj_ref, household_ref, addr_sealed from links.link"
            " where sector = %s and subj_ref = %s",
            (sector, subj_ref),
        ).fetchall()
    found = {value for row in rows for value in row if value}
    return found | {world.keyring.make_audit_ref(sector, subj_ref)}


def look_around(world: World, ring: KeyRing) -> dict[str, Any]:
    """Return what the wall knows, told without references: the same before and after."""
    sector = ring.find_sector("RN")
    people = {
        sector.list_active("subj", f"person:{number}".encode())[-1]: name
        for name, number in PEOPLE.items()
    }
    with world.connect() as connection:
        links = connection.execute(
            "select kind, capacity, subj_ref, household_ref, addr_sealed, addr_ref, valid, kid"
            " from links.link where sector = 'RN'"
        ).fetchall()
        told = {
            table: sorted(
                people.get(ref, "an address")
                for (ref,) in connection.execute(
                    f"select {column} from links.{table} where sector = 'RN'"
                )
            )
            for table, column in (
                ("dossier", "subj_ref"),
                ("protection", "subj_ref"),
                ("canary", "ref"),
            )
        }
    households: dict[bytes, set[str]] = {}
    rows = set()
    for kind, capacity, subj_ref, household_ref, sealed, addr_ref, valid, kid in links:
        address = sector.find_generation(kid).open_address(sealed, subj_ref)
        assert addr_ref in sector.list_references("addr", address).values()
        rows.add((kind, capacity, people[subj_ref], address, valid))
        if household_ref:
            households.setdefault(household_ref, set()).add(people[subj_ref])
    return {"rows": rows, "households": sorted(map(sorted, households.values())), **told}


@contextmanager
def asking_meanwhile(settings: LinksSettings) -> Iterator[list[tuple[int, ...]]]:
    """Ask again and again for the block: how many live there, are protected, belong together."""
    found: list[tuple[int, ...]] = []
    stopped = threading.Event()

    def ask() -> None:
        with BatchKeys(settings.ask_socket) as keys, connect_as_superuser(settings) as connection:
            while not stopped.is_set():
                asked = keys.ask(**_operation(question(address="bru-900003")))
                refs = [bytes.fromhex(ref) for ref in asked["addrRefs"]]
                (row,) = connection.execute(
                    "select count(*), count(*) filter (where exists (select from links.protection p"
                    " where p.subj_ref = l.subj_ref)), count(distinct household_ref),"
                    " count(distinct subj_ref)"
                    " from links.link l where sector = 'RN' and addr_ref = any (%s)",
                    (refs,),
                ).fetchall()
                found.append(row)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stopped.set()
        thread.join(10)


LATE = {
    "protection": "(sector, subj_ref, kid, level, basis, valid)"
    " values ('RN', %s, 1, 2, 'late', '[2026-01-01,2026-02-01)')",
    "dossier": "(organisation, sector, subj_ref, kid, capacity, valid, subscribed, handle)"
    " values ('0207500123', 'RN', %s, 1, 'late', '[2026-01-01,2026-02-01)', false, 'x')",
    "canary": "(sector, ref, kid) values ('RN', %s, 1)",
}


def check_what_comes_late_is_refused(settings: LinksSettings, old: KeyRing) -> None:
    """Rows that were keyed before a rotation would be found by nobody: they stay out."""
    for table, values in LATE.items():
        with (
            connect_as_superuser(settings) as connection,
            pytest.raises(psycopg.Error, match="generation_over"),
        ):
            connection.execute(f"insert into links.{table} {values}", (world_ref(old),))


def refuse(*_: object) -> NoReturn:
    raise KeysUnavailable


def crack_dump(world: World, addresses: int) -> None:
    """Try everything on a dump, beside one reference that a careless hand has not keyed."""
    careless = sha256(b"bru-900005").digest()[:16]
    told = sha256(b"bru-900006").digest()
    with world.connect() as connection:
        connection.execute("insert into links.canary (sector, ref) values ('RN', %s)", (careless,))
        connection.execute("update links.organisation set name = %s", (told.hex(),))
    dump = dump_database(world.settings)
    texts = re.findall(r"(?:\b|\\\\x)((?:[0-9a-f]{2}){16,})\b", dump)
    raw = set(map(bytes.fromhex, texts))
    stolen = {value[at : at + 16] for value in raw for at in range(0, len(value) - 15, 16)}
    assert {world.key_person("anna"), careless, told[:16]} <= stolen
    guesses = 0
    found = set()
    for number in range(addresses):
        for one in guess_quickly(b"bru-%d" % (900_000 + number)):
            guesses += 1
            if one in stolen:
                found.add(one)
    assert guesses == 35 * addresses
    people = [number.encode() for number in PEOPLE.values()]
    for value in [*(b"bru-%d" % (900_000 + n) for n in range(50)), *people]:
        found |= stolen.intersection(guess(value, [CITY.encode(), *people[:3]]))
    assert found >= {told[:16], told[16:]}  # texts are searched too
    found -= {told[:16], told[16:]}
    assert found == {careless}


def use_everything(vault: Vault) -> None:
    """Go through every operation, and through refusals of some."""
    row = ["bru-900001", "person", ANNA, "H1"]
    keyed = BATCH["key_rows"](vault, {"sector": "RN", "rows": [row]})
    addr, subj, household, sealed = keyed["rows"][0]
    data = b64encode(b"text").decode()
    place = {"subjRef": subj, "kid": 1}
    token = disclose_one(vault, 2_000_000_000)
    rows = [{**place, "sealed": sealed}]
    bound = {"data": data, "bound": "x"}
    calls: dict[str, dict[str, Any]] = {
        "ask": question(address=HOME, street="bru-1", subject=_person(ANNA)),
        "disclose": {"sector": "RN", "organisation": CITY, "rows": [place], "pairwise": True},
        "open_addresses": {"sector": "RN", "rows": rows},
        "open_handle": {"handle": token, "organisation": KINDS["residence"].source},
        "seal": {"purpose": "work", **bound},
        "citizen": {"subject": _person(ANNA)},
        "describe": {},
        "key_addresses": {"sector": "RN", "addresses": [HOME]},
        "seal_addresses": {"sector": "RN", "rows": [{**place, "address": HOME}]},
        "rekey_rows": {
            "sector": "RN",
            "from": 1,
            "to": 2,
            "rows": [[addr, subj, household, sealed]],
        },
        "person_ref": {"subject": _person(ANNA)},
        "add_generation": {"sector": "VEH"},
        "retire_generation": {"sector": "VEH", "kid": 1},
        "key_rows": {"sector": "RN", "rows": [row]},
        "key_digest": {"sha256": "00" * 32},
        "key_text": {"sector": "RN", "use": "basis", "text": "court 18"},
    }
    for operation, request in calls.items():
        BATCH[operation](vault, request)
    month = BATCH["seal"](vault, {"month": "2015-01", **bound})
    BATCH["unseal"](vault, {**month, "bound": "x"})
    with pytest.raises(KeysRefused):
        BATCH["unseal"](vault, {**month, "bound": "y"})
    BATCH["shred_month"](vault, {"month": "2015-01"})
    number = BATCH["seal_number"](vault, {"organisation": CITY, "number": "A-1"})
    BATCH["open_numbers"](vault, {"organisation": CITY, "sealed": [number["sealed"]]})
    others = {"unseal", "shred_month", "seal_number", "open_numbers"}
    assert {*calls} | others == {*BATCH}
