"""Files of sectors: read within limits, matched, loaded with history; work lists there and back."""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import socket
import stat
import statistics
import sys
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from links.clock import utc_now
from links.domain.kinds import KINDS
from links.ingest import command as ingest_command
from links.ingest import work_list as work_list_command
from links.ingest.command import describe
from links.ingest.limits import Limits
from links.ingest.loading import load
from links.ingest.owner_files import load_owner_file
from links.ingest.rows import COLUMNS, read_rows
from links.ingest.spreadsheets import write_spreadsheet
from links.ingest.tables import read_table
from links.ingest.work_lists import export_work_list, read_back
from links.keys.client import BatchKeys
from links.keys.sealing import open_number
from links.replica import command as follow_command
from links.replica.moves import apply_moves, make_moves
from links.replica.register import RegisterUnavailable
from links.store.connections import LinksRole, connect, connect_as_superuser
from registry.domain.errors import InputRefused
from tests.links.deliveries import (
    ADDRESSES,
    SAMPLES,
    deliver,
    fill_replica,
    grant_right,
    list_links,
    write,
)
from tests.links.world import PEOPLE, make_ssin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from links.keys.keyring import KeyRing
    from links.settings import LinksSettings

pytestmark = pytest.mark.usefixtures("key_service")

THIS_WEEK, NEXT_WEEK = (str(utc_now().date() + timedelta(days=n)) for n in (-3, 3))
ANNA, BEN, CATO = (PEOPLE[name] for name in ("anna", "ben", "cato"))
REAL = "00000000097"  # not of the synthetic ones; nobody's all the same, for no sequence is 000


class Endless(io.RawIOBase):
    """A file that goes on for ever after its beginning; says how much of it was read."""

    def __init__(self, beginning: bytes, rest: bytes) -> None:
        self.beginning, self.rest, self.given = io.BytesIO(beginning), rest, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.beginning.read(len(buffer)) or (self.rest * len(buffer))[: len(buffer)]
        buffer[: len(data)] = data
        self.given += len(data)
        return len(data)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.beginning.seek(offset, whence)
        return offset


@pytest.fixture
def ready(wall: LinksSettings) -> LinksSettings:
    """An empty wall whose replica has some addresses."""
    fill_replica(wall)
    return wall


@pytest.fixture(scope="module")
def refusing(module_wall: LinksSettings) -> LinksSettings:
    """The same for tests of a module that load no link."""
    fill_replica(module_wall)
    grant_right(module_wall, HOLDER, "public_authority")
    grant_right(module_wall, PARTNER, "private_partner")
    return module_wall


# 72


