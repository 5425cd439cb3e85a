"""How long the verification of a chain of records takes."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from links.audit.findings import Rule
from links.audit.heads import Keys
from links.audit.log import Log
from links.audit.note import KeyType, make_key
from links.audit.verify import verify_log
from links.audit.witness import Witness
from links.clock import utc_now
from links.store.connections import LinksRole, connect, connect_as_superuser

if TYPE_CHECKING:
    from links.settings import LinksSettings

RECORDS = 1_000_000
ORGANISATIONS = 8
FLOOR_SECONDS = 60.0
_STATEMENT = Path(__file__).with_name("chain.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFigure:
    """How many records were verified in how many seconds."""

    records: int
    seconds: float


def measure_chain(settings: LinksSettings, records: int = RECORDS) -> ChainFigure:
    """Fill an empty, migrated wall with records, half of them outcomes, and verify it as `verify`.

    The records name a deliberation that nobody granted, and just that must be found.
    """
    insert_chains(settings, records)
    with (
        tempfile.TemporaryDirectory() as home,
        connect(settings, LinksRole.AUDIT, autocommit=True) as connection,
    ):
        key = make_key("bench.example/transparency", KeyType.LOG)
        witness_key = make_key("bench.example/witness", KeyType.WITNESS)
        published, directory = Path(home) / "published", Path(home) / "witness"
        witness = Witness(directory=directory, key=witness_key, log=key.verifier)
        log = Log(key=key, witness=witness, published=published)
        log.load(connection)
        log.sign(connection, least=3, moment=utc_now())
        began = time.perf_counter()
        found = verify_log(
            connection,
            keys=Keys(log=key.verifier, witness=witness_key.verifier),
            directories=(published / "checkpoints", directory),
            now=utc_now(),
        )
        seconds = time.perf_counter() - began
    rules = [finding.rule for finding in found.findings]
    if found.records != records or rules != [Rule.DELIBERATION]:
        raise RuntimeError(f"{found.records} records verified, and found: {rules}")
    return ChainFigure(records=found.records, seconds=seconds)


def insert_chains(settings: LinksSettings, records: int) -> None:
    """Write chains of ORGANISATIONS organisations; `records` in all."""
    with connect_as_superuser(settings) as connection:
        connection.execute(
            _STATEMENT.encode(),
            {
                "organisations": ORGANISATIONS,
                "each": records // ORGANISATIONS,
                "start": utc_now() - timedelta(hours=1),
            },
        )
        connection.execute("analyze links.record, links.delivered, links.sealed_request")
