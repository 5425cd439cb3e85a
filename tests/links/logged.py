"""A log with three chains, what was published of it and what a witness saw, to be damaged."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from links.audit.heads import Keys
from links.audit.log import Log
from links.audit.note import KeyType, SigningKey, make_key
from links.audit.verify import verify_log
from links.audit.witness import Witness
from links.store.connections import LinksRole, connect, connect_as_superuser
from tests.links.chains import (
    CITY,
    CPAS,
    START,
    TAX,
    Record,
    insert_acts,
    insert_records,
    make_looks,
    make_records,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    from links.audit.findings import Rule
    from links.audit.verify import Verification
    from links.settings import LinksSettings
    from tests.links.world import World

LATER = START + timedelta(hours=1)
_seconds = count()


@dataclass(slots=True, kw_only=True)
class Logged:
    """A wall with three chains, what was published of it and what a witness saw."""

    settings: LinksSettings
    owner: psycopg.Connection
    clerk: psycopg.Connection
    log: Log
    key: SigningKey
    witness: Witness
    published: Path
    chains: dict[str, list[Record]]
    acts: int

    @property
    def keys(self) -> Keys:
        return Keys(log=self.key.verifier, witness=self.witness.key.verifier)

    def sign(self, least: int = 0) -> None:
        moment = START + timedelta(minutes=next(_seconds))
        self.log.sign(self.clerk, least=least, moment=moment)

    def add(
        self, organisation: str, bodies: list[dict[str, Any]], *, start: datetime | None = None
    ) -> None:
        known = self.chains.setdefault(organisation, [])
        after = {"after": (known[-1].n, known[-1].hash)} if known else {}
        follows = known[-1].at + timedelta(seconds=1) if known else START
        records = make_records(organisation, bodies, start=start or follows, **after)
        insert_records(self.owner, records)
        known += records

    def verify(
        self, *, witnessed: bool = True, published: bool = True, now: datetime = LATER
    ) -> Verification:
        directories = [self.published / "checkpoints"] * published
        directories += [self.witness.directory] * witnessed
        with connect(self.settings, LinksRole.AUDIT, autocommit=True) as auditor:
            return verify_log(auditor, keys=self.keys, directories=tuple(directories), now=LATER)

    @contextlib.contextmanager
    def damaged(self) -> Iterator[None]:
        """Put everything back after the block, as no attacker would."""
        tables = ("record", "chain", "tree_leaf", "checkpoint", "delivered", "sealed_request")
        for table in tables:
            self.owner.execute(f"create table public.kept_{table} as table links.{table}")
        try:
            yield
        finally:
            for table in tables:
                self.owner.execute(f"delete from links.{table}")
                self.owner.execute(f"insert into links.{table} table public.kept_{table}")
                self.owner.execute(f"drop table public.kept_{table}")


@contextlib.contextmanager
def opened_log(world: World, tmp_path: Path) -> Iterator[Logged]:
    wall = world.settings
    key = make_key("links.example/transparency", KeyType.LOG)
    witness = Witness(
        directory=tmp_path / "witness",
        key=make_key("witness.example", KeyType.WITNESS),
        log=key.verifier,
    )
    published = tmp_path / "published"
    clerk = connect(wall, LinksRole.AUDIT, autocommit=True)
    logged = Logged(
        settings=wall,
        owner=connect_as_superuser(wall),
        clerk=clerk,
        log=Log(key=key, witness=witness, published=published),
        key=key,
        witness=witness,
        published=published,
        chains={},
        acts=insert_acts(world),
    )
    logged.log.load(clerk)
    yield logged
    logged.owner.close()
    clerk.close()


def fill(logged: Logged) -> None:
    # Three checkpoints, each of some records of each chain, and a few that none has taken yet.
    for stage in range(3):
        for organisation in (CPAS, CITY, TAX):
            logged.add(organisation, make_looks(organisation, 2, first=stage * 6 + 1, sealed=True))
        logged.sign(least=stage)
    logged.add(CPAS, make_looks(CPAS, 1, first=19, sealed=True))


def list_broken(verification: Verification) -> list[tuple[Rule, str | None, int | None]]:
    return [(f.rule, f.organisation, f.n) for f in verification.findings if not f.is_notice]
