-- What the rules of an inspection ring on; where each object came from is added at the end.
create temp table noted (
    rule text collate "C" not null,
    resource text collate "C" not null,
    object_id text collate "C" not null,
    detail text not null
) on commit drop
