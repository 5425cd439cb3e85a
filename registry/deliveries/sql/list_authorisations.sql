select distinct on (region) region, kinds, valid_from, valid_to, publishing_alone
from deliveries.authorisation
where agency_id = %(id)s
order by region, id desc
