-- The digest of all that is current in all regions; null while a region is not proven.
with municipality as (
    select distinct on (region, municipality_id) region, municipality_id, digest
    from registry.proof
    order by region, municipality_id, release_number desc
),
region as (
    select region, sha256('\x01'::bytea || string_agg(digest, ''::bytea order by municipality_id))
                   as digest
    from municipality
    where digest is not null
    group by region
)
select sha256('\x01'::bytea || coalesce(string_agg(digest, ''::bytea order by region), '')) as root
from region
