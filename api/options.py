"""What the environment decides about serving; everything else is in registry.settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from registry.domain.errors import EnvironmentProblem

Network = IPv4Network | IPv6Network

DEFAULT_RATE_LIMIT = 6_000
DEFAULT_STATEMENT_TIMEOUT_MS = 3_000
DEFAULT_POOL_SIZE = 6
DEFAULT_BATCH_MB = 200
DEFAULT_REPORTS_PER_DAY = 100
_MOST_REPORTS = 1_000
"""The database takes no more, whatever it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingOptions:
    """Limits of the open API, per client and per request.

    `rate_limit` counts cost units per client and minute over all workers (0 = no limit);
    `trusted_proxies` are the networks whose X-Forwarded-For is believed; `batch_bytes` is the
    size of the largest file to match; `published` is the directory below /transparency;
    `reports_per_day` is what a municipality takes in 24 hours (0 = none, 1,000 at most).
    """

    rate_limit: int = DEFAULT_RATE_LIMIT
    trusted_proxies: tuple[Network, ...] = ()
    statement_timeout_ms: int = DEFAULT_STATEMENT_TIMEOUT_MS
    pool_size: int = DEFAULT_POOL_SIZE
    batch_bytes: int = DEFAULT_BATCH_MB * 1_000_000
    published: Path | None = None
    reports_per_day: int = DEFAULT_REPORTS_PER_DAY

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "ServingOptions":
        """Read BEST_RATE_LIMIT, BEST_TRUSTED_PROXY and the other variables of the table in docs."""
        return cls(
            rate_limit=_read_count(environ, "BEST_RATE_LIMIT", DEFAULT_RATE_LIMIT),
            trusted_proxies=_read_networks(environ, "BEST_TRUSTED_PROXY"),
            statement_timeout_ms=_read_count(
                environ, "BEST_STATEMENT_TIMEOUT_MS", DEFAULT_STATEMENT_TIMEOUT_MS
            ),
            pool_size=max(1, _read_count(environ, "BEST_POOL_SIZE", DEFAULT_POOL_SIZE)),
            batch_bytes=_read_count(environ, "BEST_BATCH_MB", DEFAULT_BATCH_MB) * 1_000_000,
            published=_read_directory(environ, "BEST_PUBLISHED_FILES"),
            reports_per_day=min(
                _read_count(environ, "BEST_REPORTS_PER_DAY", DEFAULT_REPORTS_PER_DAY), _MOST_REPORTS
            ),
        )


def _read_count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise EnvironmentProblem(f"{name} must be a whole number, 0 or more; it is {text!r}.")
    return int(text)


def _read_directory(environ: Mapping[str, str], name: str) -> Path | None:
    # It may be made later, by whoever publishes: that it is not there yet is no mistake.
    return Path(environ[name]).absolute() if environ.get(name) else None


def _read_networks(environ: Mapping[str, str], name: str) -> tuple[Network, ...]:
    texts = [text.strip() for text in environ.get(name, "").split(",") if text.strip()]
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise EnvironmentProblem(
            f"{name} must be addresses or networks, like 10.0.0.2 or 10.0.0.0/8: {error}"
        ) from error
