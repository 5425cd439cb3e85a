"""`deliver`: the whole path of a delivery from a shell, on the other side of the door."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.client_keys import read_private_key
from deploy.door_client import Door, check_door_url
from deploy.progress import make_timed_progress, print_progress
from importers.containers import hash_file
from importers.region_files import list_region_files
from registry.deliveries.rendering import describe_delivery, read_words
from registry.deliveries.summary import describe_check
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.domain.region import Region
from registry.quality.rules import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.door_client import Document
    from registry.settings import Settings

_ACTIONS = ("publish", "rollback", "withdraw", "check", "show")
_UNFINISHED = (
    *("receiving", "created", "received", "checking", "checked", "awaitingSecondPerson"),
    *("publishing", "failed"),
)
_WORKING = {"received", "checking", "publishing"}
_SHORTEST, _LONGEST = 0.5, 10.0  # seconds between two questions
DOOR_URL = "http://127.0.0.1:8010"


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `deliver` accepts."""
    parser.description = "Deliver a file through an agencies' door, or act on a delivery."
    parser.add_argument(
        "source", metavar="FILE", help=f"what to deliver; or one of {', '.join(_ACTIONS)}"
    )
    parser.add_argument("delivery", metavar="ID", nargs="?", help="the delivery to act on")
    parser.add_argument("--key", type=Path, required=True, help="your private key, JWK or PEM")
    parser.add_argument("--client", required=True, metavar="ID", help="who you are to the door")
    parser.add_argument("--url", default=DOOR_URL, help=f"the door ({DOOR_URL})")
    parser.add_argument(
        "--region", choices=[region.iso_code for region in Region], help="else: the file's own"
    )
    parser.add_argument("--mutations", action="store_true", help="the file only lists changes")
    parser.add_argument(
        "--extracted-at",
        type=read_moment,
        metavar="T",
        help="when the source wrote it, such as 2026-11-20T04:00:00Z; else: what the file says,"
        " of a table its date on your disk",
    )
    parser.add_argument("--publish", action="store_true", help="ask for its publication too")
    add_language(parser)


def add_language(parser: argparse.ArgumentParser) -> None:
    """Declare the language of a report; that of the environment unless it is given."""
    parser.add_argument("--lang", choices=LANGUAGES, default=None, help="of the report (LANG)")


def choose_language(given: str | None) -> str:
    """Return the language that was given, or that of the environment, or English."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    told = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return given or (told[:2] if told[:2] in LANGUAGES else "en")


def read_moment(text: str) -> datetime:
    """Read a moment that says its time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} is no moment such as 2026-11-20T04:00:00Z")
    return moment


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Deliver or act; 1 when the delivery is rejected, 3 when the door failed at it."""
    _ = settings  # no database: this is the other side
    is_action = arguments.source in _ACTIONS and arguments.delivery is not None
    if arguments.delivery is not None and not is_action:
        raise InputRefused(f"{arguments.source}: an ID goes with one of {', '.join(_ACTIONS)}")
    language = choose_language(arguments.lang)
    door = Door(
        url=check_door_url(arguments.url),
        client_id=arguments.client,
        key=read_private_key(arguments.key),
        progress=make_timed_progress(),
    )
    if is_action:
        delivery = act(door, arguments.source, arguments.delivery, language)
    else:
        delivery = follow(door, deliver(door, arguments), language)
        print_report(door, delivery, language)
        if arguments.publish and delivery["state"] == "checked":
            delivery = publish(door, delivery["id"], language)
    code = tell(door, delivery, language)
    with suppress(InputRefused, EnvironmentProblem):  # the outcome is told, and stands
        warn_of_expiry(door)
    return code


def act(door: Door, action: str, delivery_id: str, language: str) -> Document:
    """Do one thing with a delivery; return what became of it."""
    if action == "publish":
        return publish(door, delivery_id, language)
    delivery, version = door.fetch_version(delivery_id)
    if action != "show":
        door.act(delivery, action, version)
    delivery = follow(door, delivery_id, language)
    if action in {"check", "show"}:
        print_report(door, delivery, language)
    why = delivery["history"][-1].get("detail")
    if action == "rollback" and why and not delivery.get("undoneBy"):
        raise InputRefused(why)
    return delivery


def deliver(door: Door, arguments: argparse.Namespace) -> str:
    """Announce and send the file, or go on with what was begun; return the delivery's id."""
    path = Path(arguments.source)
    if not path.is_file():
        raise InputRefused(f"{path}: there is no such file. A folder is delivered as a zip")
    if not path.stat().st_size:
        raise InputRefused(f"{path}: the file is empty")
    announcement = make_announcement(path, arguments)
    delivery = find_begun(door, announcement)
    if delivery is None:
        delivery = door.create(announcement)
        told = f"{announcement['region']}, extracted at {announcement['extractedAt']}"
        door.progress(f"Delivery {delivery['id']} is announced: {told}")
    else:
        told = f"which {delivery['createdBy']} announced at {delivery['createdAt']} for this file"
        door.progress(f"Going on with delivery {delivery['id']}, {told}")
    if delivery["state"] in {"created", "receiving"}:
        door.upload(delivery, path)
    return str(delivery["id"])


