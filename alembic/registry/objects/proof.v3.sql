-- What is current, proven by digests, and what took the place of what went.
create table registry.proof (
    release_number integer not null,
    region text collate "C" not null,
    municipality_id text collate "C" not null,
    digest bytea,
    records bigint not null
);
create unique index uq_proof on registry.proof (region, municipality_id, release_number);
comment on table registry.proof is
    'digest of each municipality, whenever a release changed it';
comment on column registry.proof.release_number is 'the release it came with';
comment on column registry.proof.region is
    'bru, vlg or wal: the region that owns the object';
comment on column registry.proof.municipality_id is 'NIS code; empty: of no municipality';
comment on column registry.proof.digest is
    'SHA-256 over what is current there; null = nothing is';
comment on column registry.proof.records is 'how many records that is';

create table registry.proof_street (
    region text collate "C" not null,
    municipality_id text collate "C" not null,
    street_name_id text collate "C" not null,
    digest bytea not null,
    records bigint not null
);
create unique index uq_proof_street
    on registry.proof_street (region, municipality_id, street_name_id);
comment on table registry.proof_street is
    'digest of each street name with its addresses, as they are now';
comment on column registry.proof_street.region is
    'bru, vlg or wal: the region that owns the object';
comment on column registry.proof_street.municipality_id is 'NIS code, of the records';
comment on column registry.proof_street.street_name_id is 'object id of the street name';
comment on column registry.proof_street.digest is 'SHA-256 over its current records';
comment on column registry.proof_street.records is 'how many records that is';

create table registry.succession (
    region text collate "C" not null,
    resource text collate "C" not null,
    object_id text collate "C" not null,
    successor_id text collate "C" not null,
    basis text collate "C" not null,
    rule text collate "C" not null,
    evidence jsonb not null,
    happened_at timestamp with time zone,
    seq_from bigint not null,
    seq_to bigint
);
create unique index uq_succession
    on registry.succession (region, resource, object_id, successor_id, seq_from);
create index ix_succession_successor on registry.succession (region, resource, successor_id);
create index ix_succession_seq_from on registry.succession (seq_from);
comment on table registry.succession is 'what took the place of an object that went';
comment on column registry.succession.region is
    'bru, vlg or wal: the region that owns the object';
comment on column registry.succession.resource is 'kind of both objects';
comment on column registry.succession.object_id is 'the object that went';
comment on column registry.succession.successor_id is 'object id of what took its place';
comment on column registry.succession.basis is 'declared by a source, or inferred';
comment on column registry.succession.rule is 'why it is taken for the successor';
comment on column registry.succession.evidence is 'what that rests on, in figures';
comment on column registry.succession.happened_at is 'when in the world; null = no source says';
comment on column registry.succession.seq_from is 'recorded from this number';
comment on column registry.succession.seq_to is 'taken back at this number; null = it stands';

create view best.proof as select * from registry.proof;
comment on view best.proof is 'Digests of each municipality, whenever a release changed it.';
create view best.succession as select * from registry.succession;
comment on view best.succession is 'What took the place of an object that went.';
create or replace view best.release as select * from registry.release;
create or replace view best.municipality_version as select * from registry.municipality_version;
create or replace view best.part_of_municipality_version as select * from registry.part_of_municipality_version;
create or replace view best.postal_info_version as select * from registry.postal_info_version;
create or replace view best.street_name_version as select * from registry.street_name_version;
create or replace view best.address_version as select * from registry.address_version;

do $$
declare
    col record;
begin
    for col in
        select c.relname as view_name, a.attname as name,
               col_description(format('registry.%I', c.relname)::regclass, t.attnum) as comment
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        join pg_attribute t
          on t.attrelid = to_regclass(format('registry.%I', c.relname)) and t.attname = a.attname
        where c.relkind = 'v' and c.relnamespace = 'best'::regnamespace
          and col_description(c.oid, a.attnum) is null
    loop
        execute format('comment on column best.%I.%I is %L', col.view_name, col.name, col.comment);
    end loop;
end $$;
