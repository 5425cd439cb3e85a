-- Street names that stay, and every address in use of which goes.
with left_by as (
    select distinct p.street_name_id
    from {changed} c
    join {version} p
      on p.region = %(region)s and p.object_id = c.object_id and p.seq_from = c.old_from
),
counted as (
    select a.street_name_id,
           count(*) filter (where a.seq_from < %(first_seq)s
                              and (a.seq_to is null or a.seq_to >= %(first_seq)s)) as before,
           count(*) filter (where a.seq_to is null) as after
    from {version} a
    join left_by on left_by.street_name_id = a.street_name_id
    where a.region = %(region)s and coalesce(a.status, '') <> all(%(ended)s)
    group by a.street_name_id
)
select street_name_id, s.municipality_id, s.name_nl, s.name_fr, s.name_de, before
from counted
join registry.street_name_version s
  on s.region = %(region)s and s.object_id = street_name_id and s.seq_to is null
where before > 0 and after = 0
order by before desc, street_name_id
limit %(limit)s