def make_announcement(path: Path, arguments: argparse.Namespace) -> Document:
    """Return what is announced; what was not given is read in the file itself."""
    region, extracted_at = arguments.region, arguments.extracted_at
    if region is None or extracted_at is None:
        region, extracted_at = read_in_file(path, region, extracted_at)
    return {
        "region": region,
        "complete": not arguments.mutations,
        "extractedAt": extracted_at.isoformat(),
        "fileName": path.name,
        "size": path.stat().st_size,
        "sha256": hash_file(path),
    }


def read_in_file(
    path: Path, region: str | None, extracted_at: datetime | None
) -> tuple[str, datetime]:
    """Return the region of a file and when it was extracted, unless they were given."""
    listed = list_region_files([path]).by_region
    there = [each.region.iso_code for each in listed]
    if len(there) > 1:
        raise InputRefused(
            f"{path} holds {', '.join(there)}: a delivery is of one region, so make a file of each"
        )
    if region not in {None, *there}:
        raise InputRefused(f"{path} holds {', '.join(there)}, and nothing of {region}")
    (files,) = listed
    origins = [found.origin for found in files.files.values()]
    origins += [table.origin for table in files.tables]
    newest = max(origin.extracted_at for origin in origins)
    return files.region.iso_code, extracted_at or newest


def find_begun(door: Door, announcement: Document) -> Document | None:
    """Return one's unfinished delivery of the same file, whatever run of whom began it."""
    same = ("region", "complete")
    for state in _UNFINISHED:
        for delivery in door.list_with_state(state, announcement["region"]):
            if delivery["file"].get("sha256") == announcement["sha256"] and all(
                delivery[name] == announcement[name] for name in same
            ):
                return delivery
    return None


def follow(door: Door, delivery_id: str, language: str) -> Document:
    """Ask until the door is done with it for now, and say each state that it comes into."""
    told, pause = "", _SHORTEST
    sleep: Callable[[float], None] = door.patience.sleep
    while True:
        delivery = door.fetch(delivery_id)
        if delivery["state"] != told:
            told, pause = delivery["state"], _SHORTEST
            door.progress(f"{delivery_id}: {read_words(language)['state'][told]}")
        if told not in _WORKING and not delivery.get("undoing"):
            return delivery
        sleep(pause)
        pause = min(pause * 1.5, _LONGEST)


def publish(door: Door, delivery_id: str, language: str) -> Document:
    """Ask for publication once: what is checked anew meanwhile has another preview to look at."""
    delivery, version = door.fetch_version(delivery_id)
    door.act(delivery, "publish", version)
    delivery = follow(door, delivery_id, language)
    if delivery["state"] == "checked":
        print_report(door, delivery, language)
        reasons = [event["detail"] for event in delivery["history"] if event.get("detail")]
        why = reasons[-1] if reasons else ""
        raise InputRefused(f"It was not published. {why} Look at it, then publish it again.")
    return delivery


def print_report(door: Door, delivery: Document, language: str) -> None:
    """Print what the newest check found, and where its page is for some hours."""
    report = door.find(delivery["id"], "report")
    if report is None:
        return
    preview = door.find(delivery["id"], "preview")
    print("\n".join(describe_check(report, preview, language)), flush=True)
    page = door.ask("POST", "deliveries", delivery["id"], "pages", content={}).content
    print(f"\n{page['href']}\n", flush=True)


def warn_of_expiry(door: Door) -> None:
    """Say which authorisations of the agency end within thirty days, and how they are renewed."""
    for each in door.ask("GET", "authorisations").content["items"]:
        if each["state"] == "expiring":
            print_progress(
                f"The authorisation for {each['region']} ends at {each['validTo']}."
                f" {each.get('renewal', '')}"
            )


def tell(door: Door, delivery: Document, language: str) -> int:
    """Say what became of a delivery and what comes next; return the exit code."""
    state, words = delivery["state"], read_words(language)
    told = f"{delivery['id']}: {describe_delivery(delivery, language)}"
    print(told, flush=True)
    again = f"./best deliver publish {delivery['id']} --url {door.url} --key KEY --client"
    if state == "awaitingSecondPerson":
        print_progress(f"Another member than {delivery.get('publisher')}: {again} ID")
    elif state == "checked":
        print_progress(f"To publish it: {again} {door.client_id}")
    elif state == "published" and not delivery.get("releaseNumber"):
        print_progress(words["sentence"]["noRelease"])
    elif state == "failed":
        why = delivery["history"][-1].get("detail", "")
        raise EnvironmentProblem(f"The door failed at it and tries again by itself: {why}")
    return 1 if state == "rejected" else 0
