-- Of each region the newest that has begun; before any has, the newest.
select distinct on (region) region, kinds, valid_from, valid_to, publishing_alone
from deliveries.authorisation
where agency_id = %(id)s
order by region, valid_from <= coalesce(%(now)s, clock_timestamp()) desc, id desc
