"""Failures of the machine, in words; anything else is a defect and keeps its traceback."""

from __future__ import annotations

import psycopg

from links.keys.client import KeysRefused, KeysUnavailable
from registry.domain.errors import RegistryError

_REFUSED_BY_KEYS = {
    "subject_not_synthetic": "The keys of this installation are for trying out: they take invented"
    " numbers alone, and this one could be somebody's. Numbers to try with:"
    " docs/links/synthetic-people.md. Keys for real people: docs/links/key-ceremony.md.",
    "subject_synthetic": "The keys of this installation are for real people, and this number is an"
    " invented one: docs/links/synthetic-people.md.",
    "subject_type_unknown": "There is no such type of subject.",
    "subject_malformed": "This is not how a number of its type is written.",
    "subject_check_digits": "The check digits of the number are wrong: is one mistyped?",
    "subject_month": "This is no national number: its month does not exist.",
}


def explain_failure(error: Exception) -> str | None:
    """Return a sentence for people, or None when the machine is not to blame.

    No text of the database is repeated: it may hold what was asked. Its SQLSTATE is enough.
    """
    if isinstance(error, KeysUnavailable | KeysRefused):
        return _explain_keys(error)
    if isinstance(error, psycopg.Error):
        return _explain_database(error)
    if isinstance(error, PermissionError):
        return f"No permission: {error}."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return str(error) if isinstance(error, RegistryError) else None


def explain_code(code: str) -> str:
    """Return why keys or numbers were refused and what to do, without what was sent."""
    return _REFUSED_BY_KEYS.get(code, f"The pseudonymiser refused the request ({code}).")


def _explain_keys(error: KeysUnavailable | KeysRefused) -> str:
    if isinstance(error, KeysUnavailable):
        return (
            "The pseudonymiser does not answer, or is asked too much: is ./best links up running?"
        )
    return ("" if error.row is None else f"Row {error.row + 1}: ") + explain_code(error.code)


def _explain_database(error: psycopg.Error) -> str | None:
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "The database refused: this role may not do that. See ./best links doctor."
    if isinstance(error, psycopg.OperationalError):
        return (
            f"The second database did not answer or could not do it ({error.sqlstate or 'gone'})."
            " Is ./best links up running? See ./best links doctor."
        )
    return None
