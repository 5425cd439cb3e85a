"""What was given, sorted: per region one file of each kind."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from importers.best_xml.reader import BestXmlFile, Header
from importers.containers import SourceFile, hash_file, list_source_files
from importers.zips import show
from registry.domain.edition import FormatFamily, SourceOrigin
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

BEST_XML = FormatFamily(name="bestXml", rank=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredFile:
    """A file whose region and kind are known, with where it came from.

    `complete`: it lists all there is of its kind, and is no file of mutations.
    """

    file: SourceFile
    origin: SourceOrigin
    complete: bool


@dataclass(slots=True, kw_only=True)
class Delivery:
    """The files of one region: full ones, or files of mutations."""

    region: Region
    files: dict[Resource, DeliveredFile] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether these are full files."""
        return all(delivered.complete for delivered in self.files.values())


def list_deliveries(sources: Iterable[Path]) -> list[Delivery]:
    """Return what the sources hold, per region in publishing order.

    InputRefused when nothing is recognised, two files claim the same region and kind, or a
    region has full files and files of mutations.
    """
    deliveries = {region: Delivery(region=region) for region in Region}
    given = list(sources)
    for source in given:
        digests: dict[Path, str] = {}
        for file in list_source_files(source):
            if file.container not in digests:
                digests[file.container] = hash_file(file.container)
            _deliver(deliveries, file, digests[file.container])
    filled = [delivery for delivery in deliveries.values() if delivery.files]
    if not filled:
        names = ", ".join(str(source) for source in given)
        raise InputRefused(f"{names}: no BeSt XML file in there (looked in zips and folders)")
    for delivery in filled:
        _guard_one_form(delivery)
    return filled


def _guard_one_form(delivery: Delivery) -> None:
    forms = {delivered.complete for delivered in delivery.files.values()}
    if len(forms) > 1:
        raise InputRefused(
            f"{delivery.region.label}: full files and files of mutations together. Import the full"
            " files first, then the mutations."
        )


def _deliver(deliveries: dict[Region, Delivery], file: SourceFile, sha256: str) -> None:
    with file.open() as stream:
        header = BestXmlFile(stream, file.label).header
    region, resource = _decide_kind(file, header)
    files = deliveries[region].files
    if resource in files:
        raise InputRefused(
            f"Two files hold the {resource.plural} of {region.label}:"
            f" {files[resource].file.label} and {file.label}. Give one."
        )
    files[resource] = DeliveredFile(
        file=file,
        origin=SourceOrigin(
            container=show(file.container.name),
            sha256=sha256,
            path=file.path,
            # Every known producer writes a timestamp; without one the zip's own date serves.
            extracted_at=header.extracted_at or file.modified_at,
        ),
        complete=header.complete,
    )


def _decide_kind(file: SourceFile, header: Header) -> tuple[Region, Resource]:
    """Return region and kind: the file's word counts, its name fills what it does not say."""
    guess = file.guess_kind()
    region = header.region or (guess[0] if guess else None)
    resource = header.resource or (guess[1] if guess else None)
    if region is None or resource is None:
        raise InputRefused(
            f"{file.label}: cannot tell region and kind, neither from its name (such as"
            " FlandersAddress20261102L72.xml) nor from its root element and source"
        )
    if guess and (region, resource) != guess:
        raise InputRefused(
            f"{file.label}: the name says {guess[0].label} {guess[1].plural}, the content says"
            f" {region.label} {resource.plural}"
        )
    return region, resource
