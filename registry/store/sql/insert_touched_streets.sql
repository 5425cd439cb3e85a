-- Before and after: what moved changes two of them.
insert into touched_street (municipality_id, street_name_id)
with began as materialized (
    select v.object_id, v.seq_from, v.municipality_id, {street} as street_name_id
    from {version} v
    where v.region = %(region)s and v.seq_from >= %(first_seq)s
)
select municipality_id, street_name_id from began
union
select v.municipality_id, {street}
from began
join {version} v
  on v.region = %(region)s and v.object_id = began.object_id and v.seq_to = began.seq_from
union
select v.municipality_id, {street}
from {version} v
where v.region = %(region)s and v.removed_at is not null and v.seq_to >= %(first_seq)s
on conflict do nothing
