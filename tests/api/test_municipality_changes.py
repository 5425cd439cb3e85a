"""What the page of a municipality does not call a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.pipelines import HELMERT
from registry.publication.roll_back import roll_back
from registry.store.connections import Role, connect
from tests.api.serving import serving
from tests.api.test_municipality_page import PAGE, read_rows, strip_tags
from tests.conftest import cloned
from tests.database.editions import Address
from tests.database.successive import publish, street, week

if TYPE_CHECKING:
    from registry.settings import Settings


def test_what_was_rolled_back_is_no_change(migrated_template: Settings) -> None:
    """A release and its roll-back are passed over together, and only together."""
    numbers = [Address(id=str(n), number=str(n), street="10") for n in range(1, 4)]
    with cloned(migrated_template) as settings:
        publish(
            settings,
            week(numbers, [street("10")]),
            week([*numbers[:2], Address(id="3", number="33", street="10")], [street("10")]),
            week([Address(id="1", number="11", street="10")], [street("10")]),
        )
        with connect(settings, Role.IMPORTER) as connection:
            roll_back(connection, 3, shift=HELMERT, progress=lambda _: None)
        with serving(settings) as client:
            changes = read_rows(client, "changes", "since=2020-01-01")
            assert [(row["object"], row["change"]) for row in changes] == [("bru-3", "altered")]
            page = strip_tags(client.get(f"{PAGE}?lang=en&since=2020-01-01").text)
            assert "address altered 1" in page
            assert "removed" not in page
            released = client.get("/v1/releases").json()["items"]
            times = {one["number"]: one["publishedAt"] for one in released}
            later = read_rows(client, "changes", f"since={times[3]}")
            assert {(row["object"], row["change"]) for row in later} == {
                ("bru-1", "altered"),
                ("bru-2", "restored"),
                ("bru-3", "restored"),
            }
