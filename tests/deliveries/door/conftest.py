"""One door and one register for the tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.deliveries.door.serving import Place, add_agencies, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings


@pytest.fixture(scope="module")
def place(module_register: Settings) -> Iterator[Place]:
    with serving(module_register) as found:
        add_agencies(found)
        yield found
