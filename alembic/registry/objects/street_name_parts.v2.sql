-- Any part of a street name, in milliseconds. A trigram index alone knows nothing of one or two
-- letters; of names spread by zeros (0l0a0a0n0) its trigrams are single letters and pairs.
create index if not exists ix_street_name_version_part on registry.street_name_version using gin (
    key_nl gin_trgm_ops, key_fr gin_trgm_ops, key_de gin_trgm_ops
);
create index if not exists ix_street_name_version_pair on registry.street_name_version using gin (
    regexp_replace(key_nl, '', '0', 'g') gin_trgm_ops,
    regexp_replace(key_fr, '', '0', 'g') gin_trgm_ops,
    regexp_replace(key_de, '', '0', 'g') gin_trgm_ops
);
