-- Identifiers that files of mutations delete.
create temp table deletion (
    resource text collate "C" not null,
    object_id text collate "C" not null,
    source_id integer not null,
    source_offset bigint not null
) on commit drop