def xml(body: str, prolog: str = '<?xml version="1.0"?>') -> bytes:
    return f"{prolog}<links>{body}</links>".encode()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE_XML = {
    "billion laughs": (
        xml("<link subject='&l9;'/>", f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'),
        "declares",
    ),
    "quadratic": (
        xml(
            "<link subject='{}'/>".format("&a;" * 50_000),
            f"<!DOCTYPE x [<!ENTITY a '{'a' * 50_000}'>]>",
        ),
        "declares",
    ),
    "external entity": (
        xml("<link subject='&x;'/>", '<!DOCTYPE x [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>'),
        "declares",
    ),
    "external DTD": (xml("", '<!DOCTYPE links SYSTEM "http://127.0.0.1:9/x.dtd">'), "declares"),
    "DTD at a chunk's end": (xml("", f"<!--{' ' * (65536 - 9)}--><!DOCTYPE x>"), "declares"),
    "DTD hidden in UTF-16": ("<!DOCTYPE x><links/>".encode("utf-16"), "UTF-8"),
    "DTD hidden in UTF-7": (
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x><links/>',
        "UTF-8",
    ),
    "XInclude": (
        xml('<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'),
        "no <link>",
    ),
    "depth": (b"<links>" + b"<link>" * 100_000, "no XML|no <link>"),
    "text": (xml("<link>x</link>"), "holds text"),
    "elements": (xml(f"<link><subject>{ANNA}</subject></link>"), "stands in its attributes"),
    "processing instruction": (xml("<?xml-stylesheet href='http://127.0.0.1:9/'?><a/>"), "no <li"),
    "attributes": (xml(f"<link ssin='{ANNA}'/>"), "attributes other than"),
    "cut off": (b"<links><link", "no XML"),
}


ENDLESS = (
    (b"<links><link subject='", b"a"),
    (b"<links><link subject='", b">"),
    (b"<links><link ", b"a"),
    (b"<links><!--", b"-a"),
    (b"<links>", b" "),
    (b"<links><?", b"a"),
    (b"<", b"l"),
    (b"subject,capacity,from\n", b"1"),
    (b'subject,capacity,from\n"', b"1\n"),
)


def test_72_xml_that_attacks_its_reader() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        place = f":{listening.getsockname()[1]}/".encode()
        for name, (body, reason) in HOSTILE_XML.items():
            assert_refused_small(name, body.replace(b":9/", place), reason, most=8 << 20)
        with pytest.raises(BlockingIOError):  # nobody has come
            listening.accept()
    for beginning, rest in ENDLESS:  # a token of a gigabyte, and more
        file = Endless(beginning, rest)
        with pytest.raises(InputRefused):
            list(read_table(file, COLUMNS))  # type: ignore[arg-type]
        assert file.given < 2 << 20, beginning


def assert_refused_small(name: str, body: bytes, reason: str, *, most: int) -> None:
    """A file is refused, for the right reason, before it has grown."""
    tracemalloc.start()
    try:
        with pytest.raises(InputRefused) as caught:
            list(read_table(io.BytesIO(body), COLUMNS))
        assert re.search(reason, str(caught.value)), (name, str(caught.value))
        assert tracemalloc.get_traced_memory()[1] < most, name
    finally:
        tracemalloc.stop()


def test_xml_that_is_no_attack_is_read() -> None:
    body = xml(f"<!-- of today -->\n<link subject='{ANNA}' capacity='resident' from='2020-01-01'/>")
    (row,) = read_rows(read_table(io.BytesIO(b"\xef\xbb\xbf" + body), COLUMNS), KINDS["residence"])
    assert (row.number, row.subject, row.valid) == (2, ANNA, "[2020-01-01,)")


# 73


def make_zip(*members: tuple[str, bytes], **changes: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in changes.items():
                setattr(info, attribute, value)
            archive.writestr(info, body)
    return buffer.getvalue()


GOOD = f"subject,capacity,from\n{ANNA},resident,2020-01-01\n".encode()


def overlap(body: bytes) -> bytes:
    """Let the second entry of the directory point at the first file."""
    start = body.index(b"PK\x01\x02")
    second = body.index(b"PK\x01\x02", start + 4)
    return body[: second + 42] + bytes(4) + body[second + 46 :]


def claim(body: bytes, entries: int, directory: int | None = None) -> bytes:
    """Let the end record say that there are more entries."""
    end = len(body) - 22
    size = body[end + 12 : end + 16] if directory is None else directory.to_bytes(4, "little")
    count = entries.to_bytes(2, "little")
    return body[: end + 8] + count + count + size + body[end + 16 :]


def make_million() -> bytes:
    """A directory with very many entries whose end record admits one."""
    entry = b"PK\x01\x02" + bytes(42)
    body = entry * 1_000_000
    end = b"PK\x05\x06" + bytes(4) + (1).to_bytes(2, "little") * 2
    return (
        b"PK\x03\x04"
        + body
        + end
        + len(body).to_bytes(4, "little")
        + (4).to_bytes(4, "little")
        + bytes(2)
    )


HOSTILE_ZIP: dict[str, tuple[Callable[[], bytes], str]] = {
    "ratio": (lambda: make_zip(("a.csv", bytes(50 << 20))), "would unpack"),
    "nested": (lambda: make_zip(("a.csv", make_zip(("a.csv", GOOD)))), "holds an archive"),
    "nested by name": (lambda: make_zip(("a.zip", b"x")), "holds an archive"),
    "overlapping": (lambda: overlap(make_zip(("a.csv", GOOD), ("b.csv", GOOD))), "overlap"),
    "traversal": (lambda: make_zip(("../a.csv", GOOD)), "leads out"),
    "traversal of Windows": (lambda: make_zip(("x\\..\\..\\a.csv", GOOD)), "leads out"),
    "absolute": (lambda: make_zip(("/etc/a.csv", GOOD)), "absolute"),
    "absolute of Windows": (lambda: make_zip(("C:\\a.csv", GOOD)), "absolute"),
    "symlink": (
        lambda: make_zip(("a.csv", b"/etc/passwd"), external_attr=(stat.S_IFLNK | 0o777) << 16),
        "symbolic link",
    ),
    "duplicate names": (lambda: make_zip(("a.csv", GOOD), ("A.csv", GOOD)), "two files of one"),
    "two files": (lambda: make_zip(("a.csv", GOOD), ("b.csv", GOOD)), "2 files"),
    "a million entries": (make_million, "files"),
    "many entries claimed": (lambda: claim(make_zip(("a.csv", GOOD)), 65535), "65,535 files"),
    "ZIP64": (
        lambda: (
            make_zip(("a.csv", GOOD))[:-22]
            + b"PK\x06\x07"
            + bytes(16)
            + make_zip(("a.csv", GOOD))[-22:]
        ),
        "ZIP64",
    ),
    "something behind": (lambda: make_zip(("a.csv", GOOD)) + b"PK", "follows"),
    "something between": (
        lambda: make_zip(("a.csv", GOOD))[:-22] + b"xx" + make_zip(("a.csv", GOOD))[-22:],
        "no file",
    ),
    "encrypted": (
        lambda: make_zip(("a.csv", GOOD)).replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
        ),
        "encrypted",
    ),
    "garbage": (lambda: b"PK\x03\x04" + bytes(100), "cut off"),
}


def test_73_archives_that_attack_their_reader() -> None:
    for name, (make, reason) in HOSTILE_ZIP.items():
        assert_refused_small(name, make(), reason, most=4 << 20)


def test_more_rows_than_the_limit() -> None:
    with pytest.raises(InputRefused, match="more than 2 rows"):
        list(read_table(io.BytesIO(b"a,b\n" + b"1,2\n" * 3), COLUMNS, replace(Limits(), rows=2)))


def test_an_archive_of_one_file_is_read(ready: LinksSettings, tmp_path: Path) -> None:
    path = tmp_path / "links.zip"
    path.write_bytes(
        make_zip(
            ("in/links.csv", write(tmp_path, f"{ANNA},resident,,2020-01-01,,bru-1").read_bytes())
        )
    )
    assert deliver(ready, path)["loaded"] == 1


# 74


def test_74_no_cell_runs_in_a_spreadsheet(tmp_path: Path) -> None:
    cells = ["=1+1", "+1", "-1", "@a", "\tx", "\rx", "a=1", "", "'x"]
    write_spreadsheet(tmp_path / "out.csv", ["x"], [[cell] for cell in cells])
    with (tmp_path / "out.csv").open(newline="") as file:
        written = [row[0] if row else "" for row in csv.reader(file)][1:]
    assert written == ["'=1+1", "'+1", "'-1", "'@a", "'\tx", "'\rx", "a=1", "", "'x"]
    assert (tmp_path / "out.csv").stat().st_mode & 0o077 == 0
    with pytest.raises(InputRefused, match="cannot be written"):
        write_spreadsheet(tmp_path / "out.csv", ["x"], [])


def test_the_exported_work_list_is_neutralised(
    refusing: LinksSettings, tmp_path: Path, nothing_found: tuple[str, ...]
) -> None:
    path = write(
        tmp_path,
        f'{ANNA},resident,,2020-01-01,"=HYPERLINK(""http://x"")"',
        header="subject,capacity,household,from,address",
    )
    number = deliver(refusing, path, command=nothing_found)["delivery"]
    export_work_list(refusing, number, tmp_path / "work.csv")
    with (tmp_path / "work.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["address"] == """'=HYPERLINK("http://x")"""


# Loading


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_of_each_kind(
    kind: str, ready: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    entry = KINDS[kind]
    subject, capacity = SAMPLES[entry.subject_type], min(entry.capacities)
    path = write(tmp_path, f"{subject},{capacity},H1,2020-01-01,2030-01-01,bru-1")
    counts = deliver(ready, path, kind)
    assert (counts["read"], counts["loaded"], counts["ended"]) == (1, 1, 0)
    period = "[2020-01-01,2030-01-01)"
    assert list_links(ready, keyring) == {("bru-1", subject, capacity, period)}
    assert "1 new links" in describe(counts)
    with connect_as_superuser(ready) as connection:
        row = connection.execute(
            "select sector, kind, delivery, addr_sealed, subj_ref, kid, household_ref"
            " from links.link"
        ).fetchone()
    assert row is not None
    assert row[:3] == (entry.sector, kind, counts["delivery"])
    generation = keyring.find_sector(entry.sector).find_generation(row[5])
    assert generation.open_address(row[3], row[4]) == b"bru-1"
    assert row[6] is not None


def test_a_whole_delivery_ends_what_it_no_longer_has_and_keeps_history(
    ready: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    first = write(
        tmp_path,
        f"{ANNA},resident,H1,2020-01-01,,bru-1",
        f"{BEN},resident,H1,2021-01-01,,bru-1",
        f"{CATO},resident,H1,2015-01-01,2019-01-01,bru-2",
        f"{PEOPLE['gus']},resident,,2020-06-01,,bru-3",
    )
    deliver(ready, first)
    second = write(
        tmp_path,
        f"{ANNA},resident,H1,2020-01-01,,bru-1",  # as before
        f"{PEOPLE['gus']},resident,,2020-06-15,,bru-3",  # a date corrected
        name="second.csv",
    )
    counts = deliver(ready, second)
    assert (counts["loaded"], counts["ended"]) == (1, 1)
    with connect_as_superuser(ready) as connection:
        row = connection.execute("select links.today()::text").fetchone()
    assert row is not None
    current = list_links(ready, keyring)
    assert current == {
        ("bru-1", ANNA, "resident", "[2020-01-01,)"),
        ("bru-1", BEN, "resident", f"[2021-01-01,{row[0]})"),  # ended the day it was not told
        ("bru-2", CATO, "resident", "[2015-01-01,2019-01-01)"),  # had ended before
        ("bru-3", PEOPLE["gus"], "resident", "[2020-06-15,)"),
    }
    assert list_links(ready, keyring, is_current=False) == {
        ("bru-1", BEN, "resident", "[2021-01-01,)"),
        ("bru-3", PEOPLE["gus"], "resident", "[2020-06-01,)"),
    }
    assert deliver(ready, second)["loaded"] == 0
    assert list_links(ready, keyring) == current


def test_a_file_that_ends_more_than_a_tenth_is_cut_off_perhaps(
    ready: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    rows = [f"{make_ssin(n)},resident,,2020-01-01,,bru-{n % 40 + 1}" for n in range(120)]
    deliver(ready, write(tmp_path, *rows))
    assert deliver(ready, write(tmp_path, *rows[12:]))["ended"] == 12, "a tenth is usual"
    short = write(tmp_path, *rows[25:])
    for file in (write(tmp_path, name="empty.csv"), short):
        with pytest.raises(InputRefused, match=r"of 108 links.*--accept-ended"):
            deliver(ready, file)
    assert deliver(ready, write(tmp_path, rows[0], name="part.csv"), partial=True)["ended"] == 0
    assert deliver(ready, short, accepts_ended=True)["ended"] == 14
    few = [row.replace("resident", "child") for row in rows[:9]]
    deliver(ready, write(tmp_path, *few), "household")
    assert deliver(ready, write(tmp_path, name="empty.csv"), "household")["ended"] == 9, "few"


def test_the_order_of_a_file_is_not_that_of_links(
    ready: LinksSettings, tmp_path: Path, keyring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files come sorted by address: the n-th link of a stolen copy must not be of the n-th."""
    monkeypatch.setattr("links.replica.moves._MOST", 7)
    people = [make_ssin(number) for number in range(400)]
    sector = keyring.find_sector("RN")
    places = {
        sector.list_active("subj", keyring.read_subject("person", who))[0]: place
        for place, who in enumerate(people)
    }

    def check(where: str) -> None:
        for order in ("id", "ctid"):
            query = f"select subj_ref from links.link where {where} order by {order}"
            found = [places[ref] for (ref,) in look(ready, query)]
            assert len(found) >= 200
            assert abs(statistics.correlation(range(len(found)), found)) < 0.25, (where, order)

    rows = [f"{who},resident,,2020-01-01,,{ADDRESSES[n // 10]}" for n, who in enumerate(people)]
    deliver(ready, write(tmp_path, *rows))  # a first one fills the sector
    check("kind = 'residence'")
    households = [row.replace("resident", "child") for row in rows]
    deliver(ready, write(tmp_path, *households), "household")
    check("kind = 'household'")
    deliver(ready, write(tmp_path, name="empty.csv"), accepts_ended=True)
    check("kind = 'residence' and upper_inf(recorded)")
    successions = [
        {"id": each, "successor": {"id": f"bru-9{n:02}"}} for n, each in enumerate(ADDRESSES)
    ]
    with (
        connect(ready, LinksRole.INGEST) as connection,
        BatchKeys(ready.batch_socket) as keys,
    ):
        apply_moves(connection, keys, make_moves(successions))
    check("kind = 'household' and upper_inf(recorded)")


def test_a_delivery_is_on_record_and_its_file_cannot_be_guessed(
    ready: LinksSettings, tmp_path: Path
) -> None:
    path = write(tmp_path, f"{ANNA},resident,,2020-01-01,,bru-1")
    number = deliver(ready, path)["delivery"]
    ((digest,),) = look(ready, "select digest from links.delivery")
    assert digest not in {sha256(path.read_bytes()).hexdigest()[:n] for n in (32, 64)}
    ((source, body),) = look(ready, "select organisation, body from links.record")
    act = {"act": "deliver", "delivery": number, "ended": 0, "kind": "residence", "loaded": 1}
    assert (source, json.loads(body)) == (KINDS["residence"].source, act | {"type": "act"})


def test_a_partial_delivery_adds_and_ends_what_it_names(
    ready: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    deliver(ready, write(tmp_path, f"{ANNA},resident,,2020-01-01,,bru-1"))
    moved = write(
        tmp_path,
        f"{ANNA},resident,,2020-01-01,2026-05-01,bru-1",
        f"{BEN},resident,,2026-05-01,,bru-2",
    )
    counts = deliver(ready, moved, partial=True)
    assert (counts["loaded"], counts["ended"]) == (2, 0)
    assert list_links(ready, keyring) == {
        ("bru-1", ANNA, "resident", "[2020-01-01,2026-05-01)"),
        ("bru-2", BEN, "resident", "[2026-05-01,)"),
    }


def test_kinds_of_one_sector_do_not_end_each_other(
    ready: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    deliver(ready, write(tmp_path, f"{ANNA},resident,,2020-01-01,,bru-1"))
    deliver(ready, write(tmp_path, f"{ANNA},child,,2020-01-01,,bru-1"), "household")
    assert len(list_links(ready, keyring)) == 2


def test_overlapping_rows_are_refused_whole(
    ready: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    rows = (
        f"{ANNA},resident,,2010-01-01,2021-01-01,bru-1",
        f"{BEN},resident,,2020-01-01,,bru-1",
        f"{ANNA},resident,,2020-12-31,,bru-1",
    )
    with pytest.raises(InputRefused, match="rows 2 and 4"):
        deliver(ready, write(tmp_path, *rows))
    with pytest.raises(InputRefused, match="rows 2 and 3"):
        deliver(ready, write(tmp_path, rows[1], rows[1]))
    assert list_links(ready, keyring) == set()
    deliver(ready, write(tmp_path, rows[0]))
    with pytest.raises(InputRefused, match="rows 3"):
        deliver(ready, write(tmp_path, rows[1], rows[2]), partial=True)
    touching = f"{ANNA},resident,,2021-01-01,,bru-1"
    assert deliver(ready, write(tmp_path, touching), partial=True)["loaded"] == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{ANNA[:-1]}x,resident,,2020-01-01,,bru-1", "row 2: `subject`: subject_malformed"),
        (f"{int(ANNA) + 1},resident,,2020-01-01,,bru-1", "subject_check_digits"),
        (f"{ANNA},owner,,2020-01-01,,bru-1", "`capacity`"),
        (f"{REAL},resident,,2020-01-01,,bru-1", "row 2: subject_not_synthetic. The keys"),
        (f"{ANNA},resident,{'H' * 65},2020-01-01,,bru-1", "row 2: household_malformed"),
        (f"{ANNA},resident,,2020-1-1,,bru-1", "`from` is no day"),
        (f"{ANNA},resident,,20200101,,bru-1", "`from` is no day"),
        (f"{ANNA},resident,,,,bru-1", "`from` is no day"),
        (f"{ANNA},resident,,2020-01-01,2020-01-01,bru-1", "`to` is not after"),
        (f"{ANNA},resident,,2020-01-01,bru-1", "5 cells under 6"),
        (f"{ANNA},resident,,2020-01-01,,{'x' * 1001}", "longer than 1,000"),
        (f"{ANNA},resident,,2020-01-01,,bru-\0", "line 2 holds the character NUL"),
        (f'{ANNA},resident,"x" y,2020-01-01,,bru-1', "after row 1"),
    ],
)
def test_rows_that_cannot_be_read(
    row: str, reason: str, refusing: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    good = f"{BEN},resident,,2020-01-01,,bru-1"
    with pytest.raises(InputRefused, match=reason) as caught:
        deliver(refusing, write(tmp_path, row, good))
    assert ANNA[:6] not in str(caught.value)
    assert list_links(refusing, keyring) == set()


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("subject,capacity,household,to", "from are missing"),
        ("subject,capacity,from,name", "other names"),
        ("subject,capacity,from,from", "twice"),
    ],
)
def test_headers_that_cannot_be_read(
    header: str, reason: str, refusing: LinksSettings, tmp_path: Path
) -> None:
    with pytest.raises(InputRefused, match=reason):
        deliver(refusing, write(tmp_path, header=header))


def test_many_chunks_come_in_whole(
    ready: LinksSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("links.ingest.loading._ROWS", 7)
    people = [make_ssin(n) for n in range(1, 100)]
    path = write(
        tmp_path, *(f"{p},resident,,2020-01-01,,{ADDRESSES[i % 40]}" for i, p in enumerate(people))
    )
    assert deliver(ready, path)["loaded"] == 99


def test_rotating_keys_are_waited_for(ready: LinksSettings, tmp_path: Path) -> None:
    with connect_as_superuser(ready) as connection:
        connection.execute("update links.sector set active_kids = '{1,2}' where code = 'RN'")
    with pytest.raises(InputRefused, match="rotated"):
        deliver(ready, write(tmp_path, f"{ANNA},resident,,2020-01-01,,bru-1"))


# Owners' small files


DOSSIERS = "organisation,sector,subjectType,subject,capacity,from,to,subscribed,handle"
PROTECTIONS = "subjectType,subject,level,basis,from,to"
HOLDER, MISSION, PARTNER, STRANGER = "0000010001", "0000010002", "0000010003", "0000010004"


@pytest.fixture
def held(ready: LinksSettings) -> LinksSettings:
    """A wall with an authority and a private body that have a right, and a partner who has none."""
    grant_right(ready, HOLDER, "public_authority")
    grant_right(ready, MISSION, "private_legal_mission")
    grant_right(ready, PARTNER, "private_partner")
    return ready


def look(wall: LinksSettings, query: str) -> list[Any]:
    with connect_as_superuser(wall) as connection:
        return connection.execute(query).fetchall()


def test_dossiers_protections_and_canaries(
    held: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    rows = [
        f"{HOLDER},{sector},person,{ANNA},open_file,2024-01-01,,yes,D-1" for sector in ("RN", "PAT")
    ]
    assert load_owner_file(held, "dossiers", write(tmp_path, *rows, header=DOSSIERS)) == 2
    protections = write(tmp_path, f"person,{BEN},2,order 7,2026-01-01,", header=PROTECTIONS)
    assert load_owner_file(held, "protections", protections) == 1
    assert load_owner_file(held, "protections", protections) == 1  # told again: no second one
    canaries = write(tmp_path, "RN,bru-40", header="sector,addressId")
    assert load_owner_file(held, "canaries", canaries) == 1

    def refer(sector: str, text: str) -> bytes:
        own = keyring.find_sector(sector)
        return own.list_active("subj", keyring.read_subject("person", text))[0]

    query = "select sector, subj_ref, subscribed, handle from links.dossier order by 1"
    (pat, rn) = look(held, query)
    assert (pat[:3], rn[:3]) == (("PAT", refer("PAT", ANNA), True), ("RN", refer("RN", ANNA), True))
    assert pat[3] != rn[3], "one number in two sectors joins them"
    assert {open_number(keyring, HOLDER, each[3]) for each in (pat, rn)} == {"D-1"}
    sectors = sorted({k.sector for k in KINDS.values() if k.subject_type == "person"})
    told = look(
        held, "select sector, subj_ref, basis, valid::text from links.protection order by 1"
    )
    assert [each[:2] for each in told] == [(sector, refer(sector, BEN)) for sector in sectors]
    assert len({each[2] for each in told}) == len(sectors), "one basis in two sectors joins them"
    assert {each[3] for each in told} == {"(,)"}
    canary = look(held, "select sector, ref from links.canary")
    assert canary == [("RN", keyring.find_sector("RN").list_active("addr", b"bru-40")[0])]
    acts = [json.loads(body) for (body,) in look(held, "select body from links.record")]
    assert sorted((act["act"], act["count"]) for act in acts) == [
        ("put_canaries", 1),
        ("put_dossiers", 2),
        *[("put_protections", 1)] * 2,
    ]
    kept = str(look(held, "select d, p from links.dossier d, links.protection p"))
    assert not [text for text in ("D-1", "order 7", ANNA, BEN) if text in kept]


def test_protections_stand_in_no_order(held: LinksSettings, tmp_path: Path) -> None:
    """The n-th of one sector is not the n-th of another, however they came: one by one at last."""
    people = [make_ssin(number) for number in range(60)]
    rows = [f"person,{who},2,order {who[:4]},2020-01-01," for who in people]
    for number in range(2):
        load_owner_file(held, "protections", write(tmp_path, *rows[number:-1], header=PROTECTIONS))
    load_owner_file(held, "protections", write(tmp_path, rows[-1], header=PROTECTIONS))
    found = look(held, "select sector from links.protection order by id")
    assert len(found) == 2 * 60
    pairs = [first != second for first, second in pairwise(found)]
    assert 30 < sum(pairs) < 90, "in pairs or in blocks: the sectors can be laid side by side"
    newest = look(held, "select id from links.protection where valid = '(,)' order by id desc")
    assert newest[0][0] - newest[-1][0] == 119


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        (DOSSIERS, f"{PARTNER},RN,person,{ANNA},open_file,2024-01-01,,yes,D", "row 2: no public a"),
        (DOSSIERS, f"{STRANGER},RN,person,{ANNA},open_file,2024-01-01,,,D", "row 2: no public a"),
        (DOSSIERS, f"{HOLDER},RN,person,{ANNA},open_file,2024-01-01,,,{BEN}", "row 2: `handle`"),
        (DOSSIERS, f"{HOLDER},RN,person,{ANNA},open_file,2024-01-01,,,{'D' * 200}", "row 2: numb"),
        (DOSSIERS, f"{HOLDER},RN,person,{ANNA},{BEN},2024-01-01,,,D", "row 2: `capacity`"),
        (DOSSIERS, f"{HOLDER},RN,person,{REAL},open_file,2024-01-01,,,D", "row 2: subject_not_syn"),
        (PROTECTIONS, f"person,{BEN},1,order 7,2026-01-01,2027-01-01", "row 2: a protection of l"),
        (PROTECTIONS, f"person,{BEN},1,order 7,2026-01-01,", "row 2: a protection of level 1"),
    ],
)
def test_rows_of_owners_that_are_refused(
    header: str, row: str, reason: str, refusing: LinksSettings, tmp_path: Path
) -> None:
    name = "dossiers" if header == DOSSIERS else "protections"
    with pytest.raises(InputRefused, match=reason) as caught:
        load_owner_file(refusing, name, write(tmp_path, row, header=header))
    assert not [text for text in (ANNA, BEN, REAL) if text in str(caught.value)]


def test_who_subscribed_learns_changed_and_nothing_else(
    held: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    finn, eva = PEOPLE["finn"], PEOPLE["eva"]
    grant_right(held, STRANGER, "public_authority", kinds=())
    grant_right(held, "0000010005", "public_authority", kinds=("household",))
    rows = [
        f"{organisation},RN,person,{subject},open_file,2024-01-01,,{subscribed},{handle}"
        for organisation, subject, subscribed, handle in [
            (HOLDER, ANNA, "yes", "D-anna"),
            (HOLDER, ANNA, "no", "D-silent"),
            (HOLDER, BEN, "yes", "D-ben"),
            (HOLDER, eva, "yes", "D-eva"),  # strictly protected
            (HOLDER, finn, "yes", "D-finn"),  # of her household, though not where she is
            (HOLDER, CATO, "yes", "D-authority"),  # level 1 hides from all but authorities
            (MISSION, CATO, "yes", "D-cato"),
            (MISSION, ANNA, "yes", "D-mission"),
            (STRANGER, ANNA, "yes", "D-without-a-right"),
            ("0000010005", ANNA, "yes", "D-right-of-another-kind"),
        ]
    ]
    rows[1] = rows[1].replace("open_file", "closed_file")
    load_owner_file(held, "dossiers", write(tmp_path, *rows, header=DOSSIERS))
    with connect_as_superuser(held) as connection:  # as if it had been an authority once
        connection.execute(
            "insert into links.dossier select %s, sector, subj_ref, 'partner', kid, valid, true,"
            " 'x' from links.dossier where organisation = %s",
            (PARTNER, MISSION),
        )
    rows = [f"person,{eva},2,order,2020-01-01,", f"person,{CATO},1,order,{THIS_WEEK},{NEXT_WEEK}"]
    load_owner_file(held, "protections", write(tmp_path, *rows, header=PROTECTIONS))
    people = [(ANNA, "H1", 1), (eva, "H3", 1), (finn, "H3", 2), (CATO, "", 1)]
    file = write(
        tmp_path, *(f"{who},resident,{home},2020-01-01,,bru-{n}" for who, home, n in people)
    )
    assert deliver(held, file)["notices"] == 3
    assert deliver(held, file)["notices"] == 0
    moved = write(tmp_path, f"{ANNA},resident,H1,2020-01-01,2021-01-01,bru-1")
    assert deliver(held, moved, partial=True)["notices"] == 0, "once a day is enough"
    told = look(
        held,
        "select organisation, handle,"
        " (at at time zone 'Europe/Brussels')::time::text from links.notice",
    )
    assert {(who, open_number(keyring, who, sealed), at) for who, sealed, at in told} == {
        (HOLDER, "D-anna", "00:00:00"),
        (HOLDER, "D-authority", "00:00:00"),
        (MISSION, "D-mission", "00:00:00"),
    }


# Matching and work lists


@pytest.fixture
def nothing_found(tmp_path: Path) -> tuple[str, ...]:
    return make_match(tmp_path, {})


def make_match(folder: Path, answers: dict[str, tuple[str, str, str]]) -> tuple[str, ...]:
    """Return a command that stands for `match`: id, verdict and level by the address's text."""
    program = folder / "match.py"
    program.write_text(
        "import csv, pathlib, sys\n"
        f"answers = {answers!r}\n"
        "text = sys.stdin.read()\n"
        f"pathlib.Path({str(folder / 'asked')!r}).write_text(' '.join(sys.argv[1:]) + text)\n"
        "rows = list(csv.reader(text.splitlines()))\n"
        "out = csv.writer(sys.stdout)\n"
        "added = ['best_id', 'best_verdict', 'best_match_level', 'best_reason']\n"
        "out.writerow(rows[0] + added)\n"
        "for row in rows[1:]:\n"
        "    found = answers.get(row[1], ('', 'notFound', ''))\n"
        "    out.writerow(row + list(found) + ['why'])\n"
    )
    return (sys.executable, str(program))


WRITTEN = "subject,capacity,household,from,address"


def test_the_subject_never_goes_to_match(
    ready: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    command = make_match(tmp_path, {"Wetstraat 16": ("bru-1", "corrected", "building")})
    path = write(tmp_path, f"{ANNA},resident,H77,2020-02-03,Wetstraat 16", header=WRITTEN)
    assert deliver(ready, path, command=command)["matched"] == 1
    assert list_links(ready, keyring) == {("bru-1", ANNA, "resident", "[2020-02-03,)")}
    asked = (tmp_path / "asked").read_text()
    assert "Wetstraat 16" in asked
    assert not any(told in asked for told in (ANNA, "resident", "H77", "2020-02-03", "subject"))


@pytest.mark.parametrize(
    ("answer", "work_class"),
    [
        (("", "notFound", ""), "A"),
        (("", "foreign", ""), "A"),
        (("1000", "incomplete", "postalInfo"), "B"),
        (("21004", "incomplete", "municipality"), "B"),
        (("", "ambiguous", "part"), "B"),
        (("bru-9", "incomplete", "street"), "C"),
        (("bru-9", "exact", "street"), "C"),
        (("bru-1", "incomplete", "building"), "D"),
        (("", "ambiguous", "box"), "D"),
        (("bru-777", "exact", "box"), "C"),  # newer than the replica
    ],
)
def test_the_class_is_of_the_first_thing_that_was_not_found(
    answer: tuple[str, str, str], work_class: str, refusing: LinksSettings, tmp_path: Path
) -> None:
    command = make_match(tmp_path, {"x": answer})
    path = write(tmp_path, f"{ANNA},resident,,2020-01-01,x", header=WRITTEN)
    counts = deliver(refusing, path, command=command)
    assert (counts["loaded"], counts[work_class]) == (0, 1)


def test_how_an_address_was_found_is_kept(
    ready: LinksSettings, tmp_path: Path, nothing_found: tuple[str, ...]
) -> None:
    answers = {
        "right": ("bru-1", "exact", "building"),
        "rihgt": ("bru-2", "corrected", "building"),
        "house": ("bru-3", "exact", "building"),  # the first of its boxes, for want of another
        "box": ("bru-3", "exact", "box"),
    }
    with connect_as_superuser(ready) as connection:
        connection.execute("update links.replica_address set box_number = '1' where id = 'bru-3'")
    people = [ANNA, BEN, CATO, PEOPLE["gus"], PEOPLE["dirk"]]
    rows = [
        f"{who},resident,,2020-01-01,{address},{text}"
        for who, address, text in zip(
            people, ("", "", "", "", "bru-4"), (*answers, "x"), strict=True
        )
    ]
    header = "subject,capacity,household,from,addressId,address"
    path = write(tmp_path, *rows, header=header)
    counts = deliver(ready, path, command=make_match(tmp_path, answers))
    assert (counts["matched"], counts["corrected"], counts["D"]) == (3, 1, 1)
    assert "3 addresses matched (1 corrected)" in describe(counts)
    export_work_list(ready, counts["delivery"], tmp_path / "work.csv")
    with (tmp_path / "work.csv").open(newline="") as file:
        assert [(row["subject"], row["candidates"]) for row in csv.DictReader(file)] == [
            (CATO, "bru-3")
        ]
    back = write(tmp_path, "4,bru-3", header="row,addressId", name="back.csv")
    read_back(ready, counts["delivery"], back)
    found = look(ready, "select verdict, count(*) from links.link group by 1 order by 1")
    assert found == [("corrected", 1), ("exact", 2), ("given", 1), ("owner", 1)]


def test_what_is_kept_of_a_row_is_sealed(
    ready: LinksSettings, tmp_path: Path, nothing_found: tuple[str, ...]
) -> None:
    path = write(tmp_path, f"{ANNA},resident,,2020-01-01,Nergens 1", header=WRITTEN)
    deliver(ready, path, command=nothing_found)
    with connect_as_superuser(ready) as connection:
        row = connection.execute("select row, class, sealed from links.work_item").fetchone()
    assert row is not None
    assert row[:2] == (2, "A")
    assert ANNA.encode() not in row[2]
    assert b"Nergens" not in row[2]


def test_match_that_fails_loads_nothing(
    refusing: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    path = write(tmp_path, f"{ANNA},resident,,2020-01-01,x", header=WRITTEN)
    with pytest.raises(Exception, match="could not be matched"):
        deliver(refusing, path, command=("false",))
    assert list_links(refusing, keyring) == set()


def test_only_open_rows_can_be_corrected(
    refusing: LinksSettings, tmp_path: Path, nothing_found: tuple[str, ...]
) -> None:
    path = write(tmp_path, f"{ANNA},resident,,2020-01-01,x", header=WRITTEN)
    number = deliver(refusing, path, command=nothing_found)["delivery"]
    back = write(tmp_path, "3,bru-1", header="row,addressId", name="back.csv")
    with pytest.raises(InputRefused, match="row 3 is not open"):
        read_back(refusing, number, back)
    with pytest.raises(InputRefused, match="no delivery 99"):
        read_back(refusing, 99, back)


def test_a_work_list_goes_to_its_owner_and_comes_back(
    ready: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    command = make_match(tmp_path, {"right": ("bru-2", "exact", "building")})
    rows = (
        f"{ANNA},resident,H1,2020-01-01,=wrong",
        f"{BEN},resident,H1,2020-01-01,wrong",
        f"{CATO},resident,H1,2020-01-01,wrong",
        f"{PEOPLE['gus']},resident,,2020-01-01,wrong",
    )
    number = deliver(ready, write(tmp_path, *rows, header=WRITTEN), command=command)["delivery"]
    assert export_work_list(ready, number, tmp_path / "work.csv") == 4
    with (tmp_path / "work.csv").open(newline="") as file:
        listed = list(csv.DictReader(file))
    assert [(row["row"], row["class"], row["subject"]) for row in listed] == [
        ("2", "A", ANNA),
        ("3", "A", BEN),
        ("4", "A", CATO),
        ("5", "A", PEOPLE["gus"]),
    ]
    listed[0]["addressId"] = "bru-1"
    listed[0]["subject"] = PEOPLE["dirk"]  # who it is about is not taken from the file
    listed[1]["address"] = "right"
    listed[2]["address"] = "still wrong"
    with (tmp_path / "back.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, listed[0])
        writer.writeheader()
        writer.writerows(listed)
    counts = read_back(ready, number, tmp_path / "back.csv", command=command)
    assert (counts["loaded"], counts["A"]) == (2, 1)
    assert list_links(ready, keyring) == {
        ("bru-1", ANNA, "resident", "[2020-01-01,)"),
        ("bru-2", BEN, "resident", "[2020-01-01,)"),
    }
    assert export_work_list(ready, number, tmp_path / "rest.csv") == 1
    assert PEOPLE["gus"] in (tmp_path / "rest.csv").read_text()
    assert export_work_list(ready, counts["delivery"], tmp_path / "again.csv") == 1
    kept = look(ready, "select delivery, row from links.work_item order by 1")
    assert kept == [(number, 5), (counts["delivery"], 4)], "what is solved leaves no place behind"


def run_command(command: Any, wall: LinksSettings, *arguments: object) -> int:
    parser = argparse.ArgumentParser()
    command.make_parser(parser)
    return int(command.run(parser.parse_args([str(each) for each in arguments]), wall))


def test_the_commands(
    ready: LinksSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    nothing = make_match(tmp_path, {})
    monkeypatch.setattr(load, "__kwdefaults__", {"command": nothing})
    path = write(tmp_path, f"{ANNA},resident,,2020-01-01,x", header=WRITTEN)
    assert run_command(ingest_command, ready, "--kind", "residence", path) == 0
    assert "1 A (municipality)" in capsys.readouterr().out
    with connect_as_superuser(ready) as connection:
        (number,) = connection.execute("select max(id) from links.delivery").fetchone() or (0,)
    assert run_command(work_list_command, ready, number, "-o", tmp_path / "work.csv") == 0
    assert "1 rows to correct" in capsys.readouterr().out
    back = write(tmp_path, "2,bru-1", header="row,addressId", name="back.csv")
    assert run_command(ingest_command, ready, "--work-list", number, back) == 0
    assert "1 new links" in capsys.readouterr().out
    canaries = write(tmp_path, "RN,bru-40", header="sector,addressId", name="canaries.csv")
    assert run_command(ingest_command, ready, "--canaries", canaries) == 0
    away = replace(ready, register_url="http://127.0.0.1:9")
    with pytest.raises(RegisterUnavailable, match="refused"):
        run_command(follow_command, away, "--once")
