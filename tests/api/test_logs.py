"""What is written about a request: never what was asked, and of whom only the network."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

import pytest

from api.middleware.observation import shorten_client

if TYPE_CHECKING:
    import httpx2

MEMBERS = {"time", "event", "route", "method", "status", "durationMs", "traceId", "client"}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    log = logging.getLogger("best")
    log.addHandler(caplog.handler)
    yield caplog
    log.removeHandler(caplog.handler)


def read(lines: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """Return the lines so far; a line is written just after the answer is out."""
    for _ in range(200):
        written = [record.message for record in lines.records if record.name == "best.access"]
        # Lines of one moment come as one message.
        found = [json.loads(line) for message in written for line in message.splitlines()]
        if asked := [line for line in found if line["route"] != "/health"]:
            return asked
        time.sleep(0.01)
    pytest.fail("no line of access log within two seconds")


def test_access_log(client: httpx2.Client, lines: pytest.LogCaptureFixture) -> None:
    answer = client.get("/v1/addresses/bru-210225?lang=fr")
    (line,) = read(lines)
    assert set(line) == MEMBERS
    assert line["route"] == "/v1/addresses/{addressId}"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert line["traceId"] == answer.headers["belgov-trace-id"]
    assert line["client"] == "127.0.0.0/24"
    assert 0 < float(str(line["durationMs"])) < 5000


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/v1/addresses?streetName=secretstreet", "/v1/addresses", 200),
        ("/?q=secretstreet%2012", "/", 200),
        ("/v1/addresses/suggest?q=secretstreet", "/v1/addresses/suggest", 200),
        ("/v1/search?q=secretstreet", "/v1/search", 200),
        ("/v1/addresses/bru-secretid", "/v1/addresses/{addressId}", 404),
        ("/v1/addresses?secretname=1", "/v1/addresses", 400),
        ("/secretpath/secretid", "unmatched", 404),
        ("/v1/addresses?streetName=" + "secretlong" * 500, "unmatched", 414),
    ],
)
def test_what_was_asked_is_never_logged(
    client: httpx2.Client,
    lines: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    path: str,
    route: str,
    status: int,
) -> None:
    client.request("GET", path, content=b"secretbody", headers={"BelGov-Trace-Id": "secrettrace"})
    (line,) = read(lines)
    assert (line["route"], line["status"]) == (route, status)
    written = lines.text + "".join(capfd.readouterr())
    assert "secret" not in written
    assert "127.0.0.1" not in written


def test_head_is_logged_as_head(client: httpx2.Client, lines: pytest.LogCaptureFixture) -> None:
    client.head("/v1/addresses/bru-210225")
    (line,) = read(lines)
    assert (line["route"], line["method"]) == ("/v1/addresses/{addressId}", "HEAD")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_only_the_network_of_a_client(address: str, network: str) -> None:
    assert shorten_client(address) == network
