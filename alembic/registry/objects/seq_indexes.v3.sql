-- For changes in their order: what began, and what was removed.
create index if not exists ix_municipality_version_seq_from on registry.municipality_version (seq_from);
create index if not exists ix_part_of_municipality_version_seq_from on registry.part_of_municipality_version (seq_from);
create index if not exists ix_postal_info_version_seq_from on registry.postal_info_version (seq_from);
create index if not exists ix_street_name_version_seq_from on registry.street_name_version (seq_from);
create index if not exists ix_address_version_seq_from on registry.address_version (seq_from);
