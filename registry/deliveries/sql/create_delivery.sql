-- A new delivery and its first event; no row when the agency has too many that have not ended.
with created as (
    insert into deliveries.delivery (
        id, agency_id, region, complete, extracted_at, file_name, declared_size, declared_sha256,
        declared_counts, received, state, version, state_at, created_at, created_by, attempts,
        checks, undoing
    )
    select %(id)s, %(agency_id)s, %(region)s, %(complete)s, %(extracted_at)s, %(file_name)s,
           %(declared_size)s, %(declared_sha256)s, %(declared_counts)s, 0, 'created', 1, %(now)s,
           %(now)s, %(actor)s, 0, 0, false
    where (
        select count(*) from deliveries.delivery
        where agency_id = %(agency_id)s
          and state not in ('published', 'rejected', 'withdrawn', 'superseded')
    ) < %(most)s
    returning *
), noted as (
    insert into deliveries.delivery_event (delivery_id, version, state, at, actor, detail)
    select id, version, state, state_at, created_by, '' from created
)
select * from created
