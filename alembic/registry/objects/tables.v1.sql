-- The tables of the register as of migration 0001; registry/store/tables.py is their truth, and
-- `./best lint` proves that both say the same.

CREATE TABLE registry.address (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    seq_first BIGINT NOT NULL
) PARTITION BY LIST (region);
COMMENT ON TABLE registry.address IS 'every address ever seen; stays when the object goes';
COMMENT ON COLUMN registry.address.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.address.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.address.seq_first IS 'when it was first seen';
CREATE UNIQUE INDEX uq_address ON registry.address (region, object_id);

CREATE TABLE registry.address_version (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    version_id TEXT,
    namespace TEXT,
    seq_from BIGINT NOT NULL,
    seq_to BIGINT,
    change TEXT COLLATE "C" NOT NULL,
    content_hash BIGINT NOT NULL,
    source_id INTEGER NOT NULL,
    source_offset BIGINT NOT NULL,
    status TEXT COLLATE "C",
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    valid_from_assumed BOOLEAN NOT NULL,
    published_valid_from TIMESTAMP WITH TIME ZONE,
    life_begin TIMESTAMP WITH TIME ZONE,
    life_end TIMESTAMP WITH TIME ZONE,
    street_name_id TEXT COLLATE "C" NOT NULL,
    municipality_id TEXT COLLATE "C" NOT NULL,
    part_id TEXT COLLATE "C",
    postal_code TEXT COLLATE "C",
    house_number TEXT NOT NULL,
    box_number TEXT,
    sort_key TEXT COLLATE "C" NOT NULL,
    officially_assigned BOOLEAN,
    published_position TEXT COLLATE "C",
    published_crs INTEGER,
    position_method TEXT COLLATE "C",
    position_specification TEXT COLLATE "C",
    position geometry(POINT,3812),
    longitude DOUBLE PRECISION,
    latitude DOUBLE PRECISION,
    datum_shift TEXT COLLATE "C"
) PARTITION BY LIST (region);
COMMENT ON TABLE registry.address_version IS 'every state of every address';
COMMENT ON COLUMN registry.address_version.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.address_version.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.address_version.version_id IS 'BeSt versionIdentifier, as published';
COMMENT ON COLUMN registry.address_version.namespace IS 'as published, when not the region''s usual one';
COMMENT ON COLUMN registry.address_version.seq_from IS 'recorded from this number';
COMMENT ON COLUMN registry.address_version.seq_to IS 'recorded until before it; null = current';
COMMENT ON COLUMN registry.address_version.change IS 'what made it: added, altered, ...';
COMMENT ON COLUMN registry.address_version.content_hash IS 'of what was published';
COMMENT ON COLUMN registry.address_version.source_id IS 'the file it came from';
COMMENT ON COLUMN registry.address_version.source_offset IS 'byte offset in it';
COMMENT ON COLUMN registry.address_version.status IS 'current, proposed, reserved, retired; others as met';
COMMENT ON COLUMN registry.address_version.valid_from IS 'true in the world from; null = unknown';
COMMENT ON COLUMN registry.address_version.valid_to IS 'true in the world until before; null = open';
COMMENT ON COLUMN registry.address_version.valid_from_assumed IS 'valid_from is our assumption';
COMMENT ON COLUMN registry.address_version.published_valid_from IS 'validFrom, as published';
COMMENT ON COLUMN registry.address_version.life_begin IS 'beginLifeSpanVersion: the source''s own life span';
COMMENT ON COLUMN registry.address_version.life_end IS 'endLifeSpanVersion; shown, never computed with';
COMMENT ON COLUMN registry.address_version.street_name_id IS 'object id; may dangle';
COMMENT ON COLUMN registry.address_version.municipality_id IS 'NIS code; may dangle';
COMMENT ON COLUMN registry.address_version.part_id IS 'part of municipality (Wallonia); may dangle';
COMMENT ON COLUMN registry.address_version.postal_code IS 'text of four digits; may dangle';
COMMENT ON COLUMN registry.address_version.house_number IS 'as published';
COMMENT ON COLUMN registry.address_version.box_number IS 'as published';
COMMENT ON COLUMN registry.address_version.sort_key IS 'natural order within the street';
COMMENT ON COLUMN registry.address_version.officially_assigned IS 'null = the source does not say';
COMMENT ON COLUMN registry.address_version.published_position IS '`x y` exactly as published';
COMMENT ON COLUMN registry.address_version.published_crs IS 'EPSG code of published_position';
COMMENT ON COLUMN registry.address_version.position_method IS 'positionGeometryMethod';
COMMENT ON COLUMN registry.address_version.position_specification IS 'positionSpecification';
COMMENT ON COLUMN registry.address_version.position IS 'Lambert 2008, m';
COMMENT ON COLUMN registry.address_version.longitude IS 'ETRS89 = WGS 84, degrees';
COMMENT ON COLUMN registry.address_version.latitude IS 'ETRS89 = WGS 84, degrees';
COMMENT ON COLUMN registry.address_version.datum_shift IS 'name of the pipeline that made position';
CREATE INDEX ix_address_version_municipality ON registry.address_version (municipality_id, street_name_id, sort_key, object_id);
CREATE INDEX ix_address_version_position ON registry.address_version USING gist (position);
CREATE INDEX ix_address_version_postal ON registry.address_version (postal_code, street_name_id, sort_key, object_id);
CREATE INDEX ix_address_version_status ON registry.address_version (status, street_name_id, sort_key, object_id) WHERE status <> 'current';
CREATE INDEX ix_address_version_street ON registry.address_version (street_name_id, sort_key, object_id);
CREATE UNIQUE INDEX uq_address_version ON registry.address_version (region, object_id, seq_from);
CREATE UNIQUE INDEX uq_address_version_current ON registry.address_version (region, object_id) WHERE seq_to is null;

