"""Cost units per client: one rule for everyone, kept in memory, forgotten when its time is over.

The key is a client's network address; it is never written anywhere.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from api.problems import TOO_MANY_REQUESTS, Problem

WINDOW_SECONDS = 60

COST_OF_REQUEST = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a client has left in this minute, after a request."""

    limit: int
    remaining: int
    reset_seconds: int

    def make_headers(self) -> dict[str, str]:
        """Return the RateLimit headers."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }


@dataclass(slots=True, kw_only=True)
class RateLimiter:
    """Counts cost units per client and window; `units` 0 lets everything pass.

    `refuse` says what a client is told that has none left; `clock` gives seconds that only go
    forward.
    """

    units: int
    window_seconds: int = WINDOW_SECONDS
    refuse: Callable[[Allowance], Problem] = field(default_factory=lambda: make_too_many_requests)
    clock: Callable[[], float] = time.monotonic
    _window: int = field(default=-1, init=False)
    _used: dict[str, int] = field(default_factory=dict, init=False)

    def charge(self, client: str, cost: int) -> Allowance | None:
        """Take `cost` units from a client, or raise the problem tooManyRequests."""
        if not self.units:
            return None
        now = self.clock()
        window = int(now // self.window_seconds)
        if window != self._window:
            self._window, self._used = window, {}
        key = find_network(client)
        used = self._used.get(key, 0) + cost
        reset = max(1, round((window + 1) * self.window_seconds - now))
        if used > self.units:
            self._used[key] = self.units
            raise self.refuse(Allowance(limit=self.units, remaining=0, reset_seconds=reset))
        self._used[key] = used
        return Allowance(limit=self.units, remaining=self.units - used, reset_seconds=reset)

    def give_back(self, client: str, cost: int) -> None:
        """Return units that were charged for what then could not be done."""
        key = find_network(client)
        if (used := self._used.pop(key, 0) - cost) > 0:
            self._used[key] = used


def find_network(client: str) -> str:
    """Return what counts as one client: an address, in IPv6 the /64 that one line is given."""
    if ":" not in client:
        return client
    try:
        return str(ip_network((ip_address(client), 64), strict=False))
    except ValueError:
        return client


def make_too_many_requests(allowance: Allowance) -> Problem:
    """Return the problem of a client that has used up its units."""
    return Problem(
        type=TOO_MANY_REQUESTS,
        detail=f"{allowance.limit} cost units per minute are used up. Go on in"
        f" {allowance.reset_seconds} seconds.",
        members={"limit": allowance.limit, "retryAfterSec": allowance.reset_seconds},
        headers={"Retry-After": str(allowance.reset_seconds), **allowance.make_headers()},
    )
