-- What is wrong or odd in the files of this import.
create temp table found (
    rule text collate "C" not null,
    resource text collate "C" not null,
    object_id text collate "C" not null,
    detail text not null,
    source_id integer not null,
    source_offset bigint not null
) on commit drop
