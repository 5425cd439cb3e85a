"""The open API as one ASGI application: anonymous, one register, only read but for reports."""

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.responses import Response

from api.bare_app import make_bare_app
from api.dispatch import Dispatch, make_operations
from api.middleware.compression import COMPRESSED, Compression
from api.middleware.cross_origin import CrossOrigin
from api.middleware.guard import Guard
from api.middleware.observation import Observation
from api.operations.health import router as health_router
from api.operations.metrics import observe_pool, observe_register
from api.options import ServingOptions
from api.problems import make_error_response
from api.rate_limits import RateLimiter
from api.register import POLL_SECONDS, RegisterWatcher
from api.search_index import SearchIndexHolder
from api.services import Services
from api.v1.feed_routes import router as feed_router
from api.v1.match_batch_process import BatchProcess
from api.v1.match_batch_routes import router as batch_router
from api.v1.positions import load_projection
from api.v1.quality_routes import router as quality_router
from api.v1.report_limits import REPORTS_OF_A_NETWORK, make_report_limiter
from api.v1.report_routes import router as report_router
from api.v1.router import router as v1_router
from api.v1.search_routes import router as search_router
from api.validation import make_validation_problem
from api.web.municipality_routes import router as municipality_router
from api.web.published import router as published_router
from api.web.router import router as web_router
from geo.pipelines import choose_datum_shift
from registry.settings import Settings
from registry.store.reading.address_lookup import AddressLookup
from registry.store.reading.host import ReadHost
from registry.store.reading.pool import make_pool
from registry.store.reading.register_state import RegisterState
from registry.store.reading.warm_up import warm_up

API_VERSION = "1.0.0"
_PATIENCE_SECONDS = 2.0
_API = (search_router, batch_router, v1_router, feed_router, quality_router, report_router)
_ROUTERS = (*_API, health_router, web_router, municipality_router, published_router)
_ROUTES = tuple(route for router in _API for route in router.routes)


def make_app(
    settings: Settings, *, base_url: str, options: ServingOptions | None = None, workers: int = 1
) -> FastAPI:
    """Build the application; `base_url` is what absolute links begin with, without slash."""
    options = options or ServingOptions.from_environment(os.environ)
    # Workers do not share memory: each grants its part.
    limiter = RateLimiter(units=-(-options.rate_limit // workers))
    # Not divided: ten of each worker are few enough, and a part of ten is none.
    reporters = make_report_limiter(REPORTS_OF_A_NETWORK if options.rate_limit else 0)
    app = make_bare_app(
        title="Belgian open address registry",
        version=API_VERSION,
        live=_live,
        middleware=_make_middleware(base_url, options, limiter),
        answer_problem=_answer_problem,
    )
    app.state.services = _make_services(
        settings, base_url=base_url, options=options, limiter=limiter, reporters=reporters
    )
    app.state.kept = {}
    for router in _ROUTERS:
        app.include_router(router)
    return app


def _make_services(
    settings: Settings,
    *,
    base_url: str,
    options: ServingOptions,
    limiter: RateLimiter,
    reporters: RateLimiter,
) -> Services:
    host = ReadHost(settings)
    pool = make_pool(
        host,
        size=options.pool_size,
        statement_timeout_ms=options.statement_timeout_ms,
        prepare=warm_up,
    )
    search = SearchIndexHolder(settings=settings)

    def on_change(state: RegisterState) -> None:
        observe_register(state.seq)
        search.follow(state)

    return Services(
        settings=settings,
        options=options,
        base_url=base_url,
        pool=pool,
        addresses=AddressLookup(pool=pool),
        watcher=RegisterWatcher(host=host, pool=pool, on_change=on_change),
        limiter=limiter,
        reporters=reporters,
        search=search,
        batches=BatchProcess(settings=settings),
        datum_shift=choose_datum_shift(settings.proj_grid).name,
    )


def _make_middleware(
    base_url: str, options: ServingOptions, limiter: RateLimiter
) -> list[Middleware]:
    return [
        Middleware(Observation, base_url=base_url, trusted_proxies=options.trusted_proxies),
        Middleware(CrossOrigin),
        # Level 3 takes a third of the time of 9 and gives a tenth less.
        Middleware(
            Compression, minimum_size=1000, compresslevel=3, exclude_content_types=COMPRESSED
        ),
        Middleware(Guard, base_url=base_url, limiter=limiter),
        Middleware(Dispatch, base_url=base_url, operations=make_operations(_ROUTES)),
    ]


async def _answer_problem(request: Request, error: Exception) -> Response:
    services: Services = request.app.state.services
    if isinstance(error, RequestValidationError):
        error = make_validation_problem(error.errors())
    return make_error_response(error, base_url=services.base_url)


@contextlib.asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Open the pool and follow the register for as long as the application runs."""
    services: Services = app.state.services
    await services.pool.open(wait=False)
    tasks = [
        asyncio.create_task(services.watcher.follow()),
        asyncio.create_task(_report(services)),
        asyncio.create_task(services.batches.follow()),
    ]
    await asyncio.to_thread(load_what_comes_later, services.settings.proj_grid)
    await _wait_for_register(services)
    _calm_garbage_collector()
    try:
        yield {}
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await services.search.close()
        await asyncio.to_thread(services.batches.stop)
        await services.pool.close(timeout=2.0)


async def _wait_for_register(services: Services) -> None:
    """Open the port when the first answer can be given, or soon after when the database is down."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await services.watcher.is_known.wait()
            # Its own patience must not end first: the pool would close itself for good.
            await services.pool.wait(60.0)


async def _report(services: Services) -> None:
    while True:
        observe_pool(services.pool)
        await asyncio.sleep(POLL_SECONDS)


def load_what_comes_later(grid: Path | None) -> None:
    """Load what the program itself does not need to start, so that no answer waits for it."""
    import jinja2  # noqa: F401, PLC0415 - while the database is being asked

    load_projection(grid)


def _calm_garbage_collector() -> None:
    # What is loaded now stays; walking it again and again was the 99th percentile.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()
