"""The search index made at once after a command changed the register, so that nobody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from registry.domain.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.settings import Settings


def make_search_index(settings: Settings, progress: Callable[[str], None]) -> None:
    """Make the index of the register as it is; what was published stands without it."""
    from registry.search.store import ensure_index  # noqa: PLC0415 - a second of a command's start

    try:
        ensure_index(settings, progress)
    except (RegistryError, psycopg.Error, OSError) as error:
        progress(f"No search index was made: {error}. The API makes it when it is asked.")
