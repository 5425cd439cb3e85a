-- The newest score of each region, then of each municipality that is there, with those before it.
select page.*, trend.seqs, trend.scores
from (
    select k.*, q.seq, q.objects, q.affected, q.errors, q.warnings, q.remarks, q.exceptions, q.score
    from (
        select r.region collate "C" as region, ''::text collate "C" as municipality_id,
               null as name_nl, null as name_fr, null as name_de, null as name_en
        from unnest(%(regions)s::text[]) as r (region)
        where %(municipality_id)s::text is null
        union all
        select m.region, m.object_id, m.name_nl, m.name_fr, m.name_de, m.name_en
        from best.municipality_version m
        where m.region = any(%(regions)s)
          and (%(municipality_id)s::text is null or m.object_id = %(municipality_id)s)
          and {known_m}
    ) k
    cross join lateral (
        select * from best.quality_score q
        where q.region = k.region and q.municipality_id = k.municipality_id and q.seq <= %(seq)s
        order by q.seq desc
        limit 1
    ) q
    where q.objects > 0  -- of nothing there is no score
      and (k.municipality_id, k.region) > (%(after_municipality)s, %(after_region)s)
    order by k.municipality_id, k.region
    limit %(limit)s
) page
cross join lateral (
    select array_agg(last.seq order by last.seq) as seqs,
           array_agg(last.score order by last.seq) as scores
    from (
        select q.seq, q.score from best.quality_score q
        where q.region = page.region and q.municipality_id = page.municipality_id
          and q.seq <= %(seq)s and q.objects > 0
        order by q.seq desc
        limit %(trend)s
    ) last
) trend
order by page.municipality_id, page.region
