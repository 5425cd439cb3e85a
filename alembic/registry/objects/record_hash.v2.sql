-- Null for what earlier software wrote: those records are read once more, and then known.
alter table registry.address_version add column record_hash bigint;
comment on column registry.address_version.record_hash is
    'of the record as delivered, to know it again; null = read it every time';
