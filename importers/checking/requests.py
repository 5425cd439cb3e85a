"""What is to be checked of a delivery, by its row and by what its agency is authorised for."""

from pathlib import Path

from psycopg import Connection

from importers.checking.check import CheckRequest
from importers.checking.delivered import FileLost
from registry.deliveries.agencies import list_agencies
from registry.deliveries.files import DeliveryFiles
from registry.deliveries.guards import list_thresholds
from registry.deliveries.store import Delivery, find_last_shape
from registry.domain.resource import Resource
from registry.settings import Settings


def make_request(connection: Connection, settings: Settings, delivery: Delivery) -> CheckRequest:
    """Return what is to be checked, by what was declared and what the agency is authorised for."""
    last = find_last_shape(connection, delivery)
    return CheckRequest(
        path=find_file(settings, delivery),
        region=delivery.region,
        complete=delivery.complete,
        extracted_at=delivery.extracted_at,
        counts=delivery.declared_counts,
        declared_sha256=delivery.declared_sha256,
        sha256=delivery.sha256,
        kinds=_list_kinds(connection, delivery),
        thresholds=list_thresholds(connection, delivery.region),
        last_delivery=last[0] if last else None,
        last_shape=last[1] if last else None,
        geojson_path=DeliveryFiles(settings.home).get_features(delivery.id),
    )


def find_file(settings: Settings, delivery: Delivery) -> Path:
    """Return the file of a delivery; FileLost when it is not there."""
    path = DeliveryFiles(settings.home).get_file(delivery.id, delivery.file_name)
    if not path.is_file():
        raise FileLost(
            "The file is not in this worker's BEST_HOME. The operator puts it back from a backup,"
            " or its owner delivers it anew."
        )
    return path


def _list_kinds(connection: Connection, delivery: Delivery) -> frozenset[Resource]:
    return frozenset(
        kind
        for agency in list_agencies(connection)
        if agency.id == delivery.agency_id
        for authorisation in agency.authorisations
        if authorisation.region is delivery.region
        for kind in authorisation.kinds
    )
