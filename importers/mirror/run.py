"""A register as a mirror of another: begun from a snapshot, then following, until it is ended."""

from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

import psycopg

from geo.pipelines import choose_datum_shift
from geo.projection import Projection
from importers.mirror.follow import Follower
from importers.mirror.peer import Peer, PeerGone
from importers.mirror.snapshot import Snapshot, fetch_snapshot, load_snapshot
from registry.clock import utc_now
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.publication.mirroring import fetch_position, is_mirroring, withdraw_sample
from registry.settings import Settings
from registry.store.connections import Role, connect

Progress = Callable[[str], None]
FOLDER = "mirror"
_LONGEST_PAUSE = 300.0
_NAME = "best mirror"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """An installation as a mirror of `peer`."""

    settings: Settings
    peer: Peer
    progress: Progress
    wait: Callable[[float], None] = sleep

    def begin(self) -> None:
        """Make the register a mirror, unless it is that already.

        InputRefused when it holds something else or the snapshot is not what it should be. What
        was fetched when something else goes wrong is kept for the next attempt.
        """
        with connect(self.settings, Role.OWNER, application_name=_NAME) as connection:
            if is_mirroring(connection, self.peer.url):
                return
        snapshot = fetch_snapshot(self.peer, self.settings.home / FOLDER, self.progress)
        try:
            self._load(snapshot)
        except InputRefused:
            snapshot.remove()  # digests say nothing of numbers and validity: fetch it all anew
            raise
        snapshot.remove()

    def _load(self, snapshot: Snapshot) -> None:
        with connect(
            self.settings, Role.OWNER, application_name=_NAME, autocommit=True
        ) as connection:
            with connection.transaction():
                withdraw_sample(connection)
            load_snapshot(
                connection,
                self.peer,
                snapshot,
                projection=self._make_projection(),
                now=utc_now(),
                progress=self.progress,
            )

    def catch_up(self) -> int:
        """Apply the releases that are new; return the number of the newest one here."""
        with connect(
            self.settings, Role.IMPORTER, application_name=_NAME, autocommit=True
        ) as connection:
            Follower(
                connection=connection,
                peer=self.peer,
                projection=self._make_projection(),
                progress=self.progress,
            ).catch_up()
            return fetch_position(connection).number

    def follow(self, interval: float) -> None:
        """Catch up every `interval` seconds, for ever; what fails is tried again, ever later.

        PeerGone when the other register no longer has what comes next.
        """
        pause = interval
        while True:
            try:
                self.catch_up()
                pause = interval
            except PeerGone:
                raise
            except (InputRefused, EnvironmentProblem, psycopg.OperationalError) as problem:
                pause = min(2 * pause, _LONGEST_PAUSE)
                what = str(problem).partition("\n")[0].rstrip(".")
                self.progress(f"{what}. This mirror stays as it is; next try in {pause:g} s")
            self.wait(pause)

    def _make_projection(self) -> Projection:
        return Projection(choose_datum_shift(self.settings.proj_grid))
