-- The row and its event, together or not at all; no row when it is no longer as the caller saw it.
with changed as (
    update deliveries.delivery
    set state = %(to)s, version = version + 1, state_at = %(at)s{changed}
    where id = %(id)s and version = %(version)s and state = %(found)s
    returning *
), noted as (
    insert into deliveries.delivery_event (delivery_id, version, state, at, actor, detail)
    select id, version, state, state_at, %(actor)s, %(detail)s from changed
)
select * from changed
