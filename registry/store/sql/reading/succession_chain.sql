-- From object to object, what was recorded and what the law says; never twice by the same one.
-- Lateral, with a limit: each link is looked up, however many the planner expects.
with recursive chain (region, basis, rule, evidence, happened_at, path) as (
    select region collate "C", ''::text collate "C", ''::text collate "C", null::jsonb,
           null::timestamptz, array[%(object_id)s::text collate "C"]
    from unnest(%(regions)s::text[]) as sought (region)
    union all
    select c.region, l.basis, l.rule, l.evidence, l.happened_at, c.path || l.other
    from chain c
    cross join lateral (
        select s.basis, s.rule, s.evidence, s.happened_at, s.{there} as other
        from best.succession s
        where s.region = c.region and s.resource = %(resource)s
          and s.{here} = c.path[cardinality(c.path)]
          and s.seq_from <= %(seq)s and (s.seq_to is null or s.seq_to > %(seq)s)
        union all
        select 'declared', m.rule, jsonb_build_object('source', m.source), m.happened_at,
               m.{there} collate "C"
        from unnest(%(merger_regions)s::text[], %(merged)s::text[], %(merged_into)s::text[],
                    %(merger_rules)s::text[], %(merger_sources)s::text[],
                    %(merged_at)s::timestamptz[])
            as m (region, object_id, successor_id, rule, source, happened_at)
        where m.region = c.region and m.{here} = c.path[cardinality(c.path)]
          and (%(valid_on)s::timestamptz is null or m.happened_at <= %(valid_on)s)
        limit %(most)s
    ) l
    where cardinality(c.path) <= %(depth)s and l.other <> all(c.path)
)
select region, basis, rule, evidence, happened_at, path
from chain
where cardinality(path) > 1
limit %(most)s
