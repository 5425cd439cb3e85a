"""Failures of the machine, in words; anything else is a defect and keeps its traceback."""

from __future__ import annotations

import psycopg

from registry.domain.errors import RegistryError


def explain_failure(error: Exception) -> str | None:
    """Return a sentence for people, or None when the machine is not to blame.

    No text of the database is repeated: it may hold what was asked. Its SQLSTATE is enough.
    """
    if isinstance(error, RegistryError):
        return str(error)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "The database refused: this role may not do that. See ./best links doctor."
    if isinstance(error, psycopg.OperationalError):
        return (
            f"The second database did not answer or could not do it ({error.sqlstate or 'gone'})."
            " Is ./best links up running? See ./best links doctor."
        )
    if isinstance(error, PermissionError):
        return f"No permission: {error}."
    return None
