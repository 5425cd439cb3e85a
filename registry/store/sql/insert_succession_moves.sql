insert into succession_move (resource, object_id, successor_id, referring, total, moved, former)
with former as materialized (
    select v.{reference} as gone_id, v.object_id
    from {gone} g
    join {referring} v on v.region = %(region)s and v.{reference} = g.object_id
    where v.seq_from < %(first_seq)s and (v.seq_to is null or v.seq_to >= %(first_seq)s)
),
total as (
    select gone_id, count(*) as former from former group by gone_id
),
moved as (
    select f.gone_id, v.{reference} as successor_id, count(*) as moved
    from former f
    join {referring} v on v.region = %(region)s and v.object_id = f.object_id
     and v.seq_from <= %(last_seq)s and (v.seq_to is null or v.seq_to > %(last_seq)s)
    where v.{reference} <> f.gone_id
    group by f.gone_id, v.{reference}
)
select %(resource)s, m.gone_id, m.successor_id, %(referring)s, %(total)s, m.moved, t.former
from moved m
join total t on t.gone_id = m.gone_id
