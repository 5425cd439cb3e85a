-- How far back the register can be asked; no row: to its beginning.
create table registry.pruning (
    history_from bigint not null,
    pruned_at timestamp with time zone not null,
    versions bigint not null,
    findings bigint not null,
    constraint pk_pruning primary key (history_from)
);
comment on table registry.pruning is
    'what the operator let go of, so that nobody takes what is left for the whole history';
comment on column registry.pruning.history_from is
    'the register can be asked as of this number and later ones';
comment on column registry.pruning.pruned_at is 'when this was decided';
comment on column registry.pruning.versions is 'closed versions to let go of';
comment on column registry.pruning.findings is 'closed findings to let go of';

create view best.pruning as select * from registry.pruning;
comment on view best.pruning is 'How far back the register can be asked; no row: to its beginning.';
comment on column best.pruning.history_from is
    'the register can be asked as of this number and later ones';
comment on column best.pruning.pruned_at is 'when this was decided';
comment on column best.pruning.versions is 'closed versions to let go of';
comment on column best.pruning.findings is 'closed findings to let go of';
do $$
begin
    if exists (select from pg_roles where rolname = 'best_importer') then
        grant select on registry.pruning, best.pruning to best_importer;
    end if;
    if exists (select from pg_roles where rolname = 'best_reader') then
        grant select on best.pruning to best_reader;
    end if;
end $$;
