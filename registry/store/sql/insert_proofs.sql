-- Municipalities that a release changed: those of touched street names, and those whose own
-- record is other. Without any record left the digest is null.
insert into registry.proof (release_number, region, municipality_id, digest, records)
with touched as (
    select municipality_id from touched_street
    union
    select v.object_id
    from registry.municipality_version v
    where v.region = %(region)s
      and (v.seq_from >= %(first_seq)s
           or (v.removed_at is not null and v.seq_to >= %(first_seq)s))
),
child as (
    select v.object_id as municipality_id, '' as place,
           sha256('\x00'::bytea || convert_to({municipality_record}, 'UTF8')) as digest,
           1 as records
    from registry.municipality_version v
    where v.region = %(region)s and v.seq_to is null
      and v.object_id in (select municipality_id from touched)
    union all
    select municipality_id, street_name_id, digest, records
    from registry.proof_street
    where region = %(region)s and municipality_id in (select municipality_id from touched)
)
select %(number)s, %(region)s, t.municipality_id,
       sha256('\x01'::bytea || string_agg(c.digest, ''::bytea order by c.place collate "C")),
       coalesce(sum(c.records), 0)
from touched t
left join child c on c.municipality_id = t.municipality_id
group by t.municipality_id
