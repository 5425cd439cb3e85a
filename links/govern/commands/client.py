"""`links client`: the programs of organisations and their public keys."""

import argparse
import base64
import json
import re
from pathlib import Path
from typing import Any

from links.govern.acts import Connection
from links.govern.commands.organisation import print_registered, read_number
from links.govern.failures import in_words
from links.govern.register import register_client, set_status
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_COORDINATE_BYTES = 32
_CURVES = {"EC": ("P-256", ("x", "y")), "OKP": ("Ed25519", ("x",))}


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `links client` accepts."""
    parser.description = "Programs that ask for an organisation, and their public keys."
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="all that are registered, and their status")
    register = steps.add_parser("register", help="a new one, or new keys in place of the old")
    register.add_argument("id", metavar="CLIENT")
    register.add_argument("--organisation", required=True, metavar="NUMBER")
    register.add_argument("--keys", required=True, type=Path, metavar="FILE", help="JWK set")
    for name, says in (
        ("suspend", "at once"),
        ("restore", "after that"),
        ("revoke", "at once and for good"),
    ):
        steps.add_parser(name, help=says).add_argument("id", metavar="CLIENT")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Do one step."""
    with connect(settings, LinksRole.GOVERN) as connection, in_words():
        if arguments.step == "list":
            print_registered(connection, "client")
            return 0
        if arguments.step == "register":
            told = _register(connection, arguments)
        else:
            statuses = {"suspend": "suspended", "restore": "active", "revoke": "revoked"}
            set_status(connection, "client", arguments.id, statuses[arguments.step])
            told = f"{statuses[arguments.step]}."
    print(f"{arguments.id}: {told}")
    return 0


def _register(connection: Connection, given: argparse.Namespace) -> str:
    if not _NAME.fullmatch(given.id):
        raise InputRefused("A client's name is letters, digits and . _ - : 64 at most.")
    keys = read_keys(given.keys)
    replaced = register_client(connection, given.id, read_number(given.organisation), keys)
    kids = " ".join(key["kid"] for key in keys)
    if replaced is None:
        return f"registered with keys {kids}."
    return f"has keys {kids} now; those it had until now ({replaced}) do not count any more."


def read_keys(path: Path) -> list[dict[str, Any]]:
    """Read a JWK set of public keys for ES256 or EdDSA; a private one is refused."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        keys = document["keys"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputRefused(f"{path} is not a JWK set: {{'keys': [...]}}.") from None
    if not isinstance(keys, list) or not keys:
        raise InputRefused(f"{path} holds no key: {{'keys': [...]}}.")
    read = [_read_key(number, key) for number, key in enumerate(keys, start=1)]
    if len({key["kid"] for key in read}) < len(read):
        raise InputRefused(f"{path} has a kid twice: each key needs its own.")
    return read


def _read_key(number: int, key: Any) -> dict[str, Any]:
    members = key if isinstance(key, dict) else {}
    curve, coordinates = _CURVES.get(str(members.get("kty")), ("", ()))
    if not curve or members.get("crv") != curve or not members.get("kid"):
        raise InputRefused(f"Key {number}: must be EC P-256 or OKP Ed25519, with a kid.")
    if "d" in members:
        raise InputRefused(f"Key {number} is a private key: it must never leave its client.")
    # Only what verifies: a member that another program would follow (jku, x5u) is not kept.
    kept = {name: str(members[name]) for name in ("kty", "crv", "kid")}
    return kept | {name: _read_coordinate(number, members.get(name)) for name in coordinates}


def _read_coordinate(number: int, text: Any) -> str:
    # Written in one way only: by its text a key is found that is somebody else's already.
    try:
        value = base64.b64decode(f"{text}".rstrip("=") + "=", altchars=b"-_", validate=True)
    except ValueError:
        value = b""
    if len(value) != _COORDINATE_BYTES:
        raise InputRefused(f"Key {number}: a coordinate is not 32 bytes in base64url.")
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
