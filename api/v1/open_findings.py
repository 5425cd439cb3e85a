"""How many findings are open, counted seldom: counting looks at every one of them."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from registry.store.reading.pool import Pool
from registry.store.reading.quality import count_findings

_KEPT_SECONDS = 60.0
"""As long as any answer may be kept: api.exchange.MAX_AGE_SECONDS."""


@dataclass(slots=True, kw_only=True)
class OpenFindings:
    """The number of open findings of each rule, kept by one worker until the next release."""

    _counts: Counter[str] = field(default_factory=Counter)
    _seq: int = -1
    _until: float = 0.0
    _counting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def count(self, pool: Pool, *, seq: int) -> Counter[str]:
        """Return numbers by rule; counted anew after a release or a minute, by one of many."""
        async with self._counting:
            if seq != self._seq or time.monotonic() >= self._until:
                async with pool.connection() as connection:
                    rows = await count_findings(connection)
                counts: Counter[str] = Counter()
                for row in rows:
                    counts[row["rule"]] += row["count"]
                self._counts, self._seq = counts, seq
                self._until = time.monotonic() + _KEPT_SECONDS
            return self._counts
