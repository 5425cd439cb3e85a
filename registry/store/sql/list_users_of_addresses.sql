-- Who holds a lock on the tables of addresses, other than this session.
select distinct pid
from pg_locks
where relation in ('registry.address'::regclass, 'registry.address_version'::regclass)
  and granted and pid <> pg_backend_pid()
order by pid