CREATE TABLE registry.finding (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    rule TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    detail TEXT NOT NULL,
    source_id INTEGER NOT NULL,
    source_offset BIGINT NOT NULL,
    seq_from BIGINT NOT NULL,
    seq_to BIGINT,
    CONSTRAINT pk_finding PRIMARY KEY (id)
);
COMMENT ON TABLE registry.finding IS 'what is wrong or odd in the data, said but not changed';
COMMENT ON COLUMN registry.finding.rule IS 'which rule, lowerCamelCase';
COMMENT ON COLUMN registry.finding.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.finding.object_id IS 'empty: unreadable, see source_offset';
COMMENT ON COLUMN registry.finding.detail IS 'what was met';
COMMENT ON COLUMN registry.finding.seq_from IS 'found by this release';
COMMENT ON COLUMN registry.finding.seq_to IS 'repaired by this release; null = open';
CREATE INDEX ix_finding_open ON registry.finding (region, resource, rule, object_id);

CREATE TABLE registry.municipality (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    seq_first BIGINT NOT NULL
);
COMMENT ON TABLE registry.municipality IS 'every municipality ever seen; stays when the object goes';
COMMENT ON COLUMN registry.municipality.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.municipality.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.municipality.seq_first IS 'when it was first seen';
CREATE UNIQUE INDEX uq_municipality ON registry.municipality (region, object_id);

