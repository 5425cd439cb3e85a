"""Pages in memory: made once however many ask, never more than there is room for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from api.kept_pages import KeptPage, KeptPages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def make_maker(
    made: list[int], *, size: int = 10, is_complete: bool = True
) -> Callable[[], Awaitable[KeptPage]]:
    async def make() -> KeptPage:
        await asyncio.sleep(0.01)
        made.append(size)
        return KeptPage(
            content=bytes(size), following=None, is_complete=is_complete, until=5, mark="a"
        )

    return make


def is_valid(page: KeptPage) -> bool:
    return page.mark == "a"


def test_who_asks_for_a_page_that_is_being_made_waits_for_it() -> None:
    async def ask() -> list[int]:
        pages, made = KeptPages(), list[int]()
        askers = [pages.find_or_make("one", 5, make_maker(made), is_valid) for _ in range(20)]
        await asyncio.gather(*askers)
        await pages.find_or_make("one", 6, make_maker(made), is_valid)
        return made

    assert asyncio.run(ask()) == [10]


def test_a_page_that_may_grow_is_made_anew_for_each_release() -> None:
    async def ask() -> list[int]:
        pages, made = KeptPages(), list[int]()
        for seq in (5, 5, 6, 6):
            await pages.find_or_make("last", seq, make_maker(made, is_complete=False), is_valid)
        return made

    assert asyncio.run(ask()) == [10, 10]


def test_a_page_of_another_history_is_made_anew() -> None:
    async def ask() -> list[int]:
        pages, made = KeptPages(), list[int]()
        for valid in ("a", "b", "b"):
            await pages.find_or_make(
                "one", 5, make_maker(made), lambda page, valid=valid: page.mark == valid
            )
        return made

    assert len(asyncio.run(ask())) == 3


def test_the_page_that_was_not_asked_for_longest_makes_room() -> None:
    async def ask() -> list[int]:
        pages, made = KeptPages(most_bytes=25), list[int]()
        for question in ("a", "b", "a", "c", "a", "b"):
            await pages.find_or_make(question, 1, make_maker(made), is_valid)
        return made

    assert len(asyncio.run(ask())) == 4


def test_a_failure_is_told_and_not_kept() -> None:
    async def fail() -> KeptPage:
        raise ValueError

    async def ask() -> list[int]:
        pages, made = KeptPages(), list[int]()
        with pytest.raises(ValueError):  # noqa: PT011 - it is the one raised above
            await pages.find_or_make("one", 1, fail, is_valid)
        await pages.find_or_make("one", 1, make_maker(made), is_valid)
        return made

    assert asyncio.run(ask()) == [10]


def test_who_hangs_up_does_not_take_the_page_from_others() -> None:
    async def ask() -> list[int]:
        pages, made = KeptPages(), list[int]()
        first, second = (
            asyncio.ensure_future(pages.find_or_make("one", 1, make_maker(made), is_valid))
            for _ in "ab"
        )
        await asyncio.sleep(0)
        first.cancel()
        await second
        return made

    assert asyncio.run(ask()) == [10]
