-- Street names, with their municipality, whose records are other than before this release.
create temp table touched_street (
    municipality_id text collate "C" not null,
    street_name_id text collate "C" not null,
    primary key (municipality_id, street_name_id)
) on commit drop
