-- The row and its event, together or not at all; no row when it is no longer as the caller saw it.
with changed as (
    update deliveries.delivery
    set state = %(to)s, version = version + 1, state_at = %(at)s, size = %(size)s,
        received = %(received)s, sha256 = %(sha256)s, publisher = %(publisher)s,
        second_publisher = %(second_publisher)s, failed_doing = %(failed_doing)s,
        attempts = %(attempts)s, checks = %(checks)s, basis = %(basis)s,
        release_number = %(release_number)s, undoing = %(undoing)s, undone_by = %(undone_by)s
    where id = %(id)s and version = %(version)s and state = %(state)s
    returning *
), noted as (
    insert into deliveries.delivery_event (delivery_id, version, state, at, actor, detail)
    select id, version, state, state_at, %(actor)s, %(detail)s from changed
)
select * from changed
