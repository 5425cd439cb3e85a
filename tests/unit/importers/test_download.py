"""A source by URL: downloaded whole, resumed, told unchanged, or refused in words."""

import errno
import shutil
import sys
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import IO, Any
from urllib.request import Request

import pytest

from importers.download import Download, fetch_download, fetch_source
from importers.transfer import Patience, _Redirects, describe_progress
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.settings import Settings
from tests.publisher import (
    Answer,
    Publisher,
    break_off,
    drip,
    ignore_if_range,
    make_patience,
    make_zip,
    publishing,
    say,
    show_page,
    stall,
)

CONTENT = make_zip("first")
OTHER = make_zip("second", 2_000_000)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing(CONTENT) as publisher:
        yield publisher


def fetch(
    publisher: Publisher, home: Path, patience: Patience | None = None, **options: Any
) -> Download:
    patience = patience or make_patience()[0]
    settings = Settings(home=home)
    return fetch_download(
        settings, publisher.url, options.pop("told", [].append), patience=patience, **options
    )


def leave_part(publisher: Publisher, home: Path, after: int = 1_000_000) -> None:
    """A download that broke off and was given up."""
    publisher.faults.append(break_off(after))
    with pytest.raises(EnvironmentProblem, match="cannot be reached or broke off"):
        fetch(publisher, home, make_patience(0)[0])


def test_it_is_fetched_whole_and_its_size_and_need_of_disk_are_told(
    publisher: Publisher, tmp_path: Path
) -> None:
    told: list[str] = []
    download = fetch(publisher, tmp_path, told=told.append)

    assert download.path.read_bytes() == CONTENT
    assert any("3 MB" in line for line in told)
    assert any("are free" in line for line in told)
    assert sorted(path.name for path in download.path.parent.iterdir()) == [
        "best-full-latest.zip",
        "best-full-latest.zip.json",
        "lock",
    ]


def test_what_is_here_and_unchanged_there_is_not_fetched_again(
    publisher: Publisher, tmp_path: Path
) -> None:
    first = fetch(publisher, tmp_path)
    publisher.faults.append(forbid_a_body)
    assert fetch(publisher, tmp_path) == first


def forbid_a_body(answer: Answer) -> None:
    assert answer.headers["If-None-Match"] == answer.publisher.etag
    answer.send_head(304)


def test_a_version_known_by_its_validators_alone_is_not_fetched_again(
    publisher: Publisher, tmp_path: Path
) -> None:
    first = fetch(publisher, tmp_path)
    shutil.rmtree(tmp_path / "downloads")
    assert fetch(publisher, tmp_path, known=first) == first


