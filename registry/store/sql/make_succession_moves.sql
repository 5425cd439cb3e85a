-- Of the records that referred to an object that went: how many refer to which other one now.
create temp table succession_move (
    resource text collate "C" not null,
    object_id text collate "C" not null,
    successor_id text collate "C" not null,
    referring text not null,
    total text not null,
    moved bigint not null,
    former bigint not null
) on commit drop
