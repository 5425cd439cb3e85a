insert into deliveries.authorisation (
    agency_id, region, kinds, valid_from, valid_to, publishing_alone, granted_at
)
select a.id, %(region)s, %(kinds)s, %(valid_from)s, %(valid_to)s, %(publishing_alone)s, %(now)s
from deliveries.agency a
where a.id = %(agency_id)s
  and (
      select count(*) from deliveries.member m
      where m.agency_id = a.id and m.removed_at is null
        and m.client_id = any (%(publishing_alone)s::text[])
  ) = cardinality(%(publishing_alone)s::text[])
