-- Of rows with one identifier keep the newest, whatever their order in the file: versions are
-- small integers (10 after 9) or timestamps.
delete from {staged} doomed
using (
    select ctid as row_id, row_number() over (
        partition by object_id
        order by case when version_id ~ '^[0-9]+$' then version_id::numeric end
                     desc nulls last,
                 version_id desc nulls last, content_hash
    ) as place
    from {staged}
    where object_id in (
        select object_id from found
        where rule = 'repeatedIdentifier' and resource = %(resource)s
    )
) ranked
where doomed.ctid = ranked.row_id and ranked.place > 1
