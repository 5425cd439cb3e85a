"""Ten planted leaks: what a careless hand could do, done on purpose; each turns its test red.

They live here and nowhere else: nothing in `links/` can switch one on. `conftest.py` runs each
test of LEAKS once more with its leak planted, and fails unless the test then does.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from psycopg import sql

from links.domain import signatures
from links.store.connections import connect_as_superuser
from tests.links.world import list_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from links.settings import LinksSettings


@dataclass(frozen=True, kw_only=True)
class Leak:
    """`test`: which sees it, in the statement `seen_by`; `plant`: it is there for the block."""

    name: str
    test: str
    seen_by: str
    plant: Callable[[LinksSettings], AbstractContextManager[None]]


def edit_function(name: str, old: str, new: str) -> Callable[[Any], AbstractContextManager[None]]:
    """Put other words into a function of the database."""

    @contextmanager
    def plant(settings: LinksSettings) -> Iterator[None]:
        query = "select pg_get_functiondef(oid) from pg_proc where oid = %s::regproc"
        with connect_as_superuser(settings) as connection:
            ((source,),) = connection.execute(query, (f"links.{name}",)).fetchall()
            assert source.count(old) == 1, f"{name}: {source.count(old)} of {old!r}"
            connection.execute(source.replace(old, new))
            try:
                yield
            finally:
                connection.execute(source)

    return plant


def execute(there: str, back: str) -> Callable[[Any], AbstractContextManager[None]]:
    """Run a statement as superuser; {} is the database."""

    @contextmanager
    def plant(settings: LinksSettings) -> Iterator[None]:
        name = sql.Identifier(settings.database_name)
        with connect_as_superuser(settings) as connection:
            connection.execute(sql.SQL(there).format(name))  # type: ignore[arg-type]
            try:
                yield
            finally:
                connection.execute(sql.SQL(back).format(name))  # type: ignore[arg-type]

    return plant


def patch(target: str, replacement: object) -> Callable[[Any], AbstractContextManager[None]]:
    """Put other code into this process, in which the API of the tests runs."""

    @contextmanager
    def plant(_: LinksSettings) -> Iterator[None]:
        signatures.signatures_ok.cache_clear()
        with mock.patch(target, replacement):
            yield
        signatures.signatures_ok.cache_clear()

    return plant


@contextmanager
def store_unkeyed(settings: LinksSettings) -> Iterator[None]:
    """Store what everybody can compute of every address, beside a subject."""
    with connect_as_superuser(settings) as connection:
        ids = connection.execute("select id from links.link order by id").fetchall()
        for (link,), (address, *_) in zip(ids, list_addresses(), strict=False):
            reference = sha256(address.encode()).digest()[:16]
            connection.execute(
                "update links.link set addr_ref = %s where id = %s", (reference, link)
            )
    yield


LEAKS = (
    Leak(
        name="answers_uncommitted",
        test="test_10_declare_and_answer_in_one_transaction_is_refused",
        seen_by='refused("not_committed")',
        plant=edit_function("answer", "is distinct from 'committed'", "= 'aborted'"),
    ),
    Leak(
        name="tickets_of_others",
        test="test_13_tickets_are_of_one_client_for_one_answer_within_30_seconds",
        seen_by='refused("ticket_unknown")',
        plant=edit_function("answer", "or ticket.client <> answer.client then", "then"),
    ),
    Leak(
        name="signatures_unread",
        test="test_20_an_edited_deliberation_is_denied",
        seen_by="assert not signatures_ok(",
        plant=patch("links.domain.signatures.is_signed", lambda *_: True),
    ),
    Leak(
        name="open_to_everybody",
        test="test_21_everybody_has_nothing",
        seen_by="where a.grantee = 0",
        plant=execute(
            "grant execute on function links.find_client(text) to public",
            "revoke execute on function links.find_client(text) from public",
        ),
    ),
    Leak(
        name="statements_logged",
        test="test_22_the_log_holds_nothing_that_was_asked",
        seen_by="if value in text] == []",
        plant=execute(
            "alter database {} set log_min_messages = 'warning'",
            "alter database {} reset log_min_messages",
        ),
    ),
    Leak(
        name="combination_forgotten",
        test="test_50_one_address_in_two_sectors_is_refused_and_told",
        seen_by='== "combination"',
        plant=edit_function("find_limits", "combination_days := 30", "combination_days := -1"),
    ),
    Leak(
        name="unpadded",
        test="test_52_nothing_unknown_and_protected_are_the_same_bytes",
        seen_by="len(told.body) ==",
        plant=patch("links.api.answers.STEP_BYTES", 1),
    ),
    Leak(
        name="strict_is_visible",
        test="test_53_no_count_tells_of_a_protected_person",
        seen_by='len(counted["subjects"]) == 1',
        plant=edit_function("find_visible", "when granted.protected_ok", "when true"),
    ),
    Leak(
        name="child_is_visible",
        test="test_55_a_child_is_protected_with_its_parent",
        seen_by="== {gus}",
        plant=edit_function("find_visible", "p.level = 2 and", "p.level = 3 and"),
    ),
    Leak(
        name="unkeyed",
        test="test_76_a_stolen_dump_and_every_open_address_give_no_link",
        seen_by="found == {careless}",
        plant=store_unkeyed,
    ),
    Leak(
        name="canary_sleeps",
        test="test_81_a_canary_suspends_its_client_within_one_request",
        seen_by='== "canary"',
        plant=edit_function("declare", "links.is_canary(question)", "false"),
    ),
)


def list_leaks(test: str) -> list[Leak]:
    """Return the leaks that a test is to see."""
    return [leak for leak in LEAKS if test == leak.test]


def find_settings(arguments: Mapping[str, Any]) -> LinksSettings:
    """Return the wall that a test was given, by whatever it was given; not what it is cloned of."""
    found: list[LinksSettings] = [
        settings
        for settings in (getattr(value, "settings", value) for value in arguments.values())
        if getattr(settings, "database_name", "").startswith("test_")
    ]
    assert len({settings.database_name for settings in found}) == 1, "a leak needs one wall"
    return found[0]


def find_statement(error: BaseException) -> str:
    """Return the innermost statement of the tests that failed, as it is written."""
    entries = pytest.ExceptionInfo.from_exception(error).traceback
    here = [entry for entry in entries if "/tests/links/" in str(entry.path)]
    return str(here[-1].statement)
