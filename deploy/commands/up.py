"""`up`: a register that answers, and the API in front of it."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import threading
from typing import TYPE_CHECKING

from deploy.datasets import list_datasets, load_sample_if_due
from deploy.door import DEFAULT_PORT, HOST, keep_door_open
from deploy.ports import check_port_is_free
from deploy.serving import mark_as_serving
from deploy.session import keep_database_running, open_session
from registry.domain.dataset import Dataset
from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    from registry.settings import Settings

READY = """
Best is ready: {address}

Try:
{examples}
  open {address}/ in a browser

{dataset}
Stop with ctrl-C.
"""

OF_THE_SAMPLE = """\
  curl {address}/v1/addresses/bru-210225
  curl '{address}/v1/addresses?streetName=Rue%20de%20la%20Loi&houseNumber=16'"""
OF_ANY_REGISTER = """\
  curl '{address}/v1/municipalities?pageSize=3'
  curl '{address}/v1/streetNames?name=rue%20de%20la*&pageSize=3'"""

HOLDS_SAMPLE = """This register holds the bundled sample.
The whole country, from the public download:
  ./best import
"""
HOLDS_NOTHING = """This register is empty. The whole country, from the public download:
  ./best import
"""
HOLDS_OPEN_DATA = "Newer editions: ./best import (a mirror gets its own: ./best mirror)\n"


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `up` accepts."""
    parser.add_argument("--port", type=read_port, default=8000, help="of the API (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="to listen on (127.0.0.1)")
    parser.add_argument("--metrics-port", type=read_port, help="default: the port after --port")
    parser.add_argument(
        "--deliveries-port", type=read_port, help=f"of the agencies' door ({DEFAULT_PORT})"
    )
    parser.add_argument("--workers", type=read_workers, default=1, help="processes (1)")
    parser.add_argument("--no-sample", action="store_true", help="leave an empty register empty")


def read_port(text: str) -> int:
    """Read a TCP port; argparse turns a ValueError into a usage error."""
    return read_number(text, 1, 65_534)  # the metrics are at the port after it


def read_workers(text: str) -> int:
    """Read a number of processes."""
    return read_number(text, 1, 64)


def read_number(text: str, least: int, most: int) -> int:
    """Read a number in a range, both ends in it."""
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text} is not a number from {least} to {most}")
    return int(text)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Prepare everything, serve until told to stop, leave nothing running."""
    metrics_port = arguments.metrics_port or arguments.port + 1
    check_ports_differ(arguments.port, metrics_port, arguments.deliveries_port)
    check_port_is_free(arguments.host, arguments.port, option="--port")
    check_port_is_free("127.0.0.1", metrics_port, option="--metrics-port")
    if arguments.deliveries_port:  # else it may never be needed; the door says so when it is busy
        check_port_is_free(HOST, arguments.deliveries_port, option="--deliveries-port")
    # While the database starts. Not earlier: a busy port must be said before.
    threading.Thread(target=importlib.import_module, args=["api.app"], daemon=True).start()
    with mark_as_serving(settings.home), open_session(settings):
        if not arguments.no_sample:
            load_sample_if_due(settings)
        door_port = arguments.deliveries_port or DEFAULT_PORT
        with keep_database_running(settings), keep_door_open(settings, door_port):
            serve_until_stopped(arguments, settings, metrics_port, list_datasets(settings))
    return 0


def check_ports_differ(port: int, metrics_port: int, deliveries_port: int | None) -> None:
    """Refuse two services at one port, which each would say is another program's."""
    ports = [port, metrics_port, *filter(None, [deliveries_port])]
    if len(set(ports)) < len(ports):
        door = f" and --deliveries-port {deliveries_port}" if deliveries_port else ""
        raise InputRefused(
            f"Two of the ports are the same: --port {port}, --metrics-port {metrics_port} (else the"
            f" one after --port){door}."
        )


def serve_until_stopped(
    arguments: argparse.Namespace, settings: Settings, metrics_port: int, datasets: list[Dataset]
) -> None:
    """Serve in the foreground until ctrl-C or SIGTERM."""
    from api.server import make_base_url, serve  # noqa: PLC0415

    ready = describe_readiness(make_base_url(arguments.host, arguments.port), datasets)
    # ctrl-C and SIGTERM are how a server ends well.
    with contextlib.suppress(KeyboardInterrupt):
        serve(
            settings,
            host=arguments.host,
            port=arguments.port,
            workers=arguments.workers,
            metrics_port=metrics_port,
            on_ready=lambda: print(ready, flush=True),
        )


def describe_readiness(address: str, datasets: list[Dataset]) -> str:
    """Say where it is and what to try: an object of the sample only where it is."""
    examples = OF_THE_SAMPLE if Dataset.SAMPLE in datasets else OF_ANY_REGISTER
    return READY.format(
        address=address,
        examples=examples.format(address=address),
        dataset=describe_datasets(datasets),
    )


def describe_datasets(datasets: list[Dataset]) -> str:
    """Say what the register holds, and what to do next."""
    if Dataset.OPEN in datasets:
        return HOLDS_OPEN_DATA
    return HOLDS_SAMPLE if datasets else HOLDS_NOTHING
