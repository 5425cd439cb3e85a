"""Ports of loopback that nobody uses."""

from __future__ import annotations

import socket


def find_free_ports(count: int) -> list[int]:
    """Return as many different ones, free at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()
