"""The parts of the pseudonymiser, each against another opinion or its own laws."""

from __future__ import annotations

import asyncio
import io
import os
import pwd
import socket
import subprocess
import sys
from base64 import b64decode, b64encode
from contextlib import contextmanager
from hashlib import sha256
from hmac import digest as hmac_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import ssn, vat

from links.clock import utc_now
from links.domain.kinds import KINDS, SECTORS
from links.domain.subjects import SubjectRefused, SubjectType, is_synthetic, read_subject
from links.keys import frames
from links.keys.backup import CHUNK_BYTES, decrypt_stream, encrypt_stream
from links.keys.callers import ASK, BATCH, BY_PROCESS, find_callers
from links.keys.client import AskKeys, BatchKeys, KeysRefused, KeysUnavailable
from links.keys.keyring import KeyRing, find_keyring, make_secrets
from links.keys.service import Allowance, Caller, serving
from links.settings import DEFAULT_USERS, LinksSettings
from links.synthetic.numbers import (
    MOST_PEOPLE,
    make_enterprise_number,
    make_establishment_number,
    make_plate,
    make_ssin,
)
from links.synthetic.people import make_links, write_kind_files
from registry.domain.errors import EnvironmentProblem, InputRefused
from tests.links.pseudonymiser import CITY, disclose_one, make_vault, question, running_service
from tests.links.world import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from links.keys.operations import Vault

HOME, ANNA, INSURER = "bru-900001", PEOPLE["anna"], "0403000012"
NOWHERE = Path("/nonexistent")
REAL_SSINS = ("85073003328", "17073003384", "98472899765")
"""Examples that python-stdnum prints; a synthetic ring refuses them."""


# ---- subjects, with python-stdnum as the other opinion


@given(st.integers(0, 10**9 - 1), st.integers(0, 99))
def test_a_national_number_is_read_when_stdnum_reads_it(first: int, check: int) -> None:
    for digits in (check, 97 - first % 97, 97 - (first + 2_000_000_000) % 97):
        number = f"{first:09}{digits:02}"
        try:
            value = read_subject("person", number).value
        except SubjectRefused:
            assert not ssn.is_valid(number)
        else:
            # stdnum asks what year it is; born tomorrow is no mistake of writing.
            assert value == number
            in_the_future = int(number[:2]) > utc_now().year % 100
            is_invented = is_synthetic("person", value)
            assert ssn.is_valid(number) is not is_invented or (in_the_future and not is_invented)


@given(st.integers(0, 10**8 - 1), st.integers(0, 99))
def test_an_enterprise_number_is_read_when_stdnum_reads_it(first: int, check: int) -> None:
    for number in (f"{first:08}{check:02}", f"{first:08}{97 - first % 97:02}"):
        try:
            assert read_subject("enterprise", number).value == number
        except SubjectRefused:
            assert not vat.is_valid(number)
        else:
            assert vat.is_valid(number)


def test_usual_spellings_are_one_subject() -> None:
    for text in ("85.07.30-033.28", "85073003328", "85 07 30 033 28"):
        assert read_subject("person", text).value == "85073003328"
    for text in ("0403.019.261", "BE 0403.019.261", "403019261", "0403019261"):
        assert read_subject("enterprise", text).value == "0403019261"
    assert read_subject("vehicle", "1-abc-234").value == "1ABC234"
    assert read_subject("establishment", make_establishment_number(7)).value[0] == "8"


@given(st.integers(0, MOST_PEOPLE - 1), st.integers(0, 999_999))
def test_synthetic_numbers_pass_every_check_and_are_nobody_s(person: int, other: int) -> None:
    assert read_subject("person", make_ssin(person)).is_synthetic
    assert not ssn.is_valid(make_ssin(person))
    assert read_subject("enterprise", make_enterprise_number(other)).is_synthetic
    assert read_subject("establishment", make_establishment_number(other)).is_synthetic
    assert read_subject("vehicle", make_plate(other)).is_synthetic


def test_synthetic_numbers_differ() -> None:
    some = range(0, MOST_PEOPLE, 997)
    assert len({make_ssin(number) for number in some}) == len(some)
    with pytest.raises(ValueError, match="synthetic"):
        make_ssin(MOST_PEOPLE)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_each_kind_is_complete(kind: Any) -> None:
    assert kind.sector in SECTORS
    assert read_subject(SubjectType.ENTERPRISE, kind.source).value == kind.source
    assert kind.retention_days > 0
    assert kind.purposes
    assert kind.capacities
    assert set(kind.label) == {"nl", "fr", "de"}


