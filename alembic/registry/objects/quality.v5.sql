-- What owners say of findings, scores, outlines of municipalities; findings say whose they are.
alter table registry.finding add column municipality_id text collate "C";
comment on column registry.finding.municipality_id is
    'NIS code of its object when found; null = none';
create index ix_finding_rule
    on registry.finding (region, rule, resource, (seq_to is null), id) include (seq_to);
create index ix_finding_municipality
    on registry.finding (municipality_id, rule, resource, (seq_to is null), id) include (seq_to);
create table registry.finding_mark (
    id bigint generated always as identity,
    rule text collate "C" not null,
    region text collate "C" not null,
    resource text collate "C" not null,
    object_id text collate "C" not null,
    mark text collate "C" not null,
    reason text not null,
    marked_by text not null,
    marked_at timestamp with time zone not null,
    withdrawn_at timestamp with time zone,
    constraint pk_finding_mark primary key (id)
);
comment on table registry.finding_mark is
    'what the owner of the data says of findings; survives imports';
comment on column registry.finding_mark.rule is
    'rule of the findings it is about';
comment on column registry.finding_mark.region is
    'bru, vlg or wal: the region that owns the object';
comment on column registry.finding_mark.resource is
    'kind of the object';
comment on column registry.finding_mark.object_id is
    'object they are about';
comment on column registry.finding_mark.mark is
    'confirmed, or exception: it is right so';
comment on column registry.finding_mark.reason is
    'why, in the owner''s words';
comment on column registry.finding_mark.marked_by is
    'who said so; not published';
comment on column registry.finding_mark.marked_at is
    'when it was said';
comment on column registry.finding_mark.withdrawn_at is
    'taken back, or said anew; null = it stands';
create unique index uq_finding_mark on registry.finding_mark (region, rule, resource, object_id) where withdrawn_at is null;
create table registry.quality_score (
    region text collate "C" not null,
    municipality_id text collate "C" not null,
    seq bigint not null,
    objects bigint not null,
    affected bigint not null,
    errors bigint not null,
    warnings bigint not null,
    remarks bigint not null,
    exceptions bigint not null,
    score double precision not null
);
comment on table registry.quality_score is
    'how good the data of a municipality is, whenever that changed';
comment on column registry.quality_score.region is
    'bru, vlg or wal: the region that owns the object';
comment on column registry.quality_score.municipality_id is
    'NIS code; empty: whole region';
comment on column registry.quality_score.seq is
    'true as of this number';
comment on column registry.quality_score.objects is
    'current addresses and streets';
comment on column registry.quality_score.affected is
    'of them, those with an open error or warning that is no exception';
comment on column registry.quality_score.errors is
    'open findings that are errors';
comment on column registry.quality_score.warnings is
    'open findings, warnings';
comment on column registry.quality_score.remarks is
    'open findings, remarks';
comment on column registry.quality_score.exceptions is
    'open, but marked exception';
comment on column registry.quality_score.score is
    '100 (objects - affected) / objects';
create unique index uq_quality_score on registry.quality_score (region, municipality_id, seq);
create table registry.municipality_outline (
    municipality_id text collate "C" not null,
    origin text collate "C" not null,
    source text not null,
    made_at timestamp with time zone not null,
    replaced_at timestamp with time zone,
    geometry geometry(MultiPolygon,3812) not null
);
comment on table registry.municipality_outline is
    'outlines of municipalities that the operator imported, or hulls of streets';
comment on column registry.municipality_outline.municipality_id is
    'NIS code';
comment on column registry.municipality_outline.origin is
    'imported, or hull: drawn round streets';
comment on column registry.municipality_outline.source is
    'name of the file; of a hull, empty';
comment on column registry.municipality_outline.made_at is
    'when it was imported or drawn';
comment on column registry.municipality_outline.replaced_at is
    'when another took its place; null = in use';
comment on column registry.municipality_outline.geometry is
    'Lambert 2008, m';
create index ix_municipality_outline_geometry on registry.municipality_outline using gist (geometry);
create unique index uq_municipality_outline on registry.municipality_outline (municipality_id) where replaced_at is null;

create or replace view best.finding as select * from registry.finding;
create view best.finding_mark as
select id, rule, region, resource, object_id, mark, reason, marked_at, withdrawn_at
from registry.finding_mark;
comment on view best.finding_mark is 'What owners said of findings; in force where withdrawn_at is null.';
create view best.quality_score as select * from registry.quality_score;
comment on view best.quality_score is 'Quality of each municipality and region, whenever it changed.';
create view best.municipality_outline as select * from registry.municipality_outline;
comment on view best.municipality_outline is 'Outlines of municipalities, imported or drawn round streets.';

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
