-- Versions that ended before this software knew how: those without a successor were removed. The
-- tables are read whole, so this is a migration by itself, which keeps only writers out.
update registry.municipality_version v
set removed_at = coalesce(
    (select max(s.extracted_at)
     from registry.release r
     join registry.source s on s.release_number = r.number
     where r.region = v.region and v.seq_to between r.first_seq and r.last_seq),
    '0001-01-01 00:00:00+00')
where v.seq_to is not null and not exists (
    select from registry.municipality_version later
    where later.region = v.region and later.object_id = v.object_id and later.seq_from = v.seq_to
);
update registry.part_of_municipality_version v
set removed_at = coalesce(
    (select max(s.extracted_at)
     from registry.release r
     join registry.source s on s.release_number = r.number
     where r.region = v.region and v.seq_to between r.first_seq and r.last_seq),
    '0001-01-01 00:00:00+00')
where v.seq_to is not null and not exists (
    select from registry.part_of_municipality_version later
    where later.region = v.region and later.object_id = v.object_id and later.seq_from = v.seq_to
);
update registry.postal_info_version v
set removed_at = coalesce(
    (select max(s.extracted_at)
     from registry.release r
     join registry.source s on s.release_number = r.number
     where r.region = v.region and v.seq_to between r.first_seq and r.last_seq),
    '0001-01-01 00:00:00+00')
where v.seq_to is not null and not exists (
    select from registry.postal_info_version later
    where later.region = v.region and later.object_id = v.object_id and later.seq_from = v.seq_to
);
update registry.street_name_version v
set removed_at = coalesce(
    (select max(s.extracted_at)
     from registry.release r
     join registry.source s on s.release_number = r.number
     where r.region = v.region and v.seq_to between r.first_seq and r.last_seq),
    '0001-01-01 00:00:00+00')
where v.seq_to is not null and not exists (
    select from registry.street_name_version later
    where later.region = v.region and later.object_id = v.object_id and later.seq_from = v.seq_to
);
update registry.address_version v
set removed_at = coalesce(
    (select max(s.extracted_at)
     from registry.release r
     join registry.source s on s.release_number = r.number
     where r.region = v.region and v.seq_to between r.first_seq and r.last_seq),
    '0001-01-01 00:00:00+00')
where v.seq_to is not null and not exists (
    select from registry.address_version later
    where later.region = v.region and later.object_id = v.object_id and later.seq_from = v.seq_to
);

create index ix_municipality_version_removed on registry.municipality_version (seq_to)
    where removed_at is not null;
create index ix_part_of_municipality_version_removed on registry.part_of_municipality_version (seq_to)
    where removed_at is not null;
create index ix_postal_info_version_removed on registry.postal_info_version (seq_to)
    where removed_at is not null;
create index ix_street_name_version_removed on registry.street_name_version (seq_to)
    where removed_at is not null;
create index ix_address_version_removed on registry.address_version (seq_to)
    where removed_at is not null;
