-- What a new version identifier alone did is no news.
(select v.seq_from as seq, {resource} as resource, v.region, v.object_id, v.change
 from {version} v
 where v.region = %(region)s and v.seq_from > %(after)s and v.seq_from <= %(until)s
   and not v.seq_from::bigint <@ %(undone)s::int8multirange
   and v.change <> 'reversioned' and {municipality} = %(municipality_id)s
 order by v.seq_from desc
 limit %(limit)s)
union all
(select v.seq_to, {resource}, v.region, v.object_id, 'removed'
 from {version} v
 where v.region = %(region)s and v.removed_at is not null
   and v.seq_to > %(after)s and v.seq_to <= %(until)s
   and not v.seq_to::bigint <@ %(undone)s::int8multirange
   and {municipality} = %(municipality_id)s
 order by v.seq_to desc
 limit %(limit)s)
