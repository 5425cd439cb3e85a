"""How many reports one client makes in a day: counted in memory, written nowhere."""

from api.problems import TOO_MANY_REQUESTS, Problem
from api.rate_limits import Allowance, RateLimiter

REPORTS_OF_A_NETWORK = 10
"""In a day: more than somebody meets on a walk, and too few to fill a municipality's queue."""

_DAY_SECONDS = 86_400


def make_report_limiter(units: int) -> RateLimiter:
    """Return what counts the reports of each network; `units` 0 lets everything pass."""
    return RateLimiter(units=units, window_seconds=_DAY_SECONDS, refuse=_refuse)


def _refuse(allowance: Allowance) -> Problem:
    hours = -(-allowance.reset_seconds // 3_600)
    return Problem(
        type=TOO_MANY_REQUESTS,
        detail=f"Your network has made its reports of a day. Go on in {hours} h, or tell the"
        " municipality itself.",
        members={"limit": allowance.limit, "retryAfterSec": allowance.reset_seconds},
        headers={"Retry-After": str(allowance.reset_seconds)},
    )
