-- Objects that are other than they were at a number, and what makes them as they were.
insert into {delta} (object_id, change, seq, valid_from, valid_from_assumed, removed_at)
with touched as (
    select object_id from {version} where region = %(region)s and seq_from > %(until)s
    union
    select object_id
    from {version}
    where region = %(region)s and removed_at is not null and seq_to > %(until)s
),
compared as (
    select t.object_id, e.valid_from, e.valid_from_assumed,
           case
               when e.object_id is null then 'removed'
               when c.object_id is null then 'restored'
               when c.content_hash = e.content_hash and c.valid_from is not distinct from e.valid_from
                   then 'reversioned'
               when e.status = any(%(ended)s) and coalesce(c.status, '') <> all(%(ended)s)
                   then 'retired'
               when c.status = any(%(ended)s) and coalesce(e.status, '') <> all(%(ended)s)
                   then 'restored'
               else 'altered'
           end as change
    from touched t
    left join {version} e
      on e.region = %(region)s and e.object_id = t.object_id
     and e.seq_from <= %(until)s and (e.seq_to is null or e.seq_to > %(until)s)
    left join {version} c
      on c.region = %(region)s and c.object_id = t.object_id and c.seq_to is null
    where (e.object_id is not null or c.object_id is not null)
      and not coalesce(c.content_hash = e.content_hash
                       and c.version_id is not distinct from e.version_id
                       and c.namespace is not distinct from e.namespace
                       and c.valid_from is not distinct from e.valid_from, false)
)
select object_id, change, %(last_seq)s + row_number() over (order by object_id), valid_from,
       coalesce(valid_from_assumed, true),
       -- As it never was: it is not believed of any day, or of none after it went the last time.
       case when change = 'removed' then coalesce(
           (select max(v.removed_at) from {version} v
            where v.region = %(region)s and v.object_id = compared.object_id
              and v.seq_to <= %(until)s),
           '0001-01-01 00:00:00+00')
       end
from compared
