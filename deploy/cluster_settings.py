"""What the private server is configured with, and why."""

from __future__ import annotations

import os
from pathlib import Path

_MEGABYTE = 1024 * 1024

_FIXED = {
    "listen_addresses": "",  # nothing on the network: the socket directory is the wall
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "password_encryption": "scram-sha-256",
    # Loads: fewer checkpoints, less log.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "lz4",
    # Nobody replicates this server: tables that a transaction makes and fills are written once.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "synchronous_commit": "on",
    # Queries: solid-state disks; compiling a 2 ms query costs more than running it.
    "random_page_cost": "1.1",
    "effective_io_concurrency": "100",
    "jit": "off",
    "work_mem": "16MB",
    # A client that hangs in a transaction must not keep old rows alive for ever. An importer
    # parses in between its statements, hence minutes and not seconds.
    "idle_in_transaction_session_timeout": "30min",
    # A killed importer's statement may go on for minutes, and the next import waits for it.
    "client_connection_check_interval": "2s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # One file per weekday, overwritten a week later: at most seven files.
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %u@%d %a ",
    "log_checkpoints": "off",
    "log_min_duration_statement": "10s",
    # A slow statement is logged without its parameters: they may hold what somebody searched.
    "log_parameter_max_length": "0",
    "cluster_name": "best",
}


def read_memory_bytes() -> int:
    """Memory this process may use: the machine's, or its control group's when that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdigit() else machine


def make_cluster_settings(
    *, socket_directory: Path, log_directory: Path, memory_bytes: int
) -> dict[str, str]:
    """Settings by name; memory is a quarter for the cache (128 MB to 1 GB) and the rest follows."""
    megabytes = memory_bytes // _MEGABYTE
    cache = max(128, min(1024, megabytes // 4))
    return _FIXED | {
        "unix_socket_directories": str(socket_directory),
        "log_directory": str(log_directory),
        "shared_buffers": f"{cache}MB",
        "effective_cache_size": f"{max(256, megabytes // 2)}MB",
        "maintenance_work_mem": f"{max(64, min(512, megabytes // 16))}MB",
    }


def write_cluster_settings(settings: dict[str, str]) -> str:
    """Return the text of a PostgreSQL configuration file."""
    lines = [f"{name} = '{_quote(value)}'" for name, value in settings.items()]
    heading = "# Written at every start. Settings of your own go into local.conf beside this file."
    return "\n".join([heading, *lines, ""])


def _quote(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
