-- Null for what earlier software wrote: those records are read once more, and then known.
alter table registry.municipality_version add column record_hash bigint;
alter table registry.part_of_municipality_version add column record_hash bigint;
alter table registry.postal_info_version add column record_hash bigint;
alter table registry.street_name_version add column record_hash bigint;
alter table registry.address_version add column record_hash bigint;
comment on column registry.municipality_version.record_hash is
    'of the record as delivered, to know it again; null = read it every time';
comment on column registry.part_of_municipality_version.record_hash is
    'of the record as delivered, to know it again; null = read it every time';
comment on column registry.postal_info_version.record_hash is
    'of the record as delivered, to know it again; null = read it every time';
comment on column registry.street_name_version.record_hash is
    'of the record as delivered, to know it again; null = read it every time';
comment on column registry.address_version.record_hash is
    'of the record as delivered, to know it again; null = read it every time';
