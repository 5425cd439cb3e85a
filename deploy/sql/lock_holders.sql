-- Who holds locks on the register's tables, other than this session.
select distinct l.pid, a.application_name
from pg_locks l
join pg_class c on c.oid = l.relation
left join pg_stat_activity a on a.pid = l.pid
where l.granted and l.pid <> pg_backend_pid()
  and c.relnamespace in ('registry'::regnamespace, 'best'::regnamespace)
order by l.pid
