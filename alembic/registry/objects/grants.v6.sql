-- What grants.v1 to v5 lack, where these tables are there already. Events and checks are only ever
-- added. The door writes no basis and no result, the worker (which reads what strangers send)
-- neither files nor who may deliver: that is the owner's, as ./best agency.
do $$
declare
    role_name text;
begin
    if to_regclass('deliveries.delivery') is null then
        return;
    end if;
    revoke all on all functions in schema deliveries from public;
    revoke all on all functions in schema jobs from public;
    foreach role_name in array array['best_importer', 'best_deliveries'] loop
        if exists (select from pg_roles where rolname = role_name) then
            execute format('grant usage on schema deliveries, jobs, best to %I', role_name);
            execute format('grant select on all tables in schema best to %I', role_name);
            execute format('grant select, insert, update, delete on all tables in schema jobs to %I', role_name);
            execute format('grant usage on all sequences in schema jobs to %I', role_name);
            execute format('grant execute on all functions in schema jobs to %I', role_name);
            execute format('grant insert on deliveries.delivery_event to %I', role_name);
            execute format(
                'grant update (state, version, state_at, publisher, second_publisher,'
                ' failed_doing, attempts, undoing) on deliveries.delivery to %I', role_name);
        end if;
    end loop;
    if exists (select from pg_roles where rolname = 'best_importer') then
        grant execute on function registry.rehearse_first_load to best_importer;
        grant select on deliveries.agency, deliveries.member, deliveries.member_key,
            deliveries.authorisation, deliveries.guard_threshold, deliveries.delivery,
            deliveries.delivery_check, deliveries.delivery_event
            to best_importer;
        grant insert on deliveries.delivery_check to best_importer;
        grant update (checks, basis, release_number, undone_by)
            on deliveries.delivery to best_importer;
    end if;
    if exists (select from pg_roles where rolname = 'best_deliveries') then
        if not has_database_privilege('best_deliveries', current_database(), 'connect') then
            execute format('grant connect on database %I to best_deliveries', current_database());
        end if;
        grant select on all tables in schema deliveries to best_deliveries;
        grant insert on deliveries.delivery to best_deliveries;
        grant update (size, received, sha256) on deliveries.delivery to best_deliveries;
        grant insert, delete on deliveries.used_assertion to best_deliveries;
        grant update (state, reason, text, release_number, state_at, answered_by)
            on deliveries.report to best_deliveries;
    end if;
    if exists (select from pg_roles where rolname = 'best_reporter') then
        if not has_database_privilege('best_reporter', current_database(), 'connect') then
            execute format('grant connect on database %I to best_reporter', current_database());
        end if;
        grant usage on schema deliveries to best_reporter;
        grant execute on function deliveries.submit_report to best_reporter;
    end if;
    if exists (select from pg_roles where rolname = 'best_reader') then
        grant select on best.report to best_reader;
    end if;
end $$;
