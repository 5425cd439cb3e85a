"""What the second server is configured with: a log that can be shown, and nobody on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from links.store.connections import LOGIN_ROLES, PORT, SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from links.settings import LinksSettings

SERVER_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "60",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # A declaration is on the disk before its answer leaves.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # Nobody replicates it: a copy would be a second place to guard.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "idle_in_transaction_session_timeout": "60s",
    "client_connection_check_interval": "2s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # What was asked never reaches the log: no statement, no parameter, no DETAIL with keys.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_duration": "off",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    # Messages of errors may quote a value that could not be read, so only the server's own go in.
    "log_min_messages": "log",
    "log_checkpoints": "off",
    "log_lock_waits": "off",
    "log_autovacuum_min_duration": "-1",
    "log_temp_files": "-1",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
    "track_activities": "off",
    "shared_preload_libraries": "",
    "session_preload_libraries": "",
    "local_preload_libraries": "",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %u@%d ",
    "cluster_name": "best-links",
}


def make_server_settings(settings: LinksSettings, extra: Mapping[str, str]) -> Mapping[str, str]:
    """Settings by name; with system users every one of them may knock, else only this user."""
    return {
        **SERVER_SETTINGS,
        "unix_socket_directories": str(settings.socket_directory),
        "unix_socket_permissions": "0777" if settings.is_peer else "0700",
        "log_directory": str(settings.log_directory),
        **extra,
    }


def write_server_settings(values: Mapping[str, str]) -> str:
    """Return the text of a PostgreSQL configuration file."""
    lines = [f"{name} = '{_quote(value)}'" for name, value in values.items()]
    return "\n".join(["# Written at every start.", *lines, ""])


def _quote(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def write_access_rules(settings: LinksSettings) -> str:
    """pg_hba.conf: who is not named is refused."""
    method = "peer map=links" if settings.is_peer else "scram-sha-256"
    roles = ",".join(LOGIN_ROLES)
    return (
        f"local all {SUPERUSER} peer map=links\nlocal all {roles} {method}\nlocal all all reject\n"
    )


def write_identities(settings: LinksSettings, superusers: Iterator[str]) -> str:
    """pg_ident.conf: which system user may be which role."""
    lines = [f"links {name} {SUPERUSER}" for name in superusers]
    for role in LOGIN_ROLES if settings.is_peer else ():
        lines.append(f"links {settings.users[role.removeprefix('links_')]} {role}")
        lines.append(f"links root {role}")  # root may become anybody as it is
    return "\n".join([*lines, ""])