CREATE TABLE registry.municipality_version (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    version_id TEXT,
    namespace TEXT,
    seq_from BIGINT NOT NULL,
    seq_to BIGINT,
    change TEXT COLLATE "C" NOT NULL,
    content_hash BIGINT NOT NULL,
    source_id INTEGER NOT NULL,
    source_offset BIGINT NOT NULL,
    status TEXT COLLATE "C",
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    valid_from_assumed BOOLEAN NOT NULL,
    published_valid_from TIMESTAMP WITH TIME ZONE,
    life_begin TIMESTAMP WITH TIME ZONE,
    life_end TIMESTAMP WITH TIME ZONE,
    name_nl TEXT,
    name_fr TEXT,
    name_de TEXT,
    name_en TEXT,
    key_nl TEXT COLLATE "C",
    key_fr TEXT COLLATE "C",
    key_de TEXT COLLATE "C",
    key_en TEXT COLLATE "C"
);
COMMENT ON TABLE registry.municipality_version IS 'every state of every municipality';
COMMENT ON COLUMN registry.municipality_version.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.municipality_version.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.municipality_version.version_id IS 'BeSt versionIdentifier, as published';
COMMENT ON COLUMN registry.municipality_version.namespace IS 'as published, when not the region''s usual one';
COMMENT ON COLUMN registry.municipality_version.seq_from IS 'recorded from this number';
COMMENT ON COLUMN registry.municipality_version.seq_to IS 'recorded until before it; null = current';
COMMENT ON COLUMN registry.municipality_version.change IS 'what made it: added, altered, ...';
COMMENT ON COLUMN registry.municipality_version.content_hash IS 'of what was published';
COMMENT ON COLUMN registry.municipality_version.source_id IS 'the file it came from';
COMMENT ON COLUMN registry.municipality_version.source_offset IS 'byte offset in it';
COMMENT ON COLUMN registry.municipality_version.status IS 'current, proposed, reserved, retired; others as met';
COMMENT ON COLUMN registry.municipality_version.valid_from IS 'true in the world from; null = unknown';
COMMENT ON COLUMN registry.municipality_version.valid_to IS 'true in the world until before; null = open';
COMMENT ON COLUMN registry.municipality_version.valid_from_assumed IS 'valid_from is our assumption';
COMMENT ON COLUMN registry.municipality_version.published_valid_from IS 'validFrom, as published';
COMMENT ON COLUMN registry.municipality_version.life_begin IS 'beginLifeSpanVersion: the source''s own life span';
COMMENT ON COLUMN registry.municipality_version.life_end IS 'endLifeSpanVersion; shown, never computed with';
COMMENT ON COLUMN registry.municipality_version.name_nl IS 'name in nl, as published';
COMMENT ON COLUMN registry.municipality_version.name_fr IS 'name in fr, as published';
COMMENT ON COLUMN registry.municipality_version.name_de IS 'name in de, as published';
COMMENT ON COLUMN registry.municipality_version.name_en IS 'name in en, as published';
COMMENT ON COLUMN registry.municipality_version.key_nl IS 'name in nl as compared: folded';
COMMENT ON COLUMN registry.municipality_version.key_fr IS 'name in fr as compared: folded';
COMMENT ON COLUMN registry.municipality_version.key_de IS 'name in de as compared: folded';
COMMENT ON COLUMN registry.municipality_version.key_en IS 'name in en as compared: folded';
CREATE INDEX ix_municipality_version_key_de ON registry.municipality_version (key_de, region, object_id);
CREATE INDEX ix_municipality_version_key_en ON registry.municipality_version (key_en, region, object_id);
CREATE INDEX ix_municipality_version_key_fr ON registry.municipality_version (key_fr, region, object_id);
CREATE INDEX ix_municipality_version_key_nl ON registry.municipality_version (key_nl, region, object_id);
CREATE UNIQUE INDEX uq_municipality_version ON registry.municipality_version (region, object_id, seq_from);
CREATE UNIQUE INDEX uq_municipality_version_current ON registry.municipality_version (region, object_id) WHERE seq_to is null;

CREATE TABLE registry.part_of_municipality (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    seq_first BIGINT NOT NULL
);
COMMENT ON TABLE registry.part_of_municipality IS 'every part_of_municipality ever seen; stays when the object goes';
COMMENT ON COLUMN registry.part_of_municipality.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.part_of_municipality.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.part_of_municipality.seq_first IS 'when it was first seen';
CREATE UNIQUE INDEX uq_part_of_municipality ON registry.part_of_municipality (region, object_id);

