"""`links client`: the programs of organisations and their public keys."""

import argparse
import json
from pathlib import Path
from typing import Any

from links.govern.commands.organisation import read_number
from links.govern.failures import in_words
from links.govern.register import register_client, set_status
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

_CURVES = {"EC": ("P-256", ("x", "y")), "OKP": ("Ed25519", ("x",))}


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `links client` accepts."""
    parser.description = "Programs that ask for an organisation, and their public keys."
    steps = parser.add_subparsers(dest="step", required=True)
    register = steps.add_parser("register", help="a new one, or new keys of one")
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
        if arguments.step == "register":
            keys = read_keys(arguments.keys)
            register_client(connection, arguments.id, read_number(arguments.organisation), keys)
        else:
            statuses = {"suspend": "suspended", "restore": "active", "revoke": "revoked"}
            set_status(connection, "client", arguments.id, statuses[arguments.step])
    print(f"{arguments.id}: done.")
    return 0


def read_keys(path: Path) -> list[dict[str, Any]]:
    """Read a JWK set of public keys for ES256 or EdDSA; a private one is refused."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        keys = document["keys"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputRefused(f"{path} is not a JWK set: {{'keys': [...]}}.") from None
    return [_read_key(number, key) for number, key in enumerate(keys, start=1)]


def _read_key(number: int, key: Any) -> dict[str, Any]:
    members = key if isinstance(key, dict) else {}
    curve, coordinates = _CURVES.get(str(members.get("kty")), ("", ()))
    if not curve or members.get("crv") != curve or not members.get("kid"):
        raise InputRefused(f"Key {number}: must be EC P-256 or OKP Ed25519, with a kid.")
    if "d" in members:
        raise InputRefused(f"Key {number} is a private key: it must never leave its client.")
    # Only what verifies: a member that another program would follow (jku, x5u) is not kept.
    return {name: str(members.get(name, "")) for name in ("kty", "crv", "kid", *coordinates)}
