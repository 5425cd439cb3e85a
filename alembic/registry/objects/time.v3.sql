-- Every version says whether it ended by a removal, every release what it adds up to.
alter table registry.municipality_version add column removed_at timestamp with time zone;
alter table registry.part_of_municipality_version add column removed_at timestamp with time zone;
alter table registry.postal_info_version add column removed_at timestamp with time zone;
alter table registry.street_name_version add column removed_at timestamp with time zone;
alter table registry.address_version add column removed_at timestamp with time zone;
comment on column registry.municipality_version.removed_at is
    'when what no longer has it was extracted; null = not closed by a removal';
comment on column registry.part_of_municipality_version.removed_at is
    'when what no longer has it was extracted; null = not closed by a removal';
comment on column registry.postal_info_version.removed_at is
    'when what no longer has it was extracted; null = not closed by a removal';
comment on column registry.street_name_version.removed_at is
    'when what no longer has it was extracted; null = not closed by a removal';
comment on column registry.address_version.removed_at is
    'when what no longer has it was extracted; null = not closed by a removal';
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
alter table registry.release add column root bytea, add column undoes integer;
comment on column registry.release.root is
    'digest of all that was current then; null = not proven';
comment on column registry.release.undoes is
    'the release that this one takes back, and what followed';
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
