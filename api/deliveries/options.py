"""What the environment decides about the agencies' door."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.deliveries.oidc import check_issuer_url
from api.options import Network, ServingOptions
from registry.domain.errors import EnvironmentProblem

DEFAULT_MAX_BYTES: Final = 20_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOptions:
    """Limits of the door.

    `rate_limit` counts requests per minute, of a client and of a network address (0 = no limit);
    `idle_seconds` is how long 64 KiB of an upload may take, `recheck_seconds` how often it is
    asked meanwhile whether the agency still may.
    """

    oidc_issuer: str | None = None
    max_bytes: int = DEFAULT_MAX_BYTES
    rate_limit: int = 6_000
    trusted_proxies: tuple[Network, ...] = ()
    uploads_at_once: int = 4
    unfinished: int = 20
    idle_seconds: float = 30.0
    recheck_seconds: float = 10.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "DoorOptions":
        """Read BEST_OIDC_ISSUER, BEST_DELIVERY_MAX_BYTES, BEST_RATE_LIMIT, BEST_TRUSTED_PROXY."""
        serving = ServingOptions.from_environment(environ)
        most = environ.get("BEST_DELIVERY_MAX_BYTES") or str(DEFAULT_MAX_BYTES)
        if not (most.isascii() and most.isdigit()):
            raise EnvironmentProblem(
                f"BEST_DELIVERY_MAX_BYTES must be a whole number of bytes; it is {most!r}."
            )
        issuer = environ.get("BEST_OIDC_ISSUER") or None
        return cls(
            oidc_issuer=None if issuer is None else check_issuer_url(issuer),
            max_bytes=int(most),
            rate_limit=serving.rate_limit,
            trusted_proxies=serving.trusted_proxies,
        )
