-- Versions older than what is current: the register has learned more since. Versions are small
-- integers (10 after 9) or timestamps in Belgian time.
with older as (
    delete from {staged} n
    using {version} c
    where c.region = %(region)s and c.seq_to is null and c.object_id = n.object_id
      and case
              when n.version_id ~ '^[0-9]+$' and c.version_id ~ '^[0-9]+$'
                  then n.version_id::numeric < c.version_id::numeric
              else n.version_id like '____-__-__T%%' and c.version_id like '____-__-__T%%'
                   and n.version_id collate "C" < c.version_id collate "C"
          end
    returning n.object_id, n.version_id || ', older than ' || c.version_id as detail,
              n.source_id, n.source_offset
)
insert into found (rule, resource, object_id, detail, source_id, source_offset)
select 'olderVersion', %(resource)s, object_id, detail, source_id, source_offset from older
