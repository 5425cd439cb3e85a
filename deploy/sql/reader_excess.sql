-- What best_reader may do beyond selecting from the published views in schema best.
select what from (
    select format('%s on %I.%I', privilege, n.nspname, c.relname) as what
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
        as privilege
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname not like 'pg\_%'
      and has_table_privilege('best_reader', c.oid, privilege)
    union all
    select format('SELECT on %I.%I', n.nspname, c.relname)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname in ('registry', 'staging', 'deliveries', 'jobs')
      and has_table_privilege('best_reader', c.oid, 'SELECT')
    union all
    select format('CREATE in schema %I', nspname)
    from pg_namespace
    where nspname not like 'pg\_%' and has_schema_privilege('best_reader', oid, 'CREATE')
    union all
    select format('%s in database %I', privilege, current_database())
    from unnest(array['CREATE', 'TEMPORARY']) as privilege
    where has_database_privilege('best_reader', current_database(), privilege)
    union all
    select format('write large objects by %s', p.oid::regprocedure)
    from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and p.proname in ('lo_create', 'lo_creat', 'lo_from_bytea', 'lo_put', 'lowrite')
      and has_function_privilege('best_reader', p.oid, 'EXECUTE')
    union all
    select 'act as superuser, create roles or databases, or bypass row security'
    from pg_roles
    where rolname = 'best_reader' and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)
    union all
    select format('act as %I', r.rolname)
    from pg_roles r
    where r.rolname <> 'best_reader' and pg_has_role('best_reader', r.oid, 'member')
) excess
order by what
