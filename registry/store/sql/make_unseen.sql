-- Hashes of current records that the file no longer has as they were.
create temp table {unseen} (record_hash bigint not null) on commit drop
