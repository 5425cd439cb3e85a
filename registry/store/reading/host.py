"""Which of several hosts a worker reads from.

A standby shows the past until it has replayed what is new. So the state of the register and the
rows that answers are made of come from one host, and a worker moves only to one that knows
what the worker has told already: docs/howto/scale-out.md.
"""

from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo as join_conninfo

from registry.settings import Settings
from registry.store.connections import PRIMARY, Role, has_several_hosts, make_conninfo

Place = dict[str, str]


@dataclass(slots=True)
class ReadHost:
    """The host that one worker reads from; without a choice, wherever its settings lead."""

    settings: Settings
    _place: Place = field(default_factory=dict, init=False)

    @property
    def is_one_of_several(self) -> bool:
        """Whether there is a choice."""
        return has_several_hosts(self.settings)

    def make_conninfo(self) -> str:
        """Return the connection text of the host that was settled on, for the pool."""
        if not self._place:
            return self.make_choosing_conninfo()
        return join_conninfo(
            self.make_choosing_conninfo(), **self._place, target_session_attrs="any"
        )

    def make_choosing_conninfo(self, **settings: str) -> str:
        """Return the connection text that leads to a standby, or to where `settings` say."""
        return join_conninfo(make_conninfo(self.settings, Role.READER), **settings)

    def make_primary_conninfo(self) -> str:
        """Return the connection text that leads to the primary."""
        return self.make_choosing_conninfo(target_session_attrs=PRIMARY)

    def has_better(self, connection: AsyncConnection[Any]) -> bool:
        """Whether there may be a standby to read from instead."""
        return self.is_one_of_several and not is_standby(connection)

    def settle(self, connection: AsyncConnection[Any]) -> bool:
        """Read from where a connection leads from now on; whether that is another place."""
        if not self.is_one_of_several:
            return False
        before, self._place = self._place, _find_place(connection)
        return before not in ({}, self._place)

    def is_elsewhere(self, connection: AsyncConnection[Any]) -> bool:
        """Whether a connection leads to another host than the one settled on."""
        return bool(self._place) and _find_place(connection) != self._place


def is_standby(connection: AsyncConnection[Any]) -> bool:
    """Whether the host only repeats what another one does, as far as it has told us yet."""
    return connection.info.parameter_status("in_hot_standby") == "on"


def _find_place(connection: AsyncConnection[Any]) -> Place:
    info = connection.info
    place = {"host": info.host, "port": str(info.port)}
    return place if info.host.startswith("/") else place | {"hostaddr": info.hostaddr}
