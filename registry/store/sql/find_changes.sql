-- Compare what a file says with what is current; equal objects leave no row. What a richer family
-- told stands; where it has listed all there is, no poorer one adds to it.
insert into {delta} (object_id, change, seq, valid_from, valid_from_assumed)
with current_state as (
    select v.object_id, v.content_hash, v.version_id, v.namespace, v.status, v.valid_from,
           v.valid_from_assumed, v.published_valid_from, s.rank
    from {version} v
    join registry.source s on s.id = v.source_id
    where v.region = %(region)s and v.seq_to is null
),
judged as (
    select n.object_id, n.life_begin, n.published_valid_from,
           c.valid_from as known_from, c.valid_from_assumed as known_assumed,
           -- A moment that the source has not given before; the one it repeats is of before.
           coalesce(n.published_valid_from > c.published_valid_from,
                    n.published_valid_from is not null) as is_dated,
           case
               when c.object_id is null and i.object_id is null then 'added'
               when c.object_id is null then 'restored'
               when c.content_hash = n.content_hash then 'reversioned'
               when n.status = any(%(ended)s) and coalesce(c.status, '') <> all(%(ended)s)
                   then 'retired'
               when c.status = any(%(ended)s) and coalesce(n.status, '') <> all(%(ended)s)
                   then 'restored'
               else 'altered'
           end as change
    from {staged} n
    left join current_state c on c.object_id = n.object_id
    left join {identity} i on i.region = %(region)s and i.object_id = n.object_id
    where (c.object_id is null and not %(outlisted)s)
       or (c.rank <= %(rank)s
           and (c.content_hash <> n.content_hash
                or c.rank < %(rank)s  -- told by a richer family from now on
                or c.version_id is distinct from n.version_id
                or c.namespace is distinct from n.namespace))
),
dated as (
    select object_id, change,
           case
               when change = 'added' then least(life_begin, published_valid_from)
               when change = 'reversioned' then known_from
               when is_dated then published_valid_from
               else greatest(%(extracted_at)s, known_from)
           end as valid_from,
           case
               when change = 'added' then true
               when change = 'reversioned' then known_assumed
               else not is_dated
           end as valid_from_assumed
    from judged
)
select object_id, change, %(last_seq)s + row_number() over (order by object_id),
       valid_from, valid_from_assumed
from dated
