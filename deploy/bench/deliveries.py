"""What agencies wait for: a file accepted by the door, and ten at once in bounded memory."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from joserfc.jwk import ECKey

from deploy.bench.imports import list_family, make_own_environment, read_megabytes
from deploy.bench.report import Figure, make_ratio
from deploy.bench.servers import serving_door
from deploy.door_client import Door
from deploy.migrations import CHECKOUT
from deploy.progress import step
from importers.region_files import list_region_files
from registry.clock import utc_now
from registry.deliveries.agencies import add_agency, add_key, add_member, grant_authorisation
from registry.deliveries.states import Authorisation
from registry.domain.errors import EnvironmentProblem
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deploy.bench.report import Report
    from registry.settings import Settings

_LARGE, _BLOCK = 100_000_000, 1 << 20
_TRIES, _AT_ONCE = 3, 10
_PATIENCE_SECONDS = 600.0
_LOOK_EVERY_SECONDS = 0.2
_AT_WORK = {"created", "receiving", "received", "checking"}


def measure_deliveries(settings: Settings, work: Path, dump: Path, report: Report) -> None:
    """Measure the door with a file of the country's size, then door and worker with ten at once."""
    keys = found_agencies(settings)
    large = dump if dump.stat().st_size >= _LARGE else write_large(work / "large.zip")
    with serving_door(settings) as server:
        doors = {region: open_door(server.port, region, keys[region]) for region in Region}
        with step("Copying and delivering a file of the country's size"):
            copied = min(copy(large, work / "copy") for _ in range(_TRIES))
            settled = min(copy(large, work / "copy", settle=True) for _ in range(_TRIES))
            accepted = min(
                accept(doors[Region.BRUSSELS], large, server.port) for _ in range(_TRIES)
            )
        name = "deliveries: cp / accepted by the door"
        report.figures += [
            make_ratio(name, copied, accepted, "s", goal=0.4, at_least=True),
            make_ratio(f"{name}, cp with fsync", settled, accepted, "s", goal=0.4, at_least=True),
        ]
        parts = {region: cut(dump, region, work) for region in Region}
        with (
            step(f"Delivering and checking {_AT_ONCE} files at once"),
            working(settings) as worker,
        ):
            peak = deliver_at_once(doors, parts, (server.process, worker))
    note = "PSS of door, worker and what they start; PostgreSQL's is not in it"
    name = f"deliveries: {_AT_ONCE} at once, peak memory"
    report.figures.append(Figure(name=name, value=peak, unit="MB", goal=500, note=note))


def found_agencies(settings: Settings) -> dict[Region, ECKey]:
    """Add an agency with one member a region; return their keys."""
    now, keys = utc_now(), {region: ECKey.generate_key("P-256") for region in Region}
    with connect(settings, Role.OWNER) as connection:
        for region, key in keys.items():
            add_agency(connection, region, region.label, now)
            add_member(connection, region, region, region.label, now)
            add_key(connection, region, key.as_dict(private=False), now)
            authorisation = Authorisation(
                agency_id=region,
                region=region,
                kinds=frozenset(Resource),
                valid_from=now,
                valid_to=now + timedelta(days=1),
                publishing_alone=frozenset(),
            )
            grant_authorisation(connection, authorisation, now)
    return keys


def open_door(port: int, region: Region, key: ECKey) -> Door:
    """Return a client of the door."""
    url = f"http://127.0.0.1:{port}"
    return Door(url=url, client_id=region, key=key, progress=lambda _: None)


@contextmanager
def working(settings: Settings) -> Iterator[int]:
    """Run the worker for the block; it is known by its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.door", "worker"],
        cwd=CHECKOUT,
        env=make_own_environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def write_large(path: Path) -> Path:
    """Write a file of the size of the national download: the door does not look into it."""
    with path.open("wb") as file:
        for _ in range(392):
            file.write(os.urandom(_BLOCK))
    return path


def copy(file: Path, to: Path, *, settle: bool = False) -> float:
    """Return the seconds of `cp`, and with `settle` until the copy is on the disk."""
    to.unlink(missing_ok=True)
    began = time.monotonic()
    subprocess.run(["cp", file, to], check=True)
    if settle:
        with to.open("rb") as copied:
            os.fsync(copied.fileno())
    return time.monotonic() - began


def announce(door: Door, file: Path, region: Region) -> str:
    """Announce a file and return the delivery's id."""
    extracted = list_region_files([file]).by_region[0] if zipfile.is_zipfile(file) else None
    times = [f.origin.extracted_at for f in extracted.files.values()] if extracted else []
    announcement = {
        "region": region.iso_code,
        "complete": True,
        "extractedAt": max(times, default=utc_now() - timedelta(hours=1)).isoformat(),
        "fileName": file.name,
        "size": file.stat().st_size,
    }
    return str(door.create(announcement)["id"])


def accept(door: Door, file: Path, port: int) -> float:
    """Return the seconds of one PUT of a whole file, until it is received."""
    delivery_id = announce(door, file, Region.BRUSSELS)
    headers = {
        "Authorization": f"Bearer {door.fetch_token()}",
        "Content-Length": str(file.stat().st_size),
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300, blocksize=_BLOCK)
    with file.open("rb") as body:
        began = time.monotonic()
        connection.request(
            "PUT", f"/deliveries/v1/deliveries/{delivery_id}/file", body, headers=headers
        )
        answer = connection.getresponse()
        answer.read()
        took = time.monotonic() - began
    connection.close()
    if answer.status != http.client.ACCEPTED:
        raise EnvironmentProblem(f"The door answered {answer.status} to a whole file.")
    delivery, version = door.fetch_version(delivery_id)
    door.act(delivery, "withdraw", version)
    return took


def cut(dump: Path, region: Region, work: Path) -> Path:
    """Write the files of one region of a full download."""
    path = work / f"{region.label}.zip"
    with zipfile.ZipFile(dump) as whole, zipfile.ZipFile(path, "w") as part:
        for name in whole.namelist():
            if name.startswith(region.label):
                with whole.open(name) as source, part.open(name, "w") as target:
                    shutil.copyfileobj(source, target)
    return path


def deliver_at_once(
    doors: dict[Region, Door], parts: dict[Region, Path], processes: tuple[int, ...]
) -> float:
    """Deliver ten files at once, have them checked, and return the peak of memory in MB."""
    regions = (list(Region) * _AT_ONCE)[:_AT_ONCE]

    def deliver(region: Region) -> None:
        door, until = doors[region], time.monotonic() + _PATIENCE_SECONDS
        delivery = door.fetch(announce(door, parts[region], region))
        door.upload(delivery, parts[region])
        while door.fetch(delivery["id"])["state"] in _AT_WORK:
            if time.monotonic() > until:
                raise EnvironmentProblem("Ten deliveries were not checked in ten minutes.")
            time.sleep(_LOOK_EVERY_SECONDS)

    peak = 0.0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        delivering = [pool.submit(deliver, region) for region in regions]
        while not all(each.done() for each in delivering):
            family = [pid for own in processes for pid in list_family(own)]
            peak = max(peak, read_megabytes(family))
            time.sleep(_LOOK_EVERY_SECONDS)
        for each in delivering:
            each.result()
    return peak
