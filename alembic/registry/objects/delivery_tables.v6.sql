-- The tables of registry/store/delivery_tables.py, as migration 0006 made them.
create schema deliveries;

CREATE TABLE deliveries.agency (
    id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    suspended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_agency PRIMARY KEY (id),
    CONSTRAINT ck_agency_id CHECK (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$')
);

COMMENT ON TABLE deliveries.agency IS 'an organisation that delivers: the owner of a region''s addresses';

COMMENT ON COLUMN deliveries.agency.id IS 'lower-case name without blanks';

COMMENT ON COLUMN deliveries.agency.name IS 'as people write it';

COMMENT ON COLUMN deliveries.agency.added_at IS 'when the operator added it';

COMMENT ON COLUMN deliveries.agency.suspended_at IS 'nothing of it is accepted since; null = active';

CREATE TABLE deliveries.authorisation (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    agency_id TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    kinds TEXT[] COLLATE "C" NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_to TIMESTAMP WITH TIME ZONE NOT NULL,
    publishing_alone TEXT[] COLLATE "C" NOT NULL,
    granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_authorisation PRIMARY KEY (id),
    CONSTRAINT ck_authorisation_region CHECK (region in ('bru', 'vlg', 'wal'))
);

CREATE INDEX ix_authorisation_agency ON deliveries.authorisation (agency_id);

COMMENT ON TABLE deliveries.authorisation IS 'what an agency may deliver, and until when';

COMMENT ON COLUMN deliveries.authorisation.agency_id IS 'who may deliver';

COMMENT ON COLUMN deliveries.authorisation.region IS 'bru, vlg or wal';

COMMENT ON COLUMN deliveries.authorisation.kinds IS 'kinds of object it may deliver';

COMMENT ON COLUMN deliveries.authorisation.valid_from IS 'from then on';

COMMENT ON COLUMN deliveries.authorisation.valid_to IS 'until before it; renewing adds a row';

COMMENT ON COLUMN deliveries.authorisation.publishing_alone IS 'clients that need no second one';

COMMENT ON COLUMN deliveries.authorisation.granted_at IS 'when the operator granted it';

CREATE TABLE deliveries.delivery (
    id TEXT COLLATE "C" NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    agency_id TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    complete BOOLEAN NOT NULL,
    extracted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    file_name TEXT NOT NULL,
    declared_size BIGINT,
    declared_sha256 TEXT COLLATE "C",
    declared_counts JSONB,
    size BIGINT,
    received BIGINT NOT NULL,
    sha256 TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    state_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    publisher TEXT COLLATE "C",
    second_publisher TEXT COLLATE "C",
    failed_doing TEXT COLLATE "C",
    attempts INTEGER NOT NULL,
    checks INTEGER NOT NULL,
    basis INTEGER,
    release_number INTEGER,
    undoing BOOLEAN NOT NULL,
    undone_by INTEGER,
    CONSTRAINT pk_delivery PRIMARY KEY (id),
    CONSTRAINT ck_delivery_id CHECK (id ~ '^[a-z2-7]{26}$'),
    CONSTRAINT ck_delivery_region CHECK (region in ('bru', 'vlg', 'wal')),
    CONSTRAINT ck_delivery_file_name_length CHECK (length(file_name) <= 200),
    CONSTRAINT ck_delivery_declared_sha256 CHECK (declared_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_delivery_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_delivery_state CHECK (state in ('created', 'receiving', 'received', 'checking', 'checked', 'awaitingSecondPerson', 'publishing', 'published', 'rejected', 'withdrawn', 'superseded', 'failed')),
    CONSTRAINT ck_delivery_failed_doing CHECK (failed_doing in ('checking', 'publishing')),
    CONSTRAINT ck_delivery_attempts_range CHECK (attempts between 0 and 30),
    CONSTRAINT ck_delivery_publisher CHECK (publisher ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    CONSTRAINT ck_delivery_second_publisher CHECK (second_publisher ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    CONSTRAINT ck_delivery_two_persons CHECK (publisher <> second_publisher),
    CONSTRAINT uq_delivery_number UNIQUE (number)
);

CREATE INDEX ix_delivery_agency ON deliveries.delivery (agency_id, number);

CREATE INDEX ix_delivery_region ON deliveries.delivery (region, number);

COMMENT ON TABLE deliveries.delivery IS 'a file for a region, from its announcement to its publication';

COMMENT ON COLUMN deliveries.delivery.id IS 'random, 26 letters and digits';

COMMENT ON COLUMN deliveries.delivery.number IS 'order';

COMMENT ON COLUMN deliveries.delivery.agency_id IS 'whose delivery';

COMMENT ON COLUMN deliveries.delivery.region IS 'bru, vlg or wal';

COMMENT ON COLUMN deliveries.delivery.complete IS 'full, or mutations';

COMMENT ON COLUMN deliveries.delivery.extracted_at IS 'declared: when the source wrote it';

COMMENT ON COLUMN deliveries.delivery.file_name IS 'declared; its ending tells the kind';

COMMENT ON COLUMN deliveries.delivery.declared_size IS 'bytes, as declared';

COMMENT ON COLUMN deliveries.delivery.declared_sha256 IS 'as declared';

COMMENT ON COLUMN deliveries.delivery.declared_counts IS 'objects per kind, as declared';

COMMENT ON COLUMN deliveries.delivery.size IS 'bytes of the whole file; null = not told yet';

COMMENT ON COLUMN deliveries.delivery.received IS 'bytes that are on the disk';

COMMENT ON COLUMN deliveries.delivery.sha256 IS 'of the file, once it is whole';

COMMENT ON COLUMN deliveries.delivery.state IS 'created, receiving, received, ...';

COMMENT ON COLUMN deliveries.delivery.version IS 'of this row: its ETag';

COMMENT ON COLUMN deliveries.delivery.state_at IS 'when it came into that state';

COMMENT ON COLUMN deliveries.delivery.created_at IS 'when it was announced';

COMMENT ON COLUMN deliveries.delivery.created_by IS 'client';

COMMENT ON COLUMN deliveries.delivery.publisher IS 'client that asked for its publication';

COMMENT ON COLUMN deliveries.delivery.second_publisher IS 'another client, that looked and agreed';

COMMENT ON COLUMN deliveries.delivery.failed_doing IS 'state it was in when it failed: goes on from there';

COMMENT ON COLUMN deliveries.delivery.attempts IS 'failures in a row';

COMMENT ON COLUMN deliveries.delivery.checks IS 'how often it was checked';

COMMENT ON COLUMN deliveries.delivery.basis IS 'newest release of the region when checked; 0 = none';

COMMENT ON COLUMN deliveries.delivery.release_number IS 'the release it became; null: changed nothing';

COMMENT ON COLUMN deliveries.delivery.undoing IS 'its roll-back was asked for';

COMMENT ON COLUMN deliveries.delivery.undone_by IS 'the release that took it back';

CREATE TABLE deliveries.delivery_check (
    delivery_id TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    report JSONB NOT NULL,
    preview JSONB,
    shape JSONB,
    CONSTRAINT pk_delivery_check PRIMARY KEY (delivery_id, number)
);

COMMENT ON TABLE deliveries.delivery_check IS 'what a check found, kept with the file';

COMMENT ON COLUMN deliveries.delivery_check.number IS '1 is the first check';

COMMENT ON COLUMN deliveries.delivery_check.made_at IS 'when it was done';

COMMENT ON COLUMN deliveries.delivery_check.report IS 'what is wrong';

COMMENT ON COLUMN deliveries.delivery_check.preview IS 'what will change; null: nothing can be published';

COMMENT ON COLUMN deliveries.delivery_check.shape IS 'fields, types, values and systems, for the next drift';

CREATE TABLE deliveries.delivery_event (
    delivery_id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    detail TEXT NOT NULL,
    CONSTRAINT pk_delivery_event PRIMARY KEY (delivery_id, version),
    CONSTRAINT ck_delivery_event_state CHECK (state in ('created', 'receiving', 'received', 'checking', 'checked', 'awaitingSecondPerson', 'publishing', 'published', 'rejected', 'withdrawn', 'superseded', 'failed')),
    CONSTRAINT ck_delivery_event_actor_length CHECK (length(actor) <= 64),
    CONSTRAINT ck_delivery_event_detail_length CHECK (length(detail) <= 10000)
);

COMMENT ON TABLE deliveries.delivery_event IS 'everything that happened to a delivery; nothing is ever taken away';

COMMENT ON COLUMN deliveries.delivery_event.version IS 'of the delivery, by this event';

COMMENT ON COLUMN deliveries.delivery_event.state IS 'after it';

COMMENT ON COLUMN deliveries.delivery_event.at IS 'when';

COMMENT ON COLUMN deliveries.delivery_event.actor IS 'client, or `worker`';

COMMENT ON COLUMN deliveries.delivery_event.detail IS 'why; empty when the state says it';

CREATE TABLE deliveries.guard_threshold (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    region TEXT COLLATE "C" NOT NULL,
    guard TEXT COLLATE "C" NOT NULL,
    value FLOAT NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    set_by TEXT NOT NULL,
    CONSTRAINT pk_guard_threshold PRIMARY KEY (id),
    CONSTRAINT ck_guard_threshold_region CHECK (region in ('bru', 'vlg', 'wal')),
    CONSTRAINT ck_guard_threshold_value CHECK (value between 0 and 1)
);

COMMENT ON TABLE deliveries.guard_threshold IS 'thresholds of the guards per region, with their history';

COMMENT ON COLUMN deliveries.guard_threshold.region IS 'bru, vlg or wal';

COMMENT ON COLUMN deliveries.guard_threshold.guard IS 'which guard';

COMMENT ON COLUMN deliveries.guard_threshold.value IS 'above it a second person must look';

COMMENT ON COLUMN deliveries.guard_threshold.set_at IS 'the newest row of a guard holds';

COMMENT ON COLUMN deliveries.guard_threshold.set_by IS 'who';

CREATE TABLE deliveries.member (
    client_id TEXT COLLATE "C" NOT NULL,
    agency_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_member PRIMARY KEY (client_id),
    CONSTRAINT ck_member_client_id CHECK (client_id ~ '^[a-z0-9][a-z0-9._-]{0,63}$')
);

CREATE INDEX ix_member_agency ON deliveries.member (agency_id);

COMMENT ON TABLE deliveries.member IS 'who acts for an agency; two of them are two persons';

COMMENT ON COLUMN deliveries.member.client_id IS 'OAuth client, one person or program';

COMMENT ON COLUMN deliveries.member.agency_id IS 'whose member';

COMMENT ON COLUMN deliveries.member.name IS 'what the agency calls it';

COMMENT ON COLUMN deliveries.member.added_at IS 'when the operator added it';

COMMENT ON COLUMN deliveries.member.removed_at IS 'may do nothing since; null = active';

CREATE TABLE deliveries.member_key (
    client_id TEXT COLLATE "C" NOT NULL,
    kid TEXT COLLATE "C" NOT NULL,
    jwk JSONB NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_member_key PRIMARY KEY (client_id, kid),
    CONSTRAINT ck_member_key_kid_length CHECK (length(kid) <= 128)
);

COMMENT ON TABLE deliveries.member_key IS 'public keys by which members are known';

COMMENT ON COLUMN deliveries.member_key.client_id IS 'whose key';

COMMENT ON COLUMN deliveries.member_key.kid IS 'name of the key, in the client''s own set';

COMMENT ON COLUMN deliveries.member_key.jwk IS 'public key, P-256 or Ed25519 (RFC 7517)';

COMMENT ON COLUMN deliveries.member_key.added_at IS 'when the operator added it';

COMMENT ON COLUMN deliveries.member_key.retired_at IS 'not accepted since; null = in use';

CREATE TABLE deliveries.report (
    id TEXT COLLATE "C" NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    region TEXT COLLATE "C" NOT NULL,
    municipality_id TEXT COLLATE "C",
    address_id TEXT COLLATE "C",
    position geometry(POINT,3812),
    kind TEXT COLLATE "C" NOT NULL,
    text TEXT,
    state TEXT COLLATE "C" NOT NULL,
    reason TEXT,
    release_number INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_by TEXT COLLATE "C",
    CONSTRAINT pk_report PRIMARY KEY (id),
    CONSTRAINT ck_report_id CHECK (id ~ '^[a-z2-7]{26}$'),
    CONSTRAINT ck_report_region CHECK (region in ('bru', 'vlg', 'wal')),
    CONSTRAINT ck_report_municipality_id_length CHECK (length(municipality_id) <= 100),
    CONSTRAINT ck_report_address_id_length CHECK (length(address_id) <= 100),
    CONSTRAINT ck_report_kind CHECK (kind in ('missing', 'wrongName', 'wrongNumber', 'wrongPosition', 'duplicate', 'other')),
    CONSTRAINT ck_report_text_length CHECK (length(text) <= 500),
    CONSTRAINT ck_report_state CHECK (state in ('open', 'accepted', 'corrected', 'declined')),
    CONSTRAINT ck_report_reason_length CHECK (length(reason) <= 500),
    CONSTRAINT uq_report_number UNIQUE (number)
);

CREATE INDEX ix_report_municipality ON deliveries.report (municipality_id, number);

CREATE INDEX ix_report_region ON deliveries.report (region, number);

COMMENT ON TABLE deliveries.report IS 'what people say is wrong, and what its owner answered';

COMMENT ON COLUMN deliveries.report.id IS 'random, 26 letters and digits';

COMMENT ON COLUMN deliveries.report.number IS 'order';

COMMENT ON COLUMN deliveries.report.region IS 'bru, vlg or wal';

COMMENT ON COLUMN deliveries.report.municipality_id IS 'NIS code; null = not known';

COMMENT ON COLUMN deliveries.report.address_id IS 'object id of the address it is about; null = a place';

COMMENT ON COLUMN deliveries.report.position IS 'Lambert 2008, m';

COMMENT ON COLUMN deliveries.report.kind IS 'missing, wrongName, wrongNumber, ...';

COMMENT ON COLUMN deliveries.report.text IS 'for the owner alone; deleted when it is closed';

COMMENT ON COLUMN deliveries.report.state IS 'open, accepted, corrected, declined';

COMMENT ON COLUMN deliveries.report.reason IS 'why it was declined, in the owner''s words';

COMMENT ON COLUMN deliveries.report.release_number IS 'the release that corrected it';

COMMENT ON COLUMN deliveries.report.created_at IS 'when it was made';

COMMENT ON COLUMN deliveries.report.state_at IS 'when it came into that state';

COMMENT ON COLUMN deliveries.report.answered_by IS 'client';

CREATE TABLE deliveries.used_assertion (
    digest BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_used_assertion PRIMARY KEY (digest)
);

COMMENT ON TABLE deliveries.used_assertion IS 'client assertions that were used: each is good for once';

COMMENT ON COLUMN deliveries.used_assertion.digest IS 'SHA-256 of client and jti';

COMMENT ON COLUMN deliveries.used_assertion.expires_at IS 'forgotten after it';
