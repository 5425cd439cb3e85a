-- Of rows with one identifier keep one, whatever their order in the file.
delete from {staged} doomed
using (
    select ctid as row_id, row_number() over (
        partition by object_id order by version_id desc nulls last, content_hash
    ) as place
    from {staged}
    where object_id = any(%(object_ids)s)
) ranked
where doomed.ctid = ranked.row_id and ranked.place > 1