@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(b"PK"), lambda p: p.unlink()])
def test_a_kept_file_that_was_touched_is_fetched_anew(
    publisher: Publisher, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(fetch(publisher, tmp_path).path)
    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT


def test_one_that_breaks_off_is_resumed_in_the_same_run(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.faults = [break_off(1_000_000), break_off(500_000)]
    patience, slept = make_patience()

    assert fetch(publisher, tmp_path, patience).path.read_bytes() == CONTENT
    assert publisher.ranges == ["all", "bytes=1000000-", "bytes=1500000-"]
    assert slept == [1.0, 2.0]


def test_one_that_stalls_is_told_and_resumed(publisher: Publisher, tmp_path: Path) -> None:
    publisher.faults = [stall(1_000_000)]
    told: list[str] = []

    assert fetch(publisher, tmp_path, told=told.append).path.read_bytes() == CONTENT
    assert publisher.ranges == ["all", "bytes=1000000-"]
    assert any("said nothing for 0.25 s; trying again in 1 s" in line for line in told)


def test_a_server_that_stalls_each_time_is_given_up_and_resumed_by_the_next_run(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.faults = [stall(1_000_000), stall(0), stall(0)]
    with pytest.raises(EnvironmentProblem, match=r"said nothing for 0.25 s. 3\s+attempts"):
        fetch(publisher, tmp_path)
    assert not (tmp_path / "downloads" / "best-full-latest.zip").exists()

    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT
    assert publisher.ranges[-1] == "bytes=1000000-"


def test_a_slow_server_is_waited_for(publisher: Publisher, tmp_path: Path) -> None:
    publisher.faults = [drip]
    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT
    assert publisher.ranges == ["all"]


def test_one_that_changed_since_it_broke_off_starts_again(
    publisher: Publisher, tmp_path: Path
) -> None:
    leave_part(publisher, tmp_path)
    publisher.republish(OTHER, '"second"')
    told: list[str] = []

    assert fetch(publisher, tmp_path, told=told.append).path.read_bytes() == OTHER
    assert any("from the start" in line for line in told)


def test_the_rest_of_another_version_is_never_joined_on(
    publisher: Publisher, tmp_path: Path
) -> None:
    leave_part(publisher, tmp_path)
    publisher.republish(OTHER, '"second"')
    publisher.faults = [ignore_if_range]

    assert fetch(publisher, tmp_path).path.read_bytes() == OTHER
    assert publisher.ranges == ["all", "bytes=1000000-", "all"]


def test_a_part_of_another_address_is_not_resumed(publisher: Publisher, tmp_path: Path) -> None:
    leave_part(publisher, tmp_path)
    publisher.url += "?mirror"
    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT
    assert publisher.ranges == ["all", "all"]


@pytest.mark.parametrize(("beyond", "asked"), [(b"", []), (b"0", ["all"])])
def test_a_part_that_was_whole_when_it_was_killed_is_not_fetched_again(
    publisher: Publisher, tmp_path: Path, beyond: bytes, asked: list[str]
) -> None:
    leave_part(publisher, tmp_path)
    (tmp_path / "downloads" / "best-full-latest.zip.part").write_bytes(CONTENT + beyond)
    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT
    assert publisher.ranges == ["all", f"bytes={len(CONTENT + beyond)}-", *asked]


@pytest.mark.parametrize(
    ("etag", "last_modified", "resumed_by"),
    [
        ("", "", None),
        ('W/"weak"', "", None),
        ('W/"weak"', "Mon, 02 Nov 2026 01:00:00 GMT", "Mon, 02 Nov 2026 01:00:00 GMT"),
    ],
)
def test_only_a_strong_validator_resumes(
    publisher: Publisher, tmp_path: Path, etag: str, last_modified: str, resumed_by: str | None
) -> None:
    publisher.etag, publisher.last_modified = etag, last_modified
    publisher.faults = [break_off(1_000_000)]

    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT
    assert publisher.asked[1].get("If-Range") == resumed_by


def test_one_without_an_announced_length_is_fetched(publisher: Publisher, tmp_path: Path) -> None:
    publisher.sends_length = False
    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "content",
    [
        CONTENT[:1_000_000],
        CONTENT[: CONTENT.index(b"PK\5\6") + 22],
        CONTENT[:500] + b"!" + CONTENT[501:],
    ],
    ids=["cut", "cut where the zip inside ends", "altered"],
)
def test_a_whole_answer_with_a_damaged_zip_is_refused_and_the_earlier_one_kept(
    publisher: Publisher, tmp_path: Path, content: bytes
) -> None:
    first = fetch(publisher, tmp_path)
    publisher.republish(content, '"cut"')
    with pytest.raises(InputRefused, match=r"cut off or damaged[^\n]+\nAll of its .* bytes came"):
        fetch(publisher, tmp_path)
    assert first.path.read_bytes() == CONTENT

    publisher.republish(OTHER, '"second"')
    assert fetch(publisher, tmp_path).path.read_bytes() == OTHER


def test_a_cut_answer_of_no_announced_length_is_no_whole_file(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.sends_length = False
    publisher.faults = [break_off(1_000_000)]
    with pytest.raises(InputRefused, match="cut off or damaged"):
        fetch(publisher, tmp_path)


def test_a_web_page_in_its_place_is_quoted_and_refused_and_the_part_kept(
    publisher: Publisher, tmp_path: Path
) -> None:
    leave_part(publisher, tmp_path)
    publisher.faults = [show_page]
    with pytest.raises(InputRefused, match=r"web page instead of data .*Onderhoud"):
        fetch(publisher, tmp_path)
    fetch(publisher, tmp_path)
    assert publisher.ranges[-1] == "bytes=1000000-"


@pytest.mark.parametrize(("content", "says"), [(b"", "empty"), (b"a;b;c\n1;2;3\n", "a;b;c")])
def test_what_is_no_zip_is_refused(
    publisher: Publisher, tmp_path: Path, content: bytes, says: str
) -> None:
    publisher.content = content
    with pytest.raises(InputRefused, match=f"no zip file.*{says}"):
        fetch(publisher, tmp_path)


def test_a_missing_file_is_refused_at_once(publisher: Publisher, tmp_path: Path) -> None:
    patience, slept = make_patience()
    publisher.faults = [say(404)]
    with pytest.raises(InputRefused, match="answered 404"):
        fetch(publisher, tmp_path, patience)
    assert slept == []


def test_a_server_in_trouble_is_asked_again_after_what_it_asks_for(
    publisher: Publisher, tmp_path: Path
) -> None:
    patience, slept = make_patience()
    publisher.faults = [say(503, Retry_After="7"), say(500)]
    assert fetch(publisher, tmp_path, patience).path.read_bytes() == CONTENT
    assert slept == [7.0, 2.0]


def test_a_server_that_stays_in_trouble_is_given_up(publisher: Publisher, tmp_path: Path) -> None:
    publisher.faults = [say(503, Retry_After="9999999")] * 3
    patience, slept = make_patience()
    with pytest.raises(EnvironmentProblem, match="answered 503"):
        fetch(publisher, tmp_path, patience)
    assert slept == [300.0, 300.0]


def test_a_redirect_is_followed(publisher: Publisher, tmp_path: Path) -> None:
    publisher.faults = [say(302, Location=f"{publisher.url}?elsewhere")]
    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("begin", "leads_to"),
    [("https://a.example/x", "http://a.example/x"), ("http://a.example/x", "ftp://a.example/x")],
)
def test_a_redirect_to_a_weaker_place_is_refused(begin: str, leads_to: str) -> None:
    nothing: IO[bytes] = (Path(sys.prefix) / "pyvenv.cfg").open("rb")
    request = Request(begin)  # noqa: S310 - it is never sent
    with nothing, pytest.raises(InputRefused, match="not followed"):
        _Redirects().redirect_request(request, nothing, 302, "", Message(), leads_to)


def test_a_server_that_is_away_is_no_fault_of_the_file(tmp_path: Path) -> None:
    with publishing(CONTENT) as publisher:
        pass
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        fetch(publisher, tmp_path)


def test_a_disk_that_fills_up_gives_its_room_back(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("importers.transfer.Transfer._copy", fill)
        with pytest.raises(OSError, match="No space"):
            fetch(publisher, tmp_path)
    assert not list((tmp_path / "downloads").glob("*.part"))
    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr("importers.download.shutil.disk_usage", lambda _: usage)
    with pytest.raises(EnvironmentProblem, match="1 MB free, the download needs 3 MB"):
        fetch(publisher, tmp_path)


def test_two_that_fetch_into_one_place_do_not_mix(publisher: Publisher, tmp_path: Path) -> None:
    def fetch_meanwhile(answer: Answer) -> None:
        with pytest.raises(EnvironmentProblem, match=r"Another \./best import or update"):
            fetch(publisher, tmp_path)
        answer.wfile.write(answer.start())

    publisher.faults = [fetch_meanwhile]
    assert fetch(publisher, tmp_path).path.read_bytes() == CONTENT
    assert len(publisher.asked) == 1


@pytest.mark.parametrize("url", ["ftp://a.example/x.zip", "http:///x.zip", "http://[/x.zip"])
def test_an_address_that_cannot_be_one_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputRefused, match="address"):
        fetch_source(Settings(home=tmp_path), url, [].append)


def test_without_a_source_the_named_mirror_is_asked(publisher: Publisher, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, download_url=publisher.url)
    assert fetch_source(settings, "", [].append).read_bytes() == CONTENT


def test_progress_says_bytes_share_and_speed() -> None:
    assert describe_progress(100_000_000, 400_000_000, 5_000_000) == (
        "100 of 400 MB (25%), 5.0 MB/s, 60 s left"
    )
    assert describe_progress(100_000_000, 0, 5_000_000) == "100 MB, 5.0 MB/s"
