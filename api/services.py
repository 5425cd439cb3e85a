"""What the handlers of one worker share."""

from asyncio import Semaphore
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from starlette.requests import Request

from api.kept_pages import MOST_PLAIN_BYTES, KeptPages
from api.options import ServingOptions
from api.rate_limits import RateLimiter
from api.register import RegisterWatcher
from api.search_index import SearchIndexHolder
from api.v1.match_batch_process import BatchProcess
from api.v1.open_findings import OpenFindings
from api.v1.streams import Places
from registry.settings import Settings
from registry.store.reading.address_lookup import AddressLookup
from registry.store.reading.pool import Pool

MOST_SUBMITTING = 2
"""Reports on their way at once: a primary that is silent must not keep every thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The register, the way to it, and where its answers say they are (`base_url`, no slash).

    `datum_shift` names how this process goes between Lambert 72 and 2008.
    """

    settings: Settings
    options: ServingOptions
    base_url: str
    pool: Pool
    addresses: AddressLookup
    watcher: RegisterWatcher
    limiter: RateLimiter
    reporters: RateLimiter
    search: SearchIndexHolder
    batches: BatchProcess
    datum_shift: str
    pages: KeptPages = field(default_factory=KeptPages)
    plain_pages: KeptPages = field(default_factory=partial(KeptPages, most_bytes=MOST_PLAIN_BYTES))
    whole_streams: Places = field(default_factory=partial(Places, most=1))
    part_streams: Places = field(default_factory=partial(Places, most=3))
    open_findings: OpenFindings = field(default_factory=OpenFindings)
    submitting: Semaphore = field(default_factory=partial(Semaphore, MOST_SUBMITTING))


def get_services(request: Request) -> Services:
    """Return the services of the application that serves this request."""
    return cast("Services", request.app.state.services)
