"""Progress of a long count."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from registry.domain.errors import InputRefused

_TELL_EVERY_SECONDS = 2.0


@dataclass(slots=True)
class Ticker:
    """Tells how far a long count is, at most every two seconds."""

    what: str
    progress: Callable[[str], None]
    began: float = field(default_factory=monotonic)
    told: float = field(default_factory=monotonic)

    def tell(self, count: int) -> None:
        """Hear the count so far; say it when it is time."""
        now = monotonic()
        if now - self.told >= _TELL_EVERY_SECONDS:
            self.told = now
            rate = count / (now - self.began)
            self.progress(f"{self.what}: {count:,} read, {rate:,.0f} a second")


def stop_after(hours: float, progress: Callable[[str], None]) -> Callable[[str], None]:
    """Return a progress that refuses what is read when it hears of it after so many hours."""
    end = monotonic() + hours * 3600

    def tell(step: str) -> None:
        if monotonic() > end:
            raise InputRefused(f"it takes more than {hours:g} hours to read. Deliver it in parts.")
        progress(step)

    return tell