def test_invented_links_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    addresses = [f"bru-{number}" for number in range(300)]
    links = list(make_links(addresses, 7))
    assert links == list(make_links(addresses, 7)) != list(make_links(addresses, 8))
    assert {link.kind for link in links} == set(KINDS)
    for link in links:
        subject = read_subject(KINDS[link.kind].subject_type, link.subject)
        assert subject.is_synthetic
        assert link.capacity in KINDS[link.kind].capacities
    files = write_kind_files(tmp_path, links)
    assert sum(len(path.read_text().splitlines()) - 1 for path in files.values()) == len(links)


# ---- derivation


def test_a_reference_is_hkdf_and_hmac_as_documented(keyring: KeyRing) -> None:
    info = b"links/v1/RN/subj"
    key = HKDF(SHA256(), 32, salt=None, info=info).derive(keyring.masters[1].reveal())
    expected = hmac_digest(key, f"person:{ANNA}".encode(), "sha256")[:16]
    assert keyring.key_rows("RN", [(None, "person", ANNA, None)])[0][1] == expected


@given(
    generations=st.integers(1, 4),
    text=st.from_regex(r"[a-z]{3}-[0-9]{1,40}", fullmatch=True),
    household=st.none() | st.from_regex(r"H[0-9]{1,9}", fullmatch=True),
)
def test_a_row_moved_is_the_row_keyed_anew(
    generations: int, text: str, household: str | None
) -> None:
    ring = KeyRing.make(sectors=["RN"])
    row = (text, "person", ANNA, household)
    for _ in range(generations):
        before = ring.key_rows("RN", [row])[0]
        old = ring.find_sector("RN").current.kid
        rotating = ring.add_generation("RN")
        assert rotating.key_rows("RN", [row])[0] == before  # new rows wait for the old ones
        vault = make_vault(rotating, NOWHERE)
        moved = BATCH["rekey_rows"](
            vault,
            {
                "sector": "RN",
                "from": old,
                "to": rotating.find_sector("RN").active[-1],
                "rows": [[value and value.hex() for value in before]],
            },
        )["rows"][0]
        ring = rotating.retire_generation("RN", old)
        after = ring.key_rows("RN", [row])[0]
        assert moved == tuple(value and value.hex() for value in after)
        assert not {*before} & {*after} - {None}
        sealed = ring.find_sector("RN").current.open_address(after[3], after[1])
        assert sealed == text.encode()


def test_sealed_addresses_are_of_one_length_and_one_row(keyring: KeyRing) -> None:
    rows = [("bru-1", "person", ANNA, None), (HOME * 2, "person", PEOPLE["ben"], None)]
    (_, anna, _, first), (_, ben, _, second) = keyring.key_rows("RN", rows)
    assert len(first) == len(second)
    current = keyring.find_sector("RN").current
    assert current.open_address(first, anna) == b"bru-1"
    for generation, sealed, subject in (
        (current, first, ben),
        (current, second, anna),
        (keyring.find_sector("PAT").current, first, anna),
    ):
        with pytest.raises(KeysRefused, match="sealed_unreadable"):
            generation.open_address(sealed, subject)


def test_a_keyring_is_read_back_and_is_private(tmp_path: Path) -> None:
    settings = LinksSettings(home=tmp_path)
    make_secrets(settings)
    path = find_keyring(settings)
    first = KeyRing.from_file(path)
    make_secrets(settings)
    assert KeyRing.from_file(path).fingerprint == first.fingerprint
    assert path.stat().st_mode & 0o777 == 0o600
    rotated = first.add_generation("RN")
    rotated.write(path)
    again = KeyRing.from_file(path)
    row = [(HOME, "person", ANNA, "H1")]
    assert again.key_rows("RN", row) == first.key_rows("RN", row)
    assert again.find_sector("RN").active == (1, 2)
    path.chmod(0o640)
    with pytest.raises(EnvironmentProblem, match="may be read by others"):
        KeyRing.from_file(path)
    path.write_text(path.read_text()[:-40])
    path.chmod(0o600)
    with pytest.raises(EnvironmentProblem, match="no keyring") as raised:
        KeyRing.from_file(path)
    assert raised.value.__cause__ is None


