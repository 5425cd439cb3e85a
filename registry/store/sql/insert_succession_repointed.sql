-- At least half must have moved on, else the object came to nothing rather than to another; a
-- successor has at least a tenth, as single addresses change hands for reasons of their own.
insert into registry.succession (region, resource, object_id, successor_id, basis, rule, evidence,
                                 happened_at, seq_from)
select %(region)s, %(resource)s, g.object_id, m.successor_id, 'inferred', 'rePointed',
       jsonb_object_agg(m.referring, m.moved) || jsonb_object_agg(m.total, m.former),
       {happened_at}, g.seq
from (
    select *, 10 * moved >= former
           and 2 * sum(moved) over (partition by object_id, referring) >= former as is_clear
    from succession_move
    where resource = %(resource)s
) m
join {gone} g on g.object_id = m.object_id
join {version} s on s.region = %(region)s and s.object_id = m.successor_id
 and s.seq_from <= %(last_seq)s and (s.seq_to is null or s.seq_to > %(last_seq)s)
 and coalesce(s.status, '') <> all(%(ended)s)
group by g.object_id, m.successor_id, g.change, g.published_valid_from, g.seq
having bool_or(m.is_clear)
