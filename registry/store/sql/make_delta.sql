-- What this release does to objects of one kind, one row each.
create temp table {delta} (
    object_id text collate "C" not null,
    change text collate "C" not null,
    seq bigint not null,
    valid_from timestamptz,
    valid_from_assumed boolean not null,
    removed_at timestamptz
) on commit drop