def test_a_ring_for_real_people_is_made_on_demand_and_once(tmp_path: Path) -> None:
    settings = LinksSettings(home=tmp_path)
    command = [sys.executable, "-m", "links.keys", "--make-keyring"]
    environment = {**os.environ, "BEST_LINKS_HOME": str(tmp_path), "BEST_LINKS_USERS": "none"}
    for code in (0, 3):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code
        ring = KeyRing.from_file(find_keyring(settings))
        assert not ring.synthetic
        assert (ring.fingerprint in done.stdout) is (code == 0)


def test_a_demonstration_refuses_who_may_exist_and_production_who_cannot() -> None:
    demonstration, production = KeyRing.make(), KeyRing.make(synthetic=False)
    for number in REAL_SSINS:
        production.read_subject("person", number)
        with pytest.raises(KeysRefused, match="subject_not_synthetic"):
            demonstration.read_subject("person", number)
    demonstration.read_subject("person", ANNA)
    with pytest.raises(KeysRefused, match="subject_synthetic"):
        production.read_subject("person", ANNA)


# ---- frames and the service


@given(st.lists(st.dictionaries(st.text(), st.integers(-9, 9)), max_size=5), st.integers(1, 40))
def test_frames_arrive_however_they_are_cut(messages: list[dict[str, int]], step: int) -> None:
    data = b"".join(map(frames.write_frame, messages))
    reader, read = frames.FrameReader(), []
    for start in range(0, len(data), step):
        read += reader.feed(data[start : start + step])
    assert read == messages


