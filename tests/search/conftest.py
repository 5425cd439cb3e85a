from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.search.registers import SMALL, index_of

if TYPE_CHECKING:
    from registry.search.index import SearchIndex


@pytest.fixture(scope="session")
def small_index() -> SearchIndex:
    """The index of tests.search.registers.SMALL: read there which addresses exist. Milliseconds.

    For a register of your own: `index_of(text)` of the same module, in the same words.
    """
    return index_of(SMALL)