CREATE TABLE registry.part_of_municipality_version (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    version_id TEXT,
    namespace TEXT,
    seq_from BIGINT NOT NULL,
    seq_to BIGINT,
    change TEXT COLLATE "C" NOT NULL,
    content_hash BIGINT NOT NULL,
    source_id INTEGER NOT NULL,
    source_offset BIGINT NOT NULL,
    status TEXT COLLATE "C",
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    valid_from_assumed BOOLEAN NOT NULL,
    published_valid_from TIMESTAMP WITH TIME ZONE,
    life_begin TIMESTAMP WITH TIME ZONE,
    life_end TIMESTAMP WITH TIME ZONE,
    name_nl TEXT,
    name_fr TEXT,
    name_de TEXT,
    key_nl TEXT COLLATE "C",
    key_fr TEXT COLLATE "C",
    key_de TEXT COLLATE "C"
);
COMMENT ON TABLE registry.part_of_municipality_version IS 'every state of every part_of_municipality';
COMMENT ON COLUMN registry.part_of_municipality_version.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.part_of_municipality_version.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.part_of_municipality_version.version_id IS 'BeSt versionIdentifier, as published';
COMMENT ON COLUMN registry.part_of_municipality_version.namespace IS 'as published, when not the region''s usual one';
COMMENT ON COLUMN registry.part_of_municipality_version.seq_from IS 'recorded from this number';
COMMENT ON COLUMN registry.part_of_municipality_version.seq_to IS 'recorded until before it; null = current';
COMMENT ON COLUMN registry.part_of_municipality_version.change IS 'what made it: added, altered, ...';
COMMENT ON COLUMN registry.part_of_municipality_version.content_hash IS 'of what was published';
COMMENT ON COLUMN registry.part_of_municipality_version.source_id IS 'the file it came from';
COMMENT ON COLUMN registry.part_of_municipality_version.source_offset IS 'byte offset in it';
COMMENT ON COLUMN registry.part_of_municipality_version.status IS 'current, proposed, reserved, retired; others as met';
COMMENT ON COLUMN registry.part_of_municipality_version.valid_from IS 'true in the world from; null = unknown';
COMMENT ON COLUMN registry.part_of_municipality_version.valid_to IS 'true in the world until before; null = open';
COMMENT ON COLUMN registry.part_of_municipality_version.valid_from_assumed IS 'valid_from is our assumption';
COMMENT ON COLUMN registry.part_of_municipality_version.published_valid_from IS 'validFrom, as published';
COMMENT ON COLUMN registry.part_of_municipality_version.life_begin IS 'beginLifeSpanVersion: the source''s own life span';
COMMENT ON COLUMN registry.part_of_municipality_version.life_end IS 'endLifeSpanVersion; shown, never computed with';
COMMENT ON COLUMN registry.part_of_municipality_version.name_nl IS 'name in nl, as published';
COMMENT ON COLUMN registry.part_of_municipality_version.name_fr IS 'name in fr, as published';
COMMENT ON COLUMN registry.part_of_municipality_version.name_de IS 'name in de, as published';
COMMENT ON COLUMN registry.part_of_municipality_version.key_nl IS 'name in nl as compared: folded';
COMMENT ON COLUMN registry.part_of_municipality_version.key_fr IS 'name in fr as compared: folded';
COMMENT ON COLUMN registry.part_of_municipality_version.key_de IS 'name in de as compared: folded';
CREATE INDEX ix_part_of_municipality_version_key_de ON registry.part_of_municipality_version (key_de, region, object_id);
CREATE INDEX ix_part_of_municipality_version_key_fr ON registry.part_of_municipality_version (key_fr, region, object_id);
CREATE INDEX ix_part_of_municipality_version_key_nl ON registry.part_of_municipality_version (key_nl, region, object_id);
CREATE UNIQUE INDEX uq_part_of_municipality_version ON registry.part_of_municipality_version (region, object_id, seq_from);
CREATE UNIQUE INDEX uq_part_of_municipality_version_current ON registry.part_of_municipality_version (region, object_id) WHERE seq_to is null;

