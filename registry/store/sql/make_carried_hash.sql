create temp table {hashes} (
    object_id text collate "C" not null, content_hash bigint not null
) on commit drop
