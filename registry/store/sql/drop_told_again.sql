-- A table tells an object once for each building, entrance or postal code: once is enough.
delete from {staged} doomed
using (
    select ctid as row_id, row_number() over (
        partition by object_id, content_hash, version_id order by source_offset
    ) as place
    from {staged}
    where object_id in (select object_id from {repeated})
) told
where doomed.ctid = told.row_id and told.place > 1
