-- What is different at one number from what it was at another: by the last change to each object.
(select v.seq_from as seq, {resource} as resource, v.region, v.object_id,
        case when p.record is null then 'added' else 'altered' end as change,
        {municipality} as municipality_id, v.valid_from, v.valid_from_assumed,
        null::timestamptz as removed_at, {record} as record, p.record as previous
 from {version} v
 left join lateral (
     select {previous_record} as record, {previous_municipality} as municipality_id
     from {version} w
     where v.change <> 'added' and w.region = v.region and w.object_id = v.object_id
       and w.seq_from <= %(since)s and (w.seq_to is null or w.seq_to > %(since)s)
 ) p on true
 where v.seq_from > %(after)s and v.seq_from <= %(until)s
   and (v.seq_to is null or v.seq_to > %(to)s)
   and (p.record is null or p.record <> {record}) and {municipality_condition}
 order by v.seq_from
 limit %(limit)s)
union all
(select v.seq_to, {resource}, v.region, v.object_id, 'removed',
        p.municipality_id, null, null, v.removed_at, null, p.record
 from {version} v
 cross join lateral (
     select {previous_record} as record, {previous_municipality} as municipality_id
     from {version} w
     where w.region = v.region and w.object_id = v.object_id
       and w.seq_from <= %(since)s and (w.seq_to is null or w.seq_to > %(since)s)
 ) p
 where v.removed_at is not null and v.seq_to > %(after)s and v.seq_to <= %(until)s
   and not exists (
       select from {version} later
       where later.region = v.region and later.object_id = v.object_id
         and later.seq_from > v.seq_from and later.seq_from <= %(to)s
   )
   and {last_municipality_condition}
 order by v.seq_to
 limit %(limit)s)
