-- What best_importer may do beyond writing rows: making or owning objects, truncating, deciding.
select what from (
    select format('CREATE in schema %I', nspname) as what
    from pg_namespace
    where nspname not like 'pg\_%' and has_schema_privilege('best_importer', oid, 'CREATE')
    union all
    select format('CREATE in database %I', current_database())
    where has_database_privilege('best_importer', current_database(), 'CREATE')
    union all
    select format('change %I.%I as its owner', n.nspname, c.relname)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where pg_get_userbyid(c.relowner) = 'best_importer' and n.nspname not like 'pg\_%'
    union all
    select format('TRUNCATE on %I.%I', n.nspname, c.relname)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
      and n.nspname in ('registry', 'staging')
      and has_table_privilege('best_importer', c.oid, 'TRUNCATE')
    union all
    select format('INSERT into %I.%I', n.nspname, c.relname)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'registry' and c.relname in ('alembic_version', 'pruning')
      and has_table_privilege('best_importer', c.oid, 'INSERT')
    union all
    select 'act as superuser, create roles or databases, or bypass row security'
    from pg_roles
    where rolname = 'best_importer' and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)
    union all
    select format('act as %I', r.rolname)
    from pg_roles r
    where r.rolname <> 'best_importer' and pg_has_role('best_importer', r.oid, 'member')
) excess
order by what
