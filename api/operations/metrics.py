"""Counters for Prometheus: by route template, never by what was asked or by whom.

With several workers PROMETHEUS_MULTIPROC_DIR must be set before this module is imported.
"""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from registry.store.reading.pool import Pool

_REQUESTS = Counter("best_http_requests_total", "Requests answered", ("route", "method", "status"))
_SECONDS = Histogram(
    "best_http_request_seconds",
    "Time from request to end of answer",
    ("route",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0),
)
_RATE_LIMITED = Counter("best_http_rate_limited_total", "Requests refused with 429")
_SEQ = Gauge("best_register_seq", "Newest sequence number that is served", multiprocess_mode="max")
_CONNECTIONS = Gauge(
    "best_pool_connections", "Connections to the register", multiprocess_mode="livesum"
)
_WAITING = Gauge(
    "best_pool_waiting", "Requests that wait for a connection", multiprocess_mode="livesum"
)

# Only these come back as labels: a client may send any word as method.
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


@cache
def _get_counter(route: str, method: str, status: int) -> Counter:
    return _REQUESTS.labels(route, method, status)


@cache
def _get_histogram(route: str) -> Histogram:
    return _SECONDS.labels(route)


def observe_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    _get_counter(route, method if method in _METHODS else "other", status).inc()
    _get_histogram(route).observe(seconds)
    if status == 429:
        _RATE_LIMITED.inc()


def observe_register(seq: int) -> None:
    """Note the newest sequence number."""
    _SEQ.set(seq)


def observe_pool(pool: Pool) -> None:
    """Note how busy the pool is."""
    stats = pool.get_stats()
    _CONNECTIONS.set(stats.get("pool_size", 0))
    _WAITING.set(stats.get("requests_waiting", 0))
