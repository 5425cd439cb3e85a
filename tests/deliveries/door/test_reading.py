"""What a check found, in its forms; signed pages; the queue of what the public reports."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from api.deliveries.door import ROOT
from api.deliveries.jose import Bearer
from api.deliveries.pages import read_page, sign_page
from registry.clock import utc_now
from registry.deliveries.agencies import resume_agency, suspend_agency
from registry.deliveries.states import State
from registry.deliveries.store import Check, find_delivery, write_check
from registry.store.connections import Role, connect
from registry.store.report_submission import Place as Where
from registry.store.report_submission import Submission, submit_report
from tests.deliveries.announcing import announce as bring
from tests.deliveries.reports_made_up import HOSTILE, make_preview, make_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from tests.deliveries.door.serving import Place


@pytest.fixture(scope="module")
def path(place: Place) -> str:
    """A delivery that was checked twice, first without a preview."""
    with connect(place.settings, Role.OWNER) as connection:
        delivery = bring(connection, State.CHECKED, agency="bru")
        for number, preview in ((1, None), (2, make_preview())):
            report = make_report(delivery=delivery.id, check=number)
            write_check(
                connection,
                Check(
                    delivery_id=delivery.id,
                    number=number,
                    made_at=utc_now(),
                    report=report,
                    preview=preview,
                    shape=None,
                ),
            )
    return f"{ROOT}/deliveries/{delivery.id}"


@pytest.fixture
def client(place: Place) -> Iterator[httpx2.Client]:
    with place.as_client("anna") as client:
        yield client


def test_a_report_is_served_as_it_was_written(path: str, client: httpx2.Client) -> None:
    delivery_id = path.rpartition("/")[2]
    last = client.get(f"{path}/report")
    assert last.headers["content-type"] == "application/json"
    assert last.json() == make_report(delivery=delivery_id, check=2)
    assert client.get(f"{path}/report?check=1").json()["check"] == 1
    assert client.get(f"{path}/report?check=3").status_code == 404
    assert client.get(f"{path}/report?check=0").status_code == 400
    assert client.get(f"{path}/preview").json() == make_preview()
    assert client.get(f"{path}/preview?check=1").status_code == 404


def test_a_report_is_a_table_whose_cells_do_not_run(path: str, client: httpx2.Client) -> None:
    answer = client.get(f"{path}/report?lang=fr", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-language"] == "fr"
    rows = list(csv.reader(io.StringIO(answer.text)))
    cells = [cell for row in rows for cell in row]
    assert any(HOSTILE in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in "=+@\t\r" and cell]


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_a_report_is_a_page_in_four_languages(
    path: str, client: httpx2.Client, language: str
) -> None:
    headers = {"Accept": "text/html", "Accept-Language": f"{language}-BE"}
    answer = client.get(f"{path}/report", headers=headers)
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert client.get(f"{path}/report", headers={"Accept": "image/png"}).status_code == 406


def test_geometry_is_streamed_once_it_is_there(
    place: Place, path: str, client: httpx2.Client
) -> None:
    assert client.get(f"{path}/preview/features").status_code == 404
    file = place.door.files.get_features(path.rpartition("/")[2])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"type": "FeatureCollection", "features": []}')
    answer = client.get(f"{path}/preview/features")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["features"] == []


def test_a_signed_page_opens_without_a_token_for_a_while(
    place: Place, path: str, client: httpx2.Client
) -> None:
    made = client.post(f"{path}/pages")
    assert (made.status_code, made.headers["location"]) == (201, made.json()["href"])
    with place.open_client() as browser:
        page = browser.get(made.json()["href"], headers={"Accept-Language": "nl"})
        assert page.status_code == 200
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        href = made.json()["href"]
        for other in (
            href[:-1],
            href[:-2] + "AA",
            href + "A",
            f"{place.url}{ROOT}/pages/a",
            href[:-4],
        ):
            assert browser.get(other).status_code == 404
        with connect(place.settings, Role.OWNER) as connection:
            suspend_agency(connection, "bru", utc_now())
        assert browser.get(href).status_code == 404
        with connect(place.settings, Role.OWNER) as connection:
            resume_agency(connection, "bru")
        assert browser.get(href).status_code == 200


def test_a_signature_is_of_one_page_and_eight_hours() -> None:
    now = utc_now()
    text, expires_at = sign_page(b"k" * 32, "a" * 26, Bearer("anna", "a kid"), now)
    assert timedelta(hours=7, minutes=59) < expires_at - now <= timedelta(hours=8)
    good = read_page(b"k" * 32, text, expires_at - timedelta(seconds=1))
    assert good == ("a" * 26, Bearer("anna", "a kid"))
    assert read_page(b"k" * 32, text, expires_at) is None
    assert read_page(b"l" * 32, text, now) is None
    for position in range(len(text)):
        forged = text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]
        assert read_page(b"k" * 32, forged, now) is None


def test_what_is_not_there_is_named(place: Place, path: str, client: httpx2.Client) -> None:
    for below, told in (
        (f"{path}/report?check=9", "The delivery has no check 9."),
        (f"{ROOT}/deliveries/{'a' * 26}", "There is no such delivery of your agency."),
        (f"{ROOT}/pages/a", "The address of this page is not good, or no more"),
        (f"{ROOT}/nothing", "There is nothing at this path."),
    ):
        answer = client.get(below)
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith(told)
        assert answer.json()["detail"].endswith("The contract is /deliveries/v1/doc/openapi.json.")


def _submit(place: Place, number: int, region: str) -> str:
    where = Where(region=region, municipality_id="21004", x=650000.0, y=670000.0)
    if number == 3:
        where = Where(region=region, municipality_id="21004", address_id="101240")
    report_id = "abcdefghijklmnopqrstuvwx2" + str(number)
    submission = Submission(id=report_id, kind="missing", text=f"text {number}", place=where)
    assert submit_report(place.settings, submission, most_a_day=100)
    return report_id


def test_the_owner_sees_and_answers_its_own_queue(place: Place, client: httpx2.Client) -> None:
    own = [_submit(place, number, "bru") for number in (2, 3, 4)]
    other = _submit(place, 5, "vlg")
    first = client.get(f"{ROOT}/reports?pageSize=2").json()
    assert [one["id"] for one in first["items"]] == own[:2]
    assert first["items"][0]["text"] == "text 2"
    assert first["items"][0]["position"] == {"x": 650000.0, "y": 670000.0, "crs": 3812}
    assert first["items"][0]["municipalityCode"] == 21004
    assert first["items"][1]["addressId"] == "bru-101240"
    assert "position" not in first["items"][1]
    assert [one["id"] for one in client.get(first["next"]).json()["items"]] == own[2:]

    def reply(report_id: str, **body: object) -> int:
        return client.post(f"{ROOT}/reports/{report_id}/answer", json=body).status_code

    assert reply(own[0], state="declined") == 400
    assert reply(own[0], state="declined", reason="It stands there.", note="x") == 400
    assert reply(own[0], state="open") == 400
    assert reply(own[0], state="corrected", release=999) == 400
    assert reply(own[0], state="accepted") == 200
    assert reply(own[0], state="accepted") == 409
    assert reply(own[0], state="declined", reason="Ask An at 0475 12 34 56.") == 200
    assert reply(own[0], state="declined", reason="It stands there.") == 200  # instead
    assert reply(own[0], state="accepted") == 409
    assert {reply(one, state="accepted") for one in (other, "a" * 26, "%00", "x")} == {404}
    declined = client.get(f"{ROOT}/reports", params={"state": "declined"}).json()["items"]
    assert [(one["id"], one.get("text"), one["answeredBy"]) for one in declined] == [
        (own[0], None, "anna")
    ]
    assert declined[0]["reason"] == "It stands there."


def test_a_page_of_a_delivery_that_was_not_checked_yet(place: Place) -> None:
    with connect(place.settings, Role.OWNER) as connection:
        delivery = bring(connection, State.CREATED, agency="bru")
        assert find_delivery(connection, delivery.id)
    with place.as_client("anna") as client, place.open_client() as browser:
        made = client.post(f"{ROOT}/deliveries/{delivery.id}/pages").json()
        assert browser.get(made["href"]).status_code == 200
