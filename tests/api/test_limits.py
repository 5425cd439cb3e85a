"""Cost units: who pays, how much, and what happens when they are used up."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from starlette.datastructures import Headers

from api.middleware.clients import find_client
from api.options import ServingOptions
from api.problems import Problem
from api.rate_limits import RateLimiter
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from registry.settings import Settings


def test_units_run_out_and_come_back(
    sample: Settings, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEST_RATE_LIMIT", "20")
    with serve(sample) as client:
        answer = client.get("/v1/addresses/bru-210225")
        assert answer.headers["ratelimit-limit"] == "20"
        assert answer.headers["ratelimit-remaining"] == "19"
        assert 1 <= int(answer.headers["ratelimit-reset"]) <= 60
        page = client.get("/v1/addresses?pageSize=500")
        assert page.status_code == 200
        assert int(page.headers["ratelimit-remaining"]) < 18 - 500 // 50 + 1
        statuses = {client.get("/v1/addresses/bru-210225").status_code for _ in range(20)}
        assert statuses == {200, 429}
        refused = client.get("/v1/addresses/bru-210225")
        problem = refused.json()
        assert problem["type"] == "urn:problem-type:belgif:tooManyRequests"
        assert problem["limit"] == 20
        assert refused.headers["retry-after"] == str(problem["retryAfterSec"])
        assert refused.headers["ratelimit-remaining"] == "0"
        assert refused.headers["access-control-allow-origin"] == "*"
        # Who watches the service is never turned away.
        assert client.get("/health").status_code == 200


def test_what_costs_more(sample: Settings, serve: Any) -> None:
    def measure(path: str) -> int:
        before = int(client.get("/v1").headers["ratelimit-remaining"])
        return before - int(client.get(path).headers["ratelimit-remaining"])

    with serve(sample) as client:
        by_id = measure("/v1/addresses/bru-210225")
        page = measure("/v1/addresses?pageSize=100")
        near = measure("/v1/addresses?pageSize=100&lat=50.84&lon=4.36&radius=1000")
        through = measure("/v1/postalInfos?municipalityCode=21004")
    assert 1 == by_id < page < near < through


def test_an_unchanged_answer_costs_one_unit(sample: Settings, serve: Any) -> None:
    with serve(sample) as client:
        first = client.get("/v1/addresses?pageSize=500")
        again = client.get(
            "/v1/addresses?pageSize=500", headers={"If-None-Match": first.headers["etag"]}
        )
        left = [int(a.headers["ratelimit-remaining"]) for a in (first, again)]
        assert (again.status_code, left[0] - left[1]) == (304, 1)


def test_a_window_is_a_minute() -> None:
    now = [59.0]
    limiter = RateLimiter(units=3, clock=lambda: now[0])
    allowance = limiter.charge("192.0.2.1", 2)
    assert allowance is not None
    assert (allowance.remaining, allowance.reset_seconds) == (1, 1)
    with pytest.raises(Problem):
        limiter.charge("192.0.2.1", 2)
    assert limiter.charge("192.0.2.2", 3) is not None
    now[0] = 60.0
    assert limiter.charge("192.0.2.1", 3) is not None


def test_one_line_counts_once_in_ipv6() -> None:
    limiter = RateLimiter(units=2, clock=lambda: 0.0)
    limiter.charge("2001:db8::1", 1)
    limiter.charge("2001:db8::2", 1)
    with pytest.raises(Problem):
        limiter.charge("2001:db8::3", 1)
    assert limiter.charge("2001:db8:0:1::1", 1) is not None


def test_no_limit() -> None:
    assert RateLimiter(units=0).charge("192.0.2.1", 1_000_000) is None


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("192.0.2.9", "203.0.113.1", "", "192.0.2.9"),
        ("192.0.2.9", "203.0.113.1", "10.0.0.0/8", "192.0.2.9"),
        ("10.0.0.1", "203.0.113.1", "10.0.0.0/8", "203.0.113.1"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.1, 10.0.0.2", "10.0.0.0/8", "203.0.113.1"),
        ("10.0.0.1", "garbage", "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.0/8", "10.0.0.1"),
    ],
)
def test_forwarded_addresses(peer: str, forwarded: str, trusted: str, client: str) -> None:
    networks = (ip_network(trusted),) if trusted else ()
    headers = Headers({"x-forwarded-for": forwarded} if forwarded else {})
    assert find_client({"client": (peer, 1)}, headers, networks) == client


def test_options_from_the_environment() -> None:
    options = ServingOptions.from_environment(
        {"BEST_RATE_LIMIT": "0", "BEST_TRUSTED_PROXY": "10.0.0.1, 2001:db8::/32"}
    )
    assert options.rate_limit == 0
    assert [str(network) for network in options.trusted_proxies] == ["10.0.0.1/32", "2001:db8::/32"]
    assert ServingOptions.from_environment({}).rate_limit == 6000
    for environ in ({"BEST_RATE_LIMIT": "many"}, {"BEST_TRUSTED_PROXY": "proxy.example"}):
        with pytest.raises(EnvironmentProblem, match=next(iter(environ))):
            ServingOptions.from_environment(environ)
