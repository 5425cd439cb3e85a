-- The versions that a pruning lets go of, numbered for batches.
create temp table doomed (
    resource text not null,
    region text collate "C" not null,
    object_id text collate "C" not null,
    seq_from bigint not null,
    batch bigint not null
)