CREATE TABLE registry.postal_info (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    seq_first BIGINT NOT NULL
);
COMMENT ON TABLE registry.postal_info IS 'every postal_info ever seen; stays when the object goes';
COMMENT ON COLUMN registry.postal_info.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.postal_info.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.postal_info.seq_first IS 'when it was first seen';
CREATE UNIQUE INDEX uq_postal_info ON registry.postal_info (region, object_id);

CREATE TABLE registry.postal_info_version (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    version_id TEXT,
    namespace TEXT,
    seq_from BIGINT NOT NULL,
    seq_to BIGINT,
    change TEXT COLLATE "C" NOT NULL,
    content_hash BIGINT NOT NULL,
    source_id INTEGER NOT NULL,
    source_offset BIGINT NOT NULL,
    status TEXT COLLATE "C",
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    valid_from_assumed BOOLEAN NOT NULL,
    published_valid_from TIMESTAMP WITH TIME ZONE,
    life_begin TIMESTAMP WITH TIME ZONE,
    life_end TIMESTAMP WITH TIME ZONE,
    name_nl TEXT,
    name_fr TEXT,
    name_de TEXT,
    key_nl TEXT COLLATE "C",
    key_fr TEXT COLLATE "C",
    key_de TEXT COLLATE "C"
);
COMMENT ON TABLE registry.postal_info_version IS 'every state of every postal_info';
COMMENT ON COLUMN registry.postal_info_version.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.postal_info_version.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.postal_info_version.version_id IS 'BeSt versionIdentifier, as published';
COMMENT ON COLUMN registry.postal_info_version.namespace IS 'as published, when not the region''s usual one';
COMMENT ON COLUMN registry.postal_info_version.seq_from IS 'recorded from this number';
COMMENT ON COLUMN registry.postal_info_version.seq_to IS 'recorded until before it; null = current';
COMMENT ON COLUMN registry.postal_info_version.change IS 'what made it: added, altered, ...';
COMMENT ON COLUMN registry.postal_info_version.content_hash IS 'of what was published';
COMMENT ON COLUMN registry.postal_info_version.source_id IS 'the file it came from';
COMMENT ON COLUMN registry.postal_info_version.source_offset IS 'byte offset in it';
COMMENT ON COLUMN registry.postal_info_version.status IS 'current, proposed, reserved, retired; others as met';
COMMENT ON COLUMN registry.postal_info_version.valid_from IS 'true in the world from; null = unknown';
COMMENT ON COLUMN registry.postal_info_version.valid_to IS 'true in the world until before; null = open';
COMMENT ON COLUMN registry.postal_info_version.valid_from_assumed IS 'valid_from is our assumption';
COMMENT ON COLUMN registry.postal_info_version.published_valid_from IS 'validFrom, as published';
COMMENT ON COLUMN registry.postal_info_version.life_begin IS 'beginLifeSpanVersion: the source''s own life span';
COMMENT ON COLUMN registry.postal_info_version.life_end IS 'endLifeSpanVersion; shown, never computed with';
COMMENT ON COLUMN registry.postal_info_version.name_nl IS 'name in nl, as published';
COMMENT ON COLUMN registry.postal_info_version.name_fr IS 'name in fr, as published';
COMMENT ON COLUMN registry.postal_info_version.name_de IS 'name in de, as published';
COMMENT ON COLUMN registry.postal_info_version.key_nl IS 'name in nl as compared: folded';
COMMENT ON COLUMN registry.postal_info_version.key_fr IS 'name in fr as compared: folded';
COMMENT ON COLUMN registry.postal_info_version.key_de IS 'name in de as compared: folded';
CREATE INDEX ix_postal_info_version_key_de ON registry.postal_info_version (key_de, region, object_id);
CREATE INDEX ix_postal_info_version_key_fr ON registry.postal_info_version (key_fr, region, object_id);
CREATE INDEX ix_postal_info_version_key_nl ON registry.postal_info_version (key_nl, region, object_id);
CREATE UNIQUE INDEX uq_postal_info_version ON registry.postal_info_version (region, object_id, seq_from);
CREATE UNIQUE INDEX uq_postal_info_version_current ON registry.postal_info_version (region, object_id) WHERE seq_to is null;

