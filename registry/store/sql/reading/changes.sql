-- Changes of one kind of object by their numbers: what began, and what was removed.
(select v.seq_from as seq, {resource} as resource, v.region, v.object_id, v.change,
        {municipality} as municipality_id, v.valid_from, v.valid_from_assumed,
        null::timestamptz as removed_at, {record} as record, p.record as previous
 from {version} v
 left join lateral (
     select {previous_record} as record, {previous_municipality} as municipality_id
     from {version} w
     where v.change <> 'added'
       and w.region = v.region and w.object_id = v.object_id and w.seq_from < v.seq_from
       -- What comes back after a removal has nothing before it, as what comes: it may be pruned.
       and w.seq_to = v.seq_from
 ) p on true
 where v.seq_from > %(after)s and v.seq_from <= %(until)s
   and {municipality_condition}
 order by v.seq_from
 limit %(limit)s)
union all
(select v.seq_to, {resource}, v.region, v.object_id, 'removed',
        {municipality}, null, null, v.removed_at, null, {record}
 from {version} v
 where v.removed_at is not null and v.seq_to > %(after)s and v.seq_to <= %(until)s
   and {last_municipality_condition}
 order by v.seq_to
 limit %(limit)s)
