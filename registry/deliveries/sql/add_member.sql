insert into deliveries.member (client_id, agency_id, name, added_at)
select %(id)s, a.id, %(name)s, %(now)s from deliveries.agency a where a.id = %(agency_id)s
on conflict do nothing
