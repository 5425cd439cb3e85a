"""Every format of tables, one line each; the first that recognises a table reads it."""

from importers.formats import (
    adressenregister,
    best_brussels,
    best_csv,
    crab,
    crab_list,
    grb,
    icar,
    icar_list,
    postal_streets,
    urbis,
)
from importers.formats.format import Format

FORMATS: tuple[Format, ...] = (
    best_csv.FORMAT,
    postal_streets.FORMAT,
    icar_list.FORMAT,
    crab_list.FORMAT,
    adressenregister.FORMAT,
    grb.FORMAT,
    crab.FORMAT,
    urbis.FORMAT,
    best_brussels.FORMAT,
    icar.FORMAT,
)
