"""A peer that lies, truncates, stalls, floods or leads elsewhere changes nothing here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importers.mirror.peer import PeerUnavailable, check_url
from registry.domain.errors import InputRefused
from tests.mirror.upstream import (
    altering,
    break_off,
    cut_short,
    drip,
    flood,
    saying,
    stall,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mirror.conftest import Follower


PART = "/BE-VLG/21004"
ZERO = "00" * 32


def alter_record(line: dict[str, Any]) -> dict[str, Any]:
    record = line["record"]
    return (
        line if record["objectIdentifier"] != "3" else {**line, "record": record | {"status": "x"}}
    )


def alter_first(items: str, **members: Any) -> Callable[[Any], Any]:
    """Alter the first of a document's items, or lines of `data` in it."""

    def change(document: Any) -> Any:
        document[items][0] |= members
        return document

    return change


def claim_records(manifest: Any) -> Any:
    manifest["regions"][0]["parts"][0]["records"] = 2_000_001
    return manifest


@pytest.mark.parametrize("fault", [break_off, cut_short, stall, drip, saying(503, Retry_After="7")])
def test_an_answer_that_breaks_off_is_asked_for_again(follower: Follower, fault: Any) -> None:
    follower.upstream.fail("/snapshots/latest", fault)
    if fault is not cut_short:  # of lines nobody can tell; see below
        follower.upstream.fail(PART, fault)
    assert follower.run() == 3
    assert follower.slept
    assert follower.verify().difference is None


@pytest.mark.parametrize("fault", [break_off, stall, saying(500)])
def test_a_peer_that_never_answers_is_given_up(follower: Follower, fault: Any) -> None:
    follower.upstream.fail(PART, fault, times=9)
    with pytest.raises(PeerUnavailable, match=f"{PART}"):
        follower.run()
    assert follower.fetch_position().number == 0


@pytest.mark.parametrize(
    ("path", "fault", "words"),
    [
        (PART, cut_short, "21004 of .* is another"),
        (PART, altering(alter_record), "do not add up to the digest"),
        (PART, altering(lambda line: line | {"record": 1}), "is another"),
        (PART, altering(lambda line: line | {"record": line["record"] | {"x": "y"}}), "members"),
        (PART, altering(lambda line: None), "do not add up"),
        (PART, flood, "sends without end"),
        ("/latest", flood, "sends without end"),
        ("/latest", altering(lambda d: d | {"root": ZERO}), "its root is not that"),
        ("/latest", altering(alter_first("regions", root=ZERO)), "root of Brussels"),
        ("/latest", altering(alter_first("regions", region="BE-XXX")), "region"),
        ("/latest", altering(alter_first("regions", parts=7)), "`parts` is missing"),
        ("/latest", altering(claim_records), "more than 2,000,000 records of none"),
        ("/latest", altering(lambda d: d | {"seq": "1"}), "`seq`"),
        ("/latest", altering(lambda d: d | {"seq": d["seq"] - 1}), "404"),
        ("/latest", saying(404), "404"),
        ("/releases", altering(alter_first("items", number="1")), "`number`"),
        ("/releases", altering(alter_first("items", publishedAt="now")), "no moment"),
        ("/releases", altering(alter_first("items", counts={"addresses": {"seen": "x"}})), "count"),
        ("/releases", altering(lambda d: d | {"items": []}), "list of releases says otherwise"),
        ("/releases", altering(lambda d: d | {"items": d["items"][::-1]}), "lists release 2 after"),
        ("/releases", altering(lambda d: d | {"items": d["items"][1:]}), "no release of it"),
    ],
)
def test_a_snapshot_that_is_not_right_is_refused(
    follower: Follower, path: str, fault: Any, words: str
) -> None:
    follower.upstream.fail(path, fault)
    with pytest.raises(InputRefused, match=words):
        follower.run()
    assert follower.fetch_position().number == 0
    assert follower.run() == 3  # and all is well with the next attempt


def test_another_seq_in_a_line_that_no_release_has_is_refused(follower: Follower) -> None:
    follower.upstream.fail(PART, altering(lambda line: line | {"seq": 10**9}))
    with pytest.raises(InputRefused, match="of no release"):
        follower.run()
    assert follower.fetch_position().number == 0


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:1/v1/snapshots/latest", "http://10.0.0.1/", "file:///etc/passwd"],
)
def test_a_redirect_leads_nowhere_else(follower: Follower, target: str) -> None:
    follower.upstream.fail("/latest", saying(302, Location=target))
    with pytest.raises(InputRefused, match=r"leads on to|not allowed"):
        follower.run()


def test_a_redirect_within_the_register_is_followed(follower: Follower) -> None:
    target = f"{follower.upstream.url}/v1/snapshots/latest"
    follower.upstream.fail("/latest", saying(302, Location=target))
    assert follower.run() == 3


def test_no_address_in_a_document_is_followed(follower: Follower) -> None:
    def mislead(document: Any) -> Any:
        for region in document["regions"]:
            for part in region["parts"]:
                part["href"] = "http://127.0.0.1:1/"
        return document | {"releases": "http://127.0.0.1:1/", "successions": "http://127.0.0.1:1/"}

    follower.upstream.fail("/latest", altering(mislead))
    assert follower.run() == 3


@pytest.mark.parametrize(
    "url", ["ftp://x.be", "x.be", "http://", "https://x.be/?a=1", "http://[::"]
)
def test_what_is_no_address_of_a_register_is_refused(url: str) -> None:
    with pytest.raises(InputRefused, match="no address of a register"):
        check_url(url)


def test_a_password_in_the_address_is_refused() -> None:
    with pytest.raises(InputRefused, match="may hold no password"):
        check_url("https://me:secret@x.be")


def test_the_address_may_end_in_the_version() -> None:
    assert check_url("https://x.be/v1/") == "https://x.be"
