"""The chain of each organisation, read back record by record against its hashes and leaves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from struct import Struct
from typing import Any

import orjson
import psycopg
from psycopg.rows import class_row

from links.audit.findings import Finding, FirstFindings, Rule
from links.audit.grants import Acts, Named, Use

FIRST = bytes(32)
"""What the first record of a chain has for the hash before it."""

_SPAN = 20_000
_ANSWER_WITHIN = timedelta(minutes=2)
_CONCLUDED_WITHIN = 60_000_000
"""Microseconds between a delivery and its record, which may have waited for the chain."""

_ASKED = {"intent", "refusal", "handle", "refusals"}
_NUMBERS = Struct(">qq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What the database says of a chain before any record is read (links.list_chains)."""

    organisation: str
    head_n: int | None
    head_hash: bytes | None
    first_n: int | None
    last_n: int | None
    last_leaf_n: int | None
    before_index: int | None
    before_hash: bytes | None


Delivered = dict[int, list[tuple[Any, ...]]]
"""By number of the outcome: audit_ref, microseconds, deliberation, version, is_told."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """Where the reading of a chain is; `unanswered` holds moment and deliberation of intents."""

    n: int
    hash: bytes
    leaf_index: int = -1
    unanswered: dict[int, tuple[int, Named]] = field(default_factory=dict)


def hash_record(prev: bytes, n: int, microseconds: int, body: str) -> bytes:
    """Return the hash of a record, as links.declare makes it."""
    return sha256(b"\x00" + prev + _NUMBERS.pack(n, microseconds) + body.encode()).digest()


class ChainReader:
    """Reads chains; `expired` is how many leaves are old enough for their records to be gone.

    `records` counts those that were read, `uses` tells which versions of deliberations they name,
    `acts` what they say that was done to them.
    """

    def __init__(self, connection: psycopg.Connection, *, expired: int, now: datetime) -> None:
        self.connection = connection
        self.expired = expired
        self.latest_intent = int((now - _ANSWER_WITHIN).timestamp() * 1_000_000)
        self.records = 0
        self.uses: dict[Named, Use] = {}
        self.acts = Acts()

    def list_chains(self) -> list[Chain]:
        """Return every chain of which there is a head, a record or a leaf."""
        cursor = self.connection.cursor(row_factory=class_row(Chain))
        return cursor.execute("select * from links.list_chains()").fetchall()

    def check(self, chain: Chain) -> list[Finding]:
        """Read one chain and say what is first wrong with it."""
        found = FirstFindings(chain.organisation)
        self._check_beginning(chain, found)
        first = chain.first_n or 1
        walk = Walk(n=first - 1, hash=(chain.before_hash if first > 1 else FIRST) or FIRST)
        for rows, delivered in self._list_pages(chain):
            for row in rows:
                self._check_record(row, walk, chain, found)
                self._check_meaning(row, walk, chain, found, delivered)
            for n in delivered:
                found.add(Rule.DELIVERED, n, "somebody is said to be delivered by it: no outcome")
        self._check_end(chain, walk, found)
        for n, (at, _) in walk.unanswered.items():
            if at < self.latest_intent:
                found.add(Rule.UNANSWERED, n, "declared more than two minutes ago, no outcome")
        return found.list_all()

    def _list_pages(self, chain: Chain) -> Iterator[tuple[list[tuple[Any, ...]], Delivered]]:
        """Read records and who was delivered, by ranges of numbers."""
        first, last = chain.first_n or 1, chain.last_n or 0
        for after in range(first - 1, last, _SPAN):
            rows = self._list("select * from links.list_records(%s, %s, %s)", chain, after, _SPAN)
            yield rows, self._list_delivered(chain, after, _SPAN)
        # Outside of the records nobody can have been delivered.
        yield [], self._list_delivered(chain, 0, first - 1)
        yield [], self._list_delivered(chain, max(last, first - 1), 1 << 60)

    def _list_delivered(self, chain: Chain, after: int, span: int) -> Delivered:
        delivered: Delivered = {}
        for n, *rest in self._list(
            "select * from links.list_delivered(%s, %s, %s)", chain, after, span
        ):
            delivered.setdefault(n, []).append(tuple(rest))
        return delivered

    def _list(self, statement: Any, chain: Chain, after: int, span: int) -> list[tuple[Any, ...]]:
        parameters = (chain.organisation, after, span)
        return self.connection.execute(statement, parameters, binary=True).fetchall()

    def _check_beginning(self, chain: Chain, found: FirstFindings) -> None:
        if chain.first_n == 1 or (chain.first_n is None and not chain.last_leaf_n):
            return
        self.acts.is_cut = True
        last_gone = chain.first_n - 1 if chain.first_n else chain.last_leaf_n
        if chain.before_index is None or chain.before_index >= self.expired:
            found.add(Rule.DELETED, last_gone, "gone before its ten years, as all before it")

    def _check_record(
        self, row: tuple[Any, ...], walk: Walk, chain: Chain, found: FirstFindings
    ) -> None:
        """Compare a record with the one before it, with its own hash and with its leaf."""
        n, microseconds, body, prev, record_hash, leaf_index, leaf_hash = row[:7]
        self.records += 1
        if n > walk.n + 1:
            found.add(Rule.DELETED, walk.n + 1, f"gone; the next one is {n}")
        elif n <= walk.n:
            found.add(Rule.FORKED, n, "two records have this number")
        if hash_record(prev, n, microseconds, body) != record_hash:
            self._add_edited(n, record_hash, leaf_hash, found)
        elif leaf_hash is not None and leaf_hash != record_hash:
            found.add(Rule.FORKED, n, "another record of this number was taken into the tree")
        elif prev != walk.hash:
            found.add(Rule.FORKED, n, f"does not go on from record {n - 1} as it is here")
        elif leaf_hash is None and n <= (chain.last_leaf_n or 0):
            found.add(Rule.FORKED, n, "was not there when later ones were taken into the tree")
        elif leaf_index is not None and leaf_index <= walk.leaf_index:
            found.add(Rule.REORDERED, n, "taken into the tree before the one it follows")
        walk.n, walk.hash = n, record_hash
        walk.leaf_index = walk.leaf_index if leaf_index is None else leaf_index

    def _add_edited(
        self, n: int, record_hash: bytes, leaf_hash: bytes | None, found: FirstFindings
    ) -> None:
        other = None
        if record_hash != leaf_hash:
            other = self.connection.execute(
                "select * from links.find_leaf(%s)", (record_hash,)
            ).fetchone()
        if other is None:
            found.add(Rule.EDITED, n, "its content does not give its hash")
        else:
            found.add(Rule.REORDERED, n, f"stands in the place of record {n}, and was {other[1]}")

    def _check_meaning(
        self,
        row: tuple[Any, ...],
        walk: Walk,
        chain: Chain,
        found: FirstFindings,
        delivered: Delivered,
    ) -> None:
        """Compare what a record says with what others say: intents, outcomes, deliveries."""
        n, microseconds, body = row[:3]
        try:
            content = orjson.loads(body)
            kind = content["type"]
            if kind == "outcome":
                self._check_outcome(row, content, walk, chain, found, delivered)
            elif kind == "act":
                self.acts.add(content, microseconds)
            elif kind in _ASKED:
                self._check_request(n, row[7], content, chain, found)
            if kind == "intent":
                named = content["deliberation"], content["version"]
                walk.unanswered[n] = microseconds, named
                self._use(named, chain.organisation, n, microseconds)
        except (ValueError, KeyError, TypeError):
            found.add(Rule.EDITED, n, "its content is not that of a record")

    def _use(self, named: Named, organisation: str, n: int, at: int) -> None:
        use = self.uses.get(named)
        if use is None:
            self.uses[named] = Use(organisation=organisation, n=n, last_n=n, last_at=at)
        elif at > use.last_at:
            use.last_n, use.last_at = n, at

    def _check_request(
        self,
        n: int,
        kept: bytes | None,
        content: dict[str, Any],
        chain: Chain,
        found: FirstFindings,
    ) -> None:
        """Compare the signed request that is kept, sealed, with the digest in the record.

        None is kept of what was refused before it was declared.
        """
        if content["organisation"] != chain.organisation:
            found.add(Rule.MISPLACED, n, f"is of organisation {content['organisation']}")
        wanted = content.get("request")
        # What the database refused has a keyed query and a request; what Python refused neither.
        is_intent = content["type"] == "intent" or content.get("query") is not None
        if kept is None:
            if wanted and is_intent:
                found.add(Rule.REQUEST, n, "the request that was signed is gone")
        elif wanted not in {None, kept.hex()} and content.get("reason") != "body_mismatch":
            found.add(Rule.REQUEST, n, "another request is kept than the one that was signed")

    def _check_outcome(
        self,
        row: tuple[Any, ...],
        content: dict[str, Any],
        walk: Walk,
        chain: Chain,
        found: FirstFindings,
        delivered: Delivered,
    ) -> None:
        n, microseconds = row[:2]
        intent = walk.unanswered.pop(content["intent"], None)
        # What was declared in a month that has passed is gone with it.
        if intent is None and content["intent"] >= (chain.first_n or 1):
            found.add(Rule.UNDECLARED, n, f"answers {content['intent']}, which waits for no answer")
        rows = delivered.pop(n, [])
        if sorted(one[0].hex() for one in rows) != sorted(content["delivered"]):
            found.add(Rule.DELIVERED, n, "others are said to be delivered than it names")
        for _, at, deliberation, version, is_told in rows:
            if intent and intent[1] != (deliberation, version):
                found.add(Rule.DELIVERED, n, f"said to be under {deliberation} version {version}")
            elif not is_told or abs(at - microseconds) > _CONCLUDED_WITHIN:
                found.add(Rule.DELIVERED, n, "the person concerned is told otherwise than decided")

    def _check_end(self, chain: Chain, walk: Walk, found: FirstFindings) -> None:
        last = max(chain.head_n or 0, chain.last_leaf_n or 0)
        if chain.first_n is None:
            if (chain.head_n or 0) > (chain.last_leaf_n or 0):
                found.add(Rule.DELETED, (chain.last_leaf_n or 0) + 1, "gone, and all after it")
        elif last > walk.n:
            found.add(Rule.DELETED, walk.n + 1, f"gone, as all up to {last}")
        elif chain.head_n is None:
            found.add(Rule.DELETED, walk.n, "the head of the chain is gone")
        elif (chain.head_n, chain.head_hash) != (walk.n, walk.hash):
            found.add(
                Rule.FORKED, walk.n, f"the head of the chain is another record {chain.head_n}"
            )
