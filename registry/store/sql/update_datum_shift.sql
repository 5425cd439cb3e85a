-- What releases say of derived positions follows the positions.
update registry.release
set datum_shift = %(name)s, accuracy_metres = %(metres)s
where datum_shift <> %(name)s