CREATE TABLE registry.release (
    number INTEGER NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    dataset TEXT COLLATE "C" NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    counts JSONB NOT NULL,
    datum_shift TEXT COLLATE "C" NOT NULL,
    accuracy_metres DOUBLE PRECISION NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_release PRIMARY KEY (number),
    CONSTRAINT uq_release_last_seq UNIQUE (last_seq)
);
COMMENT ON TABLE registry.release IS 'one publication of one region: a range of sequence numbers';
COMMENT ON COLUMN registry.release.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.release.dataset IS 'open or sample';
COMMENT ON COLUMN registry.release.published_at IS 'when readers first saw it';
COMMENT ON COLUMN registry.release.counts IS 'per kind: seen, added, altered, ...';
COMMENT ON COLUMN registry.release.datum_shift IS 'pipeline of derived positions';
COMMENT ON COLUMN registry.release.accuracy_metres IS 'of that pipeline';
COMMENT ON COLUMN registry.release.withdrawn_at IS 'when a sample gave way to real data';

CREATE TABLE registry.source (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    release_number INTEGER,
    region TEXT COLLATE "C" NOT NULL,
    dataset TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    family TEXT COLLATE "C" NOT NULL,
    rank INTEGER NOT NULL,
    complete BOOLEAN NOT NULL,
    container TEXT NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    path TEXT NOT NULL,
    extracted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen BIGINT NOT NULL,
    CONSTRAINT pk_source PRIMARY KEY (id)
);
COMMENT ON TABLE registry.source IS 'every file that was imported, and where rows were found';
COMMENT ON COLUMN registry.source.release_number IS 'null: the file changed nothing';
COMMENT ON COLUMN registry.source.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.source.resource IS 'kind of object in the file';
COMMENT ON COLUMN registry.source.family IS 'format family, e.g. bestXml';
COMMENT ON COLUMN registry.source.rank IS 'of the family: higher knows more';
COMMENT ON COLUMN registry.source.complete IS 'a full file, not mutations';
COMMENT ON COLUMN registry.source.container IS 'name of the file that was given';
COMMENT ON COLUMN registry.source.sha256 IS 'of that file';
COMMENT ON COLUMN registry.source.path IS 'inside it, down to the XML';
COMMENT ON COLUMN registry.source.extracted_at IS 'the file''s own timestamp';
COMMENT ON COLUMN registry.source.seen IS 'objects in the file';
CREATE INDEX ix_source_region ON registry.source (region, resource, imported_at);

CREATE TABLE registry.street_name (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    seq_first BIGINT NOT NULL
);
COMMENT ON TABLE registry.street_name IS 'every street_name ever seen; stays when the object goes';
COMMENT ON COLUMN registry.street_name.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.street_name.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.street_name.seq_first IS 'when it was first seen';
CREATE UNIQUE INDEX uq_street_name ON registry.street_name (region, object_id);