@pytest.mark.parametrize(
    "data", [b"\xff\xff\xff\xff", b"\0\0\0\x02[]", b"\0\0\0\x01{", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_frame_is_hung_up_on(
    data: bytes, links_cluster: LinksSettings, key_service: Vault
) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(links_cluster.ask_socket))
        client.sendall(data)
        assert client.recv(1000) == b""


def test_answers_never_repeat_what_was_asked(
    links_cluster: LinksSettings, key_service: Vault, capfd: pytest.CaptureFixture[str]
) -> None:
    marks = ("85073003328", "nowhere-77", "hunter2")
    wrong: list[dict[str, Any]] = [
        {"op": marks[2]},
        {"op": "ask", "sector": marks[2], "organisation": CITY, "day": "2026-11-22"},
        question(subject={"type": "person", "value": marks[0]}),
        question(subject={"type": marks[2], "value": marks[0]}),
        question(subject=marks[0]),
        question(address=[marks[1]]),
        question(address=marks[1] + "\n"),
        question(organisation=marks[2], address=HOME),
        {"op": "open_handle", "handle": marks[2], "organisation": CITY},
        {"op": "unseal", "purpose": "x", "sealed": marks[2], "bound": ""},
        {"op": "key_rows", "sector": "RN", "rows": [[marks[1], "person", marks[0], None]]},
        {"op": "rekey_rows", "sector": "RN", "from": 1, "to": 9, "rows": []},
        {"op": ["ask"]},
    ]
    with BatchKeys(links_cluster.batch_socket) as keys:
        for message in wrong:
            with pytest.raises(KeysRefused) as raised:
                keys.ask(message.pop("op"), **message)
            assert not any(mark in repr(raised.value) for mark in marks)
        assert keys.ask("describe")["synthetic"] is True  # and goes on serving
    out, err = capfd.readouterr()
    assert not any(mark in out + err for mark in marks)


def test_the_asking_socket_does_no_batches(
    links_cluster: LinksSettings, key_service: Vault
) -> None:
    with BatchKeys(links_cluster.ask_socket) as keys:
        for operation in BATCH.keys() - ASK.keys():
            with pytest.raises(KeysRefused, match="request_malformed"):
                keys.ask(operation, sector="RN", rows=[])
        for wrong in ("2015-03", find_month(-2), find_month(1), "2026-1\u0661", "x"):
            with pytest.raises(KeysRefused):
                keys.ask("seal", month=wrong, data="", bound="")
        for month in (find_month(-1), find_month(0), None):
            assert keys.ask("seal", month=month, data="", bound="")["sealed"]
        with pytest.raises(KeysRefused, match="too_many_rows"):
            keys.ask("disclose", sector="RN", organisation=CITY, rows=[{}] * 101)


def find_month(later: int) -> str:
    """Return the month that comes `later` months after this one."""
    now = utc_now()
    year, month = divmod(now.year * 12 + now.month - 1 + later, 12)
    return f"{year}-{month + 1:02}"


@pytest.mark.parametrize("process", BY_PROCESS)
def test_each_process_has_its_own_operations_and_no_other(process: str, tmp_path: Path) -> None:
    may = BY_PROCESS[process]
    caller = Caller(operations=may)
    with serving_one(tmp_path / "keys", caller) as keys:
        for operation in BATCH.keys() - may.keys():
            with pytest.raises(KeysRefused, match="request_malformed"):
                keys.ask(operation, **ENOUGH_FOR_ANY)
        for operation in may.keys() & {"seal", "unseal"}:
            for purpose in {None, "citizen", "work-list"} - {SEALS[process]}:
                with pytest.raises(KeysRefused, match="purpose_refused"):
                    keys.ask(operation, **ENOUGH_FOR_ANY, purpose=purpose)
        assert keys.ask("describe")["synthetic"] is True


ENOUGH_FOR_ANY: dict[str, Any] = {
    "sector": "RN",
    "organisation": CITY,
    "day": "2026-11-22",
    "address": HOME,
    "addresses": [HOME],
    "rows": [],
    "subject": {"type": "person", "value": ANNA},
    "month": "2015-03",
    "sha256": "00" * 32,
    "use": "basis",
    "text": "x",
    "number": "x",
    "sealed": "",
    "data": "",
    "bound": "",
}
SEALS = {"api": None, "citizen": "citizen", "ingest": "work-list", "govern": "citizen"}
"""What each process seals or reads; None: what clients signed."""


def test_nobody_but_its_process_has_a_dangerous_operation() -> None:
    holders = {
        operation: {name for name, may in BY_PROCESS.items() if operation in may}
        for operation in BATCH
    }
    assert holders["ask"] == holders["disclose"] == holders["open_handle"] == {"api"}
    assert holders["citizen"] == {"citizen"}
    assert holders["open_addresses"] == {"api", "citizen"}
    assert holders["key_rows"] == holders["rekey_rows"] == {"ingest"}
    assert holders["add_generation"] == holders["retire_generation"] == {"ingest"}
    assert holders["person_ref"] == {"govern"}
    assert holders["shred_month"] == {"audit"}
    assert all(holders.values())


def test_users_are_told_apart_by_their_number(tmp_path: Path) -> None:
    names = [user.pw_name for user in pwd.getpwall() if user.pw_uid]
    users = dict(zip(DEFAULT_USERS, names, strict=False))
    settings = LinksSettings(home=tmp_path, users=users)
    ask, work = find_callers(settings).values()
    numbers = {name: pwd.getpwnam(user).pw_uid for name, user in users.items()}
    assert ask.keys() == {0, numbers["api"], numbers["citizen"]}
    assert work.keys() == {0, numbers["ingest"], numbers["govern"], numbers["audit"]}
    for name, may in BY_PROCESS.items():
        assert (ask | work)[numbers[name]].operations == may
    allowances = [ask[numbers[name]].allowance for name in ("api", "citizen")]
    assert all(allowances)
    assert allowances[0] is not allowances[1]


@contextmanager
def serving_one(path: Path, caller: Caller) -> Iterator[BatchKeys]:
    """Be this caller of a pseudonymiser for the block."""
    sockets = {path: {os.geteuid(): caller}}
    vault = make_vault(KeyRing.make(), path.parent / "months")
    with running_service(vault, sockets), BatchKeys(path) as keys:
        yield keys


def test_a_digest_and_a_basis_are_keyed_and_the_basis_by_sector(
    links_cluster: LinksSettings, key_service: Vault
) -> None:
    plain = sha256(b"80931010781,resident,2026-11-01,bru-1").hexdigest()
    with BatchKeys(links_cluster.batch_socket) as keys:
        digest = keys.ask("key_digest", sha256=plain)["digest"]
        assert digest == keys.ask("key_digest", sha256=plain)["digest"]
        assert digest not in plain
        assert len(digest) == 32
        asked = {"use": "basis", "text": "court 18"}
        refs = {code: keys.ask("key_text", sector=code, **asked)["ref"] for code in SECTORS}
        assert len(set(refs.values())) == len(SECTORS)
        assert keys.ask("key_text", sector="RN", **asked)["ref"] == refs["RN"]
        for digest in ("00" * 31, "court", None):
            with pytest.raises(KeysRefused):
                keys.ask("key_digest", sha256=digest)


def test_an_organisation_s_own_number_comes_back_to_it_alone(
    links_cluster: LinksSettings, key_service: Vault
) -> None:
    with BatchKeys(links_cluster.batch_socket) as keys:
        sealed = [
            keys.ask("seal_number", organisation=CITY, number=number)["sealed"]
            for number in ("A-1", "A-1", "d\u00e9cision 2026/77")
        ]
        assert len(set(sealed)) == 3  # the same number twice is nothing alike
        assert len({*map(len, sealed)}) == 1
        opened = keys.ask("open_numbers", organisation=CITY, sealed=sealed)
        assert opened == {"numbers": ["A-1", "A-1", "d\u00e9cision 2026/77"]}
        with pytest.raises(KeysRefused, match="sealed_unreadable"):
            keys.ask("open_numbers", organisation=INSURER, sealed=sealed)
        for number in ("x" * 97, "\0", None):
            with pytest.raises(KeysRefused, match="number_malformed"):
                keys.ask("seal_number", organisation=CITY, number=number)


def test_a_wrong_row_is_named_and_the_next_request_gets_its_own_answer(
    links_cluster: LinksSettings, key_service: Vault
) -> None:
    rows = [(HOME, "person", make_ssin(number), None) for number in range(6_000)]
    with BatchKeys(links_cluster.batch_socket) as keys:
        kid, keyed = keys.key_rows("RN", rows)
        assert (kid, len(keyed)) == (1, 6_000)
        rows[2_345] = (HOME, "person", "80933110000", None)
        with pytest.raises(KeysRefused) as raised:
            keys.key_rows("RN", rows)
        assert (raised.value.code, raised.value.row) == ("subject_check_digits", 2_345)
        assert keys.key_rows("RN", rows[:1])[1] == keyed[:1]


def test_strangers_are_hung_up_on_by_their_user(tmp_path: Path) -> None:
    async def try_it(allowed: set[int]) -> dict[str, Any]:
        callers = dict.fromkeys(allowed, Caller(operations=ASK))
        async with serving(make_vault(KeyRing.make(), NOWHERE), {tmp_path / "a": callers}):
            keys = AskKeys(tmp_path / "a")
            try:
                return await keys.ask("describe")
            finally:
                await keys.close()

    assert asyncio.run(try_it({os.geteuid()}))["synthetic"] is True
    with pytest.raises(KeysUnavailable):
        asyncio.run(try_it({os.geteuid() + 1}))


def test_more_than_is_allowed_is_not_answered(tmp_path: Path) -> None:
    now = [0.0]
    allowance = Allowance(10, lambda: now[0])
    assert [allowance.take() for _ in range(11)] == [True] * 10 + [False]
    now[0] = 0.25
    assert [allowance.take() for _ in range(3)] == [True, True, False]

    async def flood() -> list[object]:
        me = {os.geteuid(): Caller(operations=ASK, allowance=Allowance(5))}
        async with serving(make_vault(KeyRing.make(), NOWHERE), {tmp_path / "a": me}):
            keys = AskKeys(tmp_path / "a")
            found = await asyncio.gather(
                *(keys.ask("describe") for _ in range(20)), return_exceptions=True
            )
            await keys.close()
            return list(found)

    found = asyncio.run(flood())
    assert sum(isinstance(one, KeysUnavailable) for one in found) == 15


# ---- handles, seals and months


def test_a_handle_opens_for_its_source_alone_in_time_and_in_one_spelling() -> None:
    vault, source = make_vault(KeyRing.make(), NOWHERE), KINDS["residence"].source
    later = int(utc_now().timestamp()) + 900
    token = disclose_one(vault, later)
    assert token != disclose_one(vault, later)
    opened = BATCH["open_handle"](vault, {"handle": token, "organisation": source})
    assert (opened["requester"], opened["expires"], opened["sector"]) == (CITY, later, "RN")
    raw = b64decode(token, altchars=b"-_")
    assert opened["digest"] == sha256(raw).hexdigest()
    other_spellings = [token + "=", token.swapcase(), token[:-1], " " + token[1:], token + "A"]
    if "-" in token or "_" in token:
        other_spellings.append(token.replace("-", "+").replace("_", "/"))
    broken = [
        b64encode(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], b"-_").decode()
        for at in range(len(raw))
    ]
    for text in [*other_spellings, *broken]:
        with pytest.raises(KeysRefused, match="handle_refused"):
            BATCH["open_handle"](vault, {"handle": text, "organisation": source})
    for organisation in (CITY, INSURER):
        with pytest.raises(KeysRefused, match="handle_refused"):
            BATCH["open_handle"](vault, {"handle": token, "organisation": organisation})
    past = disclose_one(vault, int(utc_now().timestamp()) - 1)
    with pytest.raises(KeysRefused, match="handle_expired"):
        BATCH["open_handle"](vault, {"handle": past, "organisation": source})


