"""Where the log keeps its keys, what it publishes, and where its witness is."""

from pathlib import Path
from typing import TYPE_CHECKING

from links.audit.log import Log, read_or_make_key
from links.audit.note import KeyType, SigningKey
from links.audit.publication import publish_key
from links.audit.witness import Witness

if TYPE_CHECKING:
    from links.settings import LinksSettings


def find_published(settings: "LinksSettings") -> Path:
    """Return the directory that the public side serves."""
    return settings.transparency or settings.home / "transparency"


def find_witness(settings: "LinksSettings") -> Path:
    """Return the witness's own directory: another organisation's, where there is one."""
    return settings.secrets / "witness"


def find_public_key(settings: "LinksSettings") -> Path:
    """Return the file of the log's public key."""
    return find_published(settings) / "keys" / "log.vkey"


def make_secrets(settings: "LinksSettings") -> None:
    """Make the keys of the log and of its witness, if they are missing."""
    make_keys(settings)


def make_keys(settings: "LinksSettings") -> tuple[SigningKey, SigningKey]:
    """Return both keys, made the first time; their names hold the issuer of that time."""
    origin = settings.issuer.partition("://")[2] + "/transparency"
    return (
        read_or_make_key(settings.secrets / "audit" / "log.key", origin, KeyType.LOG),
        read_or_make_key(
            find_witness(settings) / "witness.key", f"{origin}/witness", KeyType.WITNESS
        ),
    )


def open_log(settings: "LinksSettings") -> Log:
    """Return the log of this installation, its keys published."""
    key, witness_key = make_keys(settings)
    published = find_published(settings)
    for public in (key.verifier, witness_key.verifier):
        publish_key(published, public)
    witness = Witness(directory=find_witness(settings), key=witness_key, log=key.verifier)
    return Log(key=key, witness=witness, published=published)