CREATE TABLE registry.street_name_version (
    region TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    version_id TEXT,
    namespace TEXT,
    seq_from BIGINT NOT NULL,
    seq_to BIGINT,
    change TEXT COLLATE "C" NOT NULL,
    content_hash BIGINT NOT NULL,
    source_id INTEGER NOT NULL,
    source_offset BIGINT NOT NULL,
    status TEXT COLLATE "C",
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    valid_from_assumed BOOLEAN NOT NULL,
    published_valid_from TIMESTAMP WITH TIME ZONE,
    life_begin TIMESTAMP WITH TIME ZONE,
    life_end TIMESTAMP WITH TIME ZONE,
    municipality_id TEXT COLLATE "C" NOT NULL,
    name_nl TEXT,
    name_fr TEXT,
    name_de TEXT,
    key_nl TEXT COLLATE "C",
    key_fr TEXT COLLATE "C",
    key_de TEXT COLLATE "C",
    homonym_addition TEXT,
    street_name_type TEXT COLLATE "C"
);
COMMENT ON TABLE registry.street_name_version IS 'every state of every street_name';
COMMENT ON COLUMN registry.street_name_version.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.street_name_version.object_id IS 'BeSt objectIdentifier, unique in region + kind';
COMMENT ON COLUMN registry.street_name_version.version_id IS 'BeSt versionIdentifier, as published';
COMMENT ON COLUMN registry.street_name_version.namespace IS 'as published, when not the region''s usual one';
COMMENT ON COLUMN registry.street_name_version.seq_from IS 'recorded from this number';
COMMENT ON COLUMN registry.street_name_version.seq_to IS 'recorded until before it; null = current';
COMMENT ON COLUMN registry.street_name_version.change IS 'what made it: added, altered, ...';
COMMENT ON COLUMN registry.street_name_version.content_hash IS 'of what was published';
COMMENT ON COLUMN registry.street_name_version.source_id IS 'the file it came from';
COMMENT ON COLUMN registry.street_name_version.source_offset IS 'byte offset in it';
COMMENT ON COLUMN registry.street_name_version.status IS 'current, proposed, reserved, retired; others as met';
COMMENT ON COLUMN registry.street_name_version.valid_from IS 'true in the world from; null = unknown';
COMMENT ON COLUMN registry.street_name_version.valid_to IS 'true in the world until before; null = open';
COMMENT ON COLUMN registry.street_name_version.valid_from_assumed IS 'valid_from is our assumption';
COMMENT ON COLUMN registry.street_name_version.published_valid_from IS 'validFrom, as published';
COMMENT ON COLUMN registry.street_name_version.life_begin IS 'beginLifeSpanVersion: the source''s own life span';
COMMENT ON COLUMN registry.street_name_version.life_end IS 'endLifeSpanVersion; shown, never computed with';
COMMENT ON COLUMN registry.street_name_version.municipality_id IS 'NIS code; may dangle';
COMMENT ON COLUMN registry.street_name_version.name_nl IS 'name in nl, as published';
COMMENT ON COLUMN registry.street_name_version.name_fr IS 'name in fr, as published';
COMMENT ON COLUMN registry.street_name_version.name_de IS 'name in de, as published';
COMMENT ON COLUMN registry.street_name_version.key_nl IS 'name in nl as compared: folded';
COMMENT ON COLUMN registry.street_name_version.key_fr IS 'name in fr as compared: folded';
COMMENT ON COLUMN registry.street_name_version.key_de IS 'name in de as compared: folded';
COMMENT ON COLUMN registry.street_name_version.homonym_addition IS 'tells same-named streets apart (Flanders)';
COMMENT ON COLUMN registry.street_name_version.street_name_type IS 'streetname or hamlet; others as met';
CREATE INDEX ix_street_name_version_key_de ON registry.street_name_version (key_de, region, object_id);
CREATE INDEX ix_street_name_version_key_fr ON registry.street_name_version (key_fr, region, object_id);
CREATE INDEX ix_street_name_version_key_nl ON registry.street_name_version (key_nl, region, object_id);
CREATE INDEX ix_street_name_version_municipality ON registry.street_name_version (municipality_id, region, object_id);
CREATE UNIQUE INDEX uq_street_name_version ON registry.street_name_version (region, object_id, seq_from);
CREATE UNIQUE INDEX uq_street_name_version_current ON registry.street_name_version (region, object_id) WHERE seq_to is null;

CREATE TABLE registry.total (
    region TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    dimension TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    seq BIGINT NOT NULL
);
COMMENT ON TABLE registry.total IS 'how many objects are current; recounted by each release of the region';
COMMENT ON COLUMN registry.total.region IS 'bru, vlg or wal: the region that owns the object';
COMMENT ON COLUMN registry.total.dimension IS 'region, municipality, postalCode';
COMMENT ON COLUMN registry.total.code IS 'value of the dimension';
COMMENT ON COLUMN registry.total.status IS 'empty where the kind has no status';
COMMENT ON COLUMN registry.total.seq IS 'true as of this number';
CREATE UNIQUE INDEX uq_total ON registry.total (region, resource, dimension, code, status);