def test_a_handle_made_before_a_rotation_leads_to_the_same_pseudonym() -> None:
    vault, source = make_vault(KeyRing.make(), NOWHERE), KINDS["residence"].source
    token = disclose_one(vault, int(utc_now().timestamp()) + 900)
    vault.ring = vault.ring.add_generation("RN").retire_generation("RN", 1)
    opened = BATCH["open_handle"](vault, {"handle": token, "organisation": source})
    row = vault.ring.key_rows("RN", [(None, "person", ANNA, None)])[0]
    assert opened["pairwise"] == vault.ring.make_pairwise(source, "RN", row[1], 2).hex()


def test_a_month_is_unreadable_once_its_key_is_destroyed(tmp_path: Path) -> None:
    vault = make_vault(KeyRing.make(), tmp_path)
    data = b64encode(b"what the client signed").decode()
    sealed = BATCH["seal"](vault, {"month": "2015-03", "data": data, "bound": "0207500123/7"})
    request = {"month": "2015-03", "sealed": sealed["sealed"], "bound": "0207500123/7"}
    assert BATCH["unseal"](vault, request) == {"data": data}
    with pytest.raises(KeysRefused, match="sealed_unreadable"):
        BATCH["unseal"](vault, request | {"bound": "0207500123/8"})
    key = (tmp_path / "2015-03.key").read_bytes()
    assert BATCH["shred_month"](vault, {"month": "2015-03"}) == {"existed": True}
    for operation, changes in (("unseal", {}), ("seal", {"data": data})):
        with pytest.raises(KeysRefused, match="key_destroyed"):
            BATCH[operation](vault, request | changes)
    assert not any(key in path.read_bytes() for path in tmp_path.iterdir())
    now = utc_now()
    young = f"{now.year - 10}-{now.month:02}"
    BATCH["seal"](vault, {"month": young, "data": data, "bound": ""})
    with pytest.raises(KeysRefused, match="month_kept"):
        BATCH["shred_month"](vault, {"month": young})


@given(st.integers(0, 3 * CHUNK_BYTES), st.data())
def test_a_backup_opens_whole_with_its_key_or_not_at_all(size: int, data: st.DataObject) -> None:
    key = X25519PrivateKey.from_private_bytes(b"k" * 32)
    plain, sealed, back = io.BytesIO(os.urandom(size)), io.BytesIO(), io.BytesIO()
    encrypt_stream(key.public_key().public_bytes_raw(), plain, sealed)
    raw = sealed.getvalue()
    decrypt_stream(b"k" * 32, io.BytesIO(raw), back)
    assert back.getvalue() == plain.getvalue()
    at = data.draw(st.integers(0, len(raw) - 1))
    chunk = len(raw) - (len(raw) - 52) % (CHUNK_BYTES + 16)  # without its last chunk
    damaged = [raw[:at], raw[:chunk], raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], raw + b"x"]
    for wrong in damaged:
        with pytest.raises(InputRefused):
            decrypt_stream(b"k" * 32, io.BytesIO(wrong), io.BytesIO())
    with pytest.raises(InputRefused):
        decrypt_stream(b"x" * 32, io.BytesIO(raw), io.BytesIO())
