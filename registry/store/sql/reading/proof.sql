-- Digests of every municipality as of a release: the newest that was written until then.
select region, municipality_id, digest, records
from (
    select distinct on (region, municipality_id) region, municipality_id, digest, records
    from best.proof
    where release_number <= %(number)s
    order by region, municipality_id, release_number desc
) newest
where digest is not null
order by region, municipality_id
