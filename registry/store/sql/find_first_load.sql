-- Whether the region has a table of addresses yet.
select exists (
    select from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'registry.address_version'::regclass
      and c.relname like 'address\_version\_' || %(region)s || '\_r%%'
) as loaded
