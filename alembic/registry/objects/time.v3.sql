-- Every version says whether it ended by a removal, every release what it adds up to.
--
-- Locks in the order in which readers take theirs, or each would wait for the other: first all
-- views that are made anew below (setting back an option locks a view and nothing beneath it),
-- then the tables.
alter view best.address_version reset (security_barrier);
alter view best.street_name_version reset (security_barrier);
alter view best.municipality_version reset (security_barrier);
alter view best.part_of_municipality_version reset (security_barrier);
alter view best.postal_info_version reset (security_barrier);
alter view best.release reset (security_barrier);
alter table registry.address_version add column removed_at timestamp with time zone;
alter table registry.street_name_version add column removed_at timestamp with time zone;
alter table registry.municipality_version add column removed_at timestamp with time zone;
alter table registry.part_of_municipality_version add column removed_at timestamp with time zone;
alter table registry.postal_info_version add column removed_at timestamp with time zone;
alter table registry.release add column root bytea, add column undoes integer;
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
comment on column registry.release.root is
    'digest of all that was current then; null = not proven';
comment on column registry.release.undoes is
    'the release that this one takes back, and what followed';
