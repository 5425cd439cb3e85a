"""Whether an address can be listened on, asked before the long work and not after it."""

from __future__ import annotations

import errno
import socket

from registry.domain.errors import EnvironmentProblem


def check_port_is_free(host: str, port: int, *, option: str) -> None:
    """Raise EnvironmentProblem when `host`:`port` cannot be listened on; names `option`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        raise EnvironmentProblem(explain_bind_failure(error, host, port, option)) from error


def explain_bind_failure(error: Exception, host: str, port: int, option: str) -> str:
    """Say why, and which option to change."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, OverflowError):
        return f"There is no port {port}; ports go to 65535. Choose another with {option}."
    if number == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program (or another ./best up)."
            f" Choose another with {option}, for example {option} {port + 100}."
        )
    if number == errno.EACCES:
        return f"Port {port} needs root. Choose one above 1023 with {option}."
    return f"Best cannot listen on {host}, port {port} ({option}): {error}."
