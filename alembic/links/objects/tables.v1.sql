-- The tables of links/store/tables.py, as the first migration made them.

CREATE TABLE links.alarm (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    rule TEXT NOT NULL,
    organisation TEXT,
    facts JSONB NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);

COMMENT ON TABLE links.alarm IS 'what somebody must look at';

COMMENT ON COLUMN links.alarm.at IS 'when';

COMMENT ON COLUMN links.alarm.rule IS 'which';

COMMENT ON COLUMN links.alarm.organisation IS 'who';

COMMENT ON COLUMN links.alarm.facts IS 'numbers of records; no references';

COMMENT ON COLUMN links.alarm.seen_at IS 'by the data protection officer';

CREATE TABLE links.asked (
    organisation TEXT NOT NULL,
    asked_ref BYTEA NOT NULL,
    deliberation TEXT NOT NULL,
    day DATE NOT NULL,
    sector TEXT NOT NULL,
    domain TEXT NOT NULL,
    shared_ref BYTEA,
    street_ref BYTEA,
    PRIMARY KEY (organisation, asked_ref, deliberation, day)
);

CREATE INDEX ix_asked_day ON links.asked (day);

CREATE INDEX ix_asked_shared ON links.asked (day, shared_ref) WHERE shared_ref is not null;

CREATE INDEX ix_asked_street ON links.asked (organisation, street_ref, day) WHERE street_ref is not null;

COMMENT ON TABLE links.asked IS 'what anomalies and the combination rule look at, once a day each; 30 days';

COMMENT ON COLUMN links.asked.organisation IS 'who';

COMMENT ON COLUMN links.asked.asked_ref IS 'address or subject, keyed for the organisation';

COMMENT ON COLUMN links.asked.deliberation IS 'under which';

COMMENT ON COLUMN links.asked.day IS 'in Brussels; a moment would name records';

COMMENT ON COLUMN links.asked.sector IS 'of the deliberation';

COMMENT ON COLUMN links.asked.domain IS 'of the deliberation';

COMMENT ON COLUMN links.asked.shared_ref IS 'the same, keyed alike for all; that day only';

COMMENT ON COLUMN links.asked.street_ref IS 'street, keyed for the organisation; that day only';

CREATE TABLE links.canary (
    sector TEXT NOT NULL,
    ref BYTEA NOT NULL,
    is_subject BOOLEAN DEFAULT false NOT NULL,
    kid SMALLINT DEFAULT '1' NOT NULL,
    PRIMARY KEY (sector, ref)
);

COMMENT ON TABLE links.canary IS 'asking one suspends the client at once';

COMMENT ON COLUMN links.canary.sector IS 'of the reference';

COMMENT ON COLUMN links.canary.ref IS 'of an address or subject that nobody has a reason to ask';

COMMENT ON COLUMN links.canary.is_subject IS 'how it moves';

COMMENT ON COLUMN links.canary.kid IS 'key generation';

CREATE TABLE links.chain (
    organisation TEXT NOT NULL,
    n BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (organisation)
);

COMMENT ON TABLE links.chain IS 'the head of each organisation''s chain of records';

COMMENT ON COLUMN links.chain.organisation IS 'whose';

COMMENT ON COLUMN links.chain.n IS 'number of its last record';

COMMENT ON COLUMN links.chain.hash IS 'of its last record';

CREATE TABLE links.checkpoint (
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (size)
);

COMMENT ON TABLE links.checkpoint IS 'signed states of the tree';

COMMENT ON COLUMN links.checkpoint.root IS 'of the tree';

COMMENT ON COLUMN links.checkpoint.at IS 'when';

COMMENT ON COLUMN links.checkpoint.note IS 'signed note (C2SP), with the witness''s line when it has answered';

CREATE TABLE links.citizen_request (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    audit_ref BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    sealed BYTEA NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (id)
);

COMMENT ON TABLE links.citizen_request IS 'complaints and requests for protection';

COMMENT ON COLUMN links.citizen_request.kind IS 'complaint, protection';

COMMENT ON COLUMN links.citizen_request.audit_ref IS 'whose';

COMMENT ON COLUMN links.citizen_request.at IS 'when';

COMMENT ON COLUMN links.citizen_request.sealed IS 'what was written, encrypted';

COMMENT ON COLUMN links.citizen_request.status IS 'received, answered';

CREATE TABLE links.delivered (
    organisation TEXT NOT NULL,
    n BIGINT NOT NULL,
    audit_ref BYTEA NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    deliberation TEXT NOT NULL,
    version INTEGER NOT NULL,
    visible_from TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (organisation, n, audit_ref, kind)
);

CREATE INDEX ix_delivered_audit_ref ON links.delivered (audit_ref, at);

COMMENT ON TABLE links.delivered IS 'about whom something was answered: the citizen''s view';

COMMENT ON COLUMN links.delivered.organisation IS 'receiver';

COMMENT ON COLUMN links.delivered.n IS 'of the outcome';

COMMENT ON COLUMN links.delivered.audit_ref IS 'subject, under the key of the log alone';

COMMENT ON COLUMN links.delivered.kind IS 'of link';

COMMENT ON COLUMN links.delivered.deliberation IS 'id';

COMMENT ON COLUMN links.delivered.visible_from IS 'null: exempt';

CREATE TABLE links.dossier (
    organisation TEXT NOT NULL,
    sector TEXT NOT NULL,
    subj_ref BYTEA NOT NULL,
    capacity TEXT NOT NULL,
    kid SMALLINT NOT NULL,
    valid DATERANGE NOT NULL,
    subscribed BOOLEAN NOT NULL,
    handle TEXT NOT NULL,
    PRIMARY KEY (organisation, sector, subj_ref, capacity)
);

COMMENT ON TABLE links.dossier IS 'who has an open file of whom: the persons'' repertory';

COMMENT ON COLUMN links.dossier.organisation IS 'who holds it';

COMMENT ON COLUMN links.dossier.sector IS 'of the reference';

COMMENT ON COLUMN links.dossier.subj_ref IS 'subject, keyed';

COMMENT ON COLUMN links.dossier.capacity IS 'such as open_file';

COMMENT ON COLUMN links.dossier.kid IS 'key generation';

COMMENT ON COLUMN links.dossier.subscribed IS 'to be told that links changed';

COMMENT ON COLUMN links.dossier.handle IS 'the holder''s own number of it, sealed for the holder, base64';

CREATE TABLE links.handle (
    digest BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (digest)
);

COMMENT ON TABLE links.handle IS 'handles are opened once';

COMMENT ON COLUMN links.handle.digest IS 'of a sealed handle that was opened';

COMMENT ON COLUMN links.handle.expires_at IS 'when it could not be opened any more';

CREATE TABLE links.link (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    sector TEXT NOT NULL,
    kind TEXT NOT NULL,
    addr_ref BYTEA NOT NULL,
    subj_ref BYTEA NOT NULL,
    kid SMALLINT NOT NULL,
    capacity TEXT NOT NULL,
    addr_sealed BYTEA NOT NULL,
    household_ref BYTEA,
    valid DATERANGE NOT NULL,
    recorded TSTZRANGE NOT NULL,
    delivery BIGINT NOT NULL,
    verdict TEXT DEFAULT 'given' NOT NULL
)
 PARTITION BY LIST (sector);

CREATE INDEX ix_link_addr ON links.link (addr_ref) WHERE upper_inf(recorded);

CREATE INDEX ix_link_household ON links.link (household_ref) WHERE upper_inf(recorded) and household_ref is not null;

CREATE INDEX ix_link_subj ON links.link (subj_ref) WHERE upper_inf(recorded);

COMMENT ON TABLE links.link IS 'a personal link: an address tied to a subject in one sector';

COMMENT ON COLUMN links.link.kind IS 'of links/domain/kinds.toml';

COMMENT ON COLUMN links.link.addr_ref IS 'address, keyed for this sector';

COMMENT ON COLUMN links.link.subj_ref IS 'subject, keyed for this sector';

COMMENT ON COLUMN links.link.kid IS 'key generation';

COMMENT ON COLUMN links.link.capacity IS 'such as resident, reference_person, child, owner, usufruct';

COMMENT ON COLUMN links.link.addr_sealed IS 'the address''s identifier, AES-SIV, bound to subj_ref';

COMMENT ON COLUMN links.link.household_ref IS 'household, keyed: what protects one covers it';

COMMENT ON COLUMN links.link.valid IS 'in the world, half-open';

COMMENT ON COLUMN links.link.recorded IS 'here, half-open; open = current';

COMMENT ON COLUMN links.link.delivery IS 'that brought it';

COMMENT ON COLUMN links.link.verdict IS 'of its address: given, exact, corrected, owner';

CREATE TABLE links.notice (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    organisation TEXT NOT NULL,
    handle TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    told_under TEXT,
    told_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);

CREATE INDEX ix_links_notice_organisation ON links.notice (organisation);

COMMENT ON TABLE links.notice IS 'changed, without what: Once Only';

COMMENT ON COLUMN links.notice.handle IS 'of the dossier';

COMMENT ON COLUMN links.notice.at IS 'when; the day only';

COMMENT ON COLUMN links.notice.told_under IS 'correlation of the question that took it';

COMMENT ON COLUMN links.notice.told_at IS 'when; told again for an hour, if that question is repeated';

CREATE TABLE links.organisation (
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    status TEXT NOT NULL,
    contact TEXT NOT NULL,
    PRIMARY KEY (number)
);

COMMENT ON TABLE links.organisation IS 'who may be granted something, deliver or look on';

COMMENT ON COLUMN links.organisation.number IS 'enterprise number, ten digits';

COMMENT ON COLUMN links.organisation.name IS 'as published';

COMMENT ON COLUMN links.organisation.category IS 'public_authority, private_legal_mission, private_partner, source, auditor';

COMMENT ON COLUMN links.organisation.status IS 'active, suspended';

COMMENT ON COLUMN links.organisation.contact IS 'address of the data protection officer';

CREATE TABLE links.protection (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    sector TEXT NOT NULL,
    subj_ref BYTEA NOT NULL,
    kid SMALLINT NOT NULL,
    level SMALLINT NOT NULL,
    basis TEXT NOT NULL,
    valid DATERANGE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT level CHECK (level in (1, 2)),
    CONSTRAINT six_months CHECK (level = 2 or coalesce(upper(valid) <= lower(valid) + interval '6 months', false))
);

CREATE INDEX ix_links_protection_subj_ref ON links.protection (subj_ref);

COMMENT ON TABLE links.protection IS 'whose links are answered as if they were not there';

COMMENT ON COLUMN links.protection.sector IS 'of the reference';

COMMENT ON COLUMN links.protection.kid IS 'key generation';

COMMENT ON COLUMN links.protection.level IS '1 not communicable, 2 strict';

COMMENT ON COLUMN links.protection.basis IS 'the decision, keyed for this sector, hexadecimal';

CREATE TABLE links.record (
    organisation TEXT NOT NULL,
    n BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    xid BIGINT NOT NULL,
    body TEXT NOT NULL,
    prev BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (organisation, n, at)
)
 PARTITION BY RANGE (at);

COMMENT ON TABLE links.record IS 'every request and its outcome, refused ones too: kept ten years';

COMMENT ON COLUMN links.record.organisation IS 'whose chain';

COMMENT ON COLUMN links.record.at IS 'when, by the database';

COMMENT ON COLUMN links.record.xid IS 'transaction that wrote it';

COMMENT ON COLUMN links.record.body IS 'RFC 8785 JSON: what was declared, answered or refused';

COMMENT ON COLUMN links.record.prev IS 'hash of the record before, 32 zero bytes at first';

COMMENT ON COLUMN links.record.hash IS 'SHA-256(0x00, prev, n, microseconds, body)';

CREATE TABLE links.replica_address (
    id TEXT NOT NULL,
    municipality TEXT NOT NULL,
    street TEXT NOT NULL,
    house_number TEXT NOT NULL,
    valid DATERANGE NOT NULL,
    box_number TEXT,
    PRIMARY KEY (id)
);

COMMENT ON TABLE links.replica_address IS 'public addresses, fetched whole: what is asked of it betrays nothing outside';

COMMENT ON COLUMN links.replica_address.id IS 'public identifier, such as bru-210225';

COMMENT ON COLUMN links.replica_address.municipality IS 'NIS code';

COMMENT ON COLUMN links.replica_address.street IS 'public identifier of the street name';

COMMENT ON COLUMN links.replica_address.house_number IS 'as published';

COMMENT ON COLUMN links.replica_address.box_number IS 'as published';

CREATE TABLE links.replica_former (
    id TEXT NOT NULL,
    valid DATERANGE NOT NULL,
    municipality TEXT NOT NULL,
    PRIMARY KEY (id, valid)
);

COMMENT ON TABLE links.replica_former IS 'municipalities that addresses had before';

COMMENT ON COLUMN links.replica_former.id IS 'public identifier';

COMMENT ON COLUMN links.replica_former.municipality IS 'NIS code it had then';

CREATE TABLE links.replica_position (
    one BOOLEAN DEFAULT true NOT NULL,
    seq BIGINT NOT NULL,
    root TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (one),
    CONSTRAINT one CHECK (one)
);

COMMENT ON TABLE links.replica_position IS 'how far the replica of the public register is';

COMMENT ON COLUMN links.replica_position.root IS 'proof of the release it was made of';

COMMENT ON COLUMN links.replica_position.url IS 'the register''s';

CREATE TABLE links.sealed_request (
    organisation TEXT NOT NULL,
    n BIGINT NOT NULL,
    month TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (organisation, n, month)
);

COMMENT ON TABLE links.sealed_request IS 'what the client signed; unreadable once the month''s key is destroyed';

COMMENT ON COLUMN links.sealed_request.organisation IS 'whose';

COMMENT ON COLUMN links.sealed_request.month IS 'data key, 2026-11';

COMMENT ON COLUMN links.sealed_request.sealed IS 'the signed request, encrypted';

CREATE TABLE links.sector (
    code TEXT NOT NULL,
    active_kids SMALLINT[] NOT NULL,
    PRIMARY KEY (code)
);

COMMENT ON TABLE links.sector IS 'a world of references of its own';

COMMENT ON COLUMN links.sector.code IS 'RN, ENT, VEH, PAT, or a sector that only holds dossiers';

COMMENT ON COLUMN links.sector.active_kids IS 'oldest first';

CREATE TABLE links.seen_token (
    digest BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (digest)
);

CREATE INDEX ix_links_seen_token_expires_at ON links.seen_token (expires_at);

COMMENT ON TABLE links.seen_token IS 'assertions and proofs that were used once';

COMMENT ON COLUMN links.seen_token.digest IS 'SHA-256 of client and jti';

CREATE TABLE links.ticket (
    organisation TEXT NOT NULL,
    n BIGINT NOT NULL,
    client TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    xid BIGINT NOT NULL,
    question JSONB NOT NULL,
    found INTEGER,
    PRIMARY KEY (organisation, n)
);

COMMENT ON TABLE links.ticket IS 'declared and not yet answered';

COMMENT ON COLUMN links.ticket.organisation IS 'whose';

COMMENT ON COLUMN links.ticket.n IS 'of the intent';

COMMENT ON COLUMN links.ticket.client IS 'that declared';

COMMENT ON COLUMN links.ticket.at IS 'when';

COMMENT ON COLUMN links.ticket.xid IS 'that must be committed';

COMMENT ON COLUMN links.ticket.question IS 'what may be answered, keyed';

COMMENT ON COLUMN links.ticket.found IS 'how many are about to be delivered';

CREATE TABLE links.tree_leaf (
    index BIGINT NOT NULL,
    organisation TEXT NOT NULL,
    n BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (index)
);

CREATE UNIQUE INDEX uq_tree_leaf ON links.tree_leaf (organisation, n);

COMMENT ON TABLE links.tree_leaf IS 'all records in the order in which checkpoints took them; outlives them';

COMMENT ON COLUMN links.tree_leaf.organisation IS 'of the record';

COMMENT ON COLUMN links.tree_leaf.hash IS 'leaf of the RFC 9162 tree: the record''s hash';

CREATE TABLE links.usage (
    deliberation TEXT NOT NULL,
    end_user TEXT NOT NULL,
    hour TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_hour INTEGER NOT NULL,
    day DATE NOT NULL,
    asked_day INTEGER NOT NULL,
    addresses_day INTEGER NOT NULL,
    missed_day INTEGER NOT NULL,
    PRIMARY KEY (deliberation, end_user)
);

CREATE INDEX ix_links_usage_day ON links.usage (day);

COMMENT ON TABLE links.usage IS 'what quotas count: the present hour and day';

COMMENT ON COLUMN links.usage.deliberation IS 'whose quotas';

COMMENT ON COLUMN links.usage.end_user IS 'on whose behalf; empty: all of the deliberation';

COMMENT ON COLUMN links.usage.hour IS 'that asked_hour counts';

COMMENT ON COLUMN links.usage.day IS 'in Brussels, of the others';

COMMENT ON COLUMN links.usage.addresses_day IS 'different ones';

COMMENT ON COLUMN links.usage.missed_day IS 'nothing was found';

CREATE TABLE links.client (
    id TEXT NOT NULL,
    organisation TEXT NOT NULL,
    status TEXT NOT NULL,
    keys JSONB NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(organisation) REFERENCES links.organisation (number)
);

COMMENT ON TABLE links.client IS 'a program of an organisation';

COMMENT ON COLUMN links.client.id IS 'OAuth client';

COMMENT ON COLUMN links.client.status IS 'active, suspended, revoked';

COMMENT ON COLUMN links.client.keys IS 'public JWKs, each with kid';

CREATE TABLE links.deliberation (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    basis_kind TEXT NOT NULL,
    basis_reference TEXT NOT NULL,
    document_sha256 TEXT NOT NULL,
    domain TEXT NOT NULL,
    purpose TEXT NOT NULL,
    purpose_text JSONB NOT NULL,
    direction TEXT NOT NULL,
    disclosure TEXT NOT NULL,
    sector TEXT NOT NULL,
    kinds TEXT[] NOT NULL,
    fields TEXT[] NOT NULL,
    territory TEXT[],
    history_days INTEGER NOT NULL,
    valid DATERANGE NOT NULL,
    requires_dossier BOOLEAN NOT NULL,
    max_per_answer INTEGER NOT NULL,
    quota_hour INTEGER NOT NULL,
    quota_day INTEGER NOT NULL,
    quota_addresses_day INTEGER NOT NULL,
    protected_ok BOOLEAN NOT NULL,
    citizen_visibility TEXT NOT NULL,
    defer_days INTEGER NOT NULL,
    combines TEXT[] NOT NULL,
    proposed_by TEXT NOT NULL,
    approved_by TEXT,
    signature_proposer BYTEA NOT NULL,
    signature_approver BYTEA,
    dpo_advice_sha256 TEXT,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE,
    active_from TIMESTAMP WITH TIME ZONE,
    state TEXT NOT NULL,
    PRIMARY KEY (id, version),
    CONSTRAINT four_eyes CHECK (approved_by <> proposed_by),
    CONSTRAINT answer_limit CHECK (max_per_answer between 1 and 100),
    FOREIGN KEY(organisation) REFERENCES links.organisation (number),
    FOREIGN KEY(sector) REFERENCES links.sector (code)
);

COMMENT ON TABLE links.deliberation IS 'a right as data: who may ask what, why, where, until when; never overwritten';

COMMENT ON COLUMN links.deliberation.id IS 'such as CSI/2026/014';

COMMENT ON COLUMN links.deliberation.basis_kind IS 'protocol, csi_deliberation, ministerial_authorisation, law';

COMMENT ON COLUMN links.deliberation.basis_reference IS 'the legal text';

COMMENT ON COLUMN links.deliberation.document_sha256 IS 'of the published decision, hexadecimal';

COMMENT ON COLUMN links.deliberation.domain IS 'tax, health, social, justice, mobility, municipal, ...';

COMMENT ON COLUMN links.deliberation.purpose IS 'code that each request repeats';

COMMENT ON COLUMN links.deliberation.purpose_text IS 'nl, fr, de';

COMMENT ON COLUMN links.deliberation.direction IS 'address_to_subject, subject_to_address';

COMMENT ON COLUMN links.deliberation.disclosure IS 'verify, reference, pairwise, address';

COMMENT ON COLUMN links.deliberation.fields IS 'of capacity, valid';

COMMENT ON COLUMN links.deliberation.territory IS 'NIS codes; null: the whole country';

COMMENT ON COLUMN links.deliberation.history_days IS 'how far back may be asked';

COMMENT ON COLUMN links.deliberation.valid IS 'days in Brussels, half-open';

COMMENT ON COLUMN links.deliberation.protected_ok IS 'may see protected persons';

COMMENT ON COLUMN links.deliberation.citizen_visibility IS 'immediate, deferred, exempt';

COMMENT ON COLUMN links.deliberation.combines IS 'deliberations named';

COMMENT ON COLUMN links.deliberation.proposed_by IS 'officer';

COMMENT ON COLUMN links.deliberation.approved_by IS 'officer';

COMMENT ON COLUMN links.deliberation.signature_proposer IS 'Ed25519';

COMMENT ON COLUMN links.deliberation.signature_approver IS 'Ed25519';

COMMENT ON COLUMN links.deliberation.dpo_advice_sha256 IS 'of the advice annexed';

COMMENT ON COLUMN links.deliberation.proposed_at IS 'when';

COMMENT ON COLUMN links.deliberation.approved_at IS 'when';

COMMENT ON COLUMN links.deliberation.active_from IS 'end of the standstill';

COMMENT ON COLUMN links.deliberation.state IS 'proposed, approved, suspended, withdrawn, superseded';

CREATE TABLE links.kind (
    code TEXT NOT NULL,
    sector TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    source TEXT NOT NULL,
    natural_person BOOLEAN NOT NULL,
    retention_days INTEGER NOT NULL,
    purposes TEXT[] DEFAULT '{}' NOT NULL,
    PRIMARY KEY (code),
    FOREIGN KEY(sector) REFERENCES links.sector (code)
);

COMMENT ON TABLE links.kind IS 'a kind of link; written from links/domain/kinds.toml';

COMMENT ON COLUMN links.kind.code IS 'residence, household, ...';

COMMENT ON COLUMN links.kind.subject_type IS 'person, enterprise, establishment, vehicle';

COMMENT ON COLUMN links.kind.source IS 'enterprise number of the authentic source';

COMMENT ON COLUMN links.kind.natural_person IS 'needs four eyes of two';

COMMENT ON COLUMN links.kind.retention_days IS 'kept after its end';

COMMENT ON COLUMN links.kind.purposes IS 'domains that may ask at all';

CREATE TABLE links.officer (
    id TEXT NOT NULL,
    organisation TEXT NOT NULL,
    person_ref BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(organisation) REFERENCES links.organisation (number)
);

COMMENT ON TABLE links.officer IS 'who proposes and approves deliberations';

COMMENT ON COLUMN links.officer.id IS 'account';

COMMENT ON COLUMN links.officer.person_ref IS 'the human behind it, keyed: two accounts are still one person';

COMMENT ON COLUMN links.officer.public_key IS 'Ed25519, 32 bytes';

COMMENT ON COLUMN links.officer.status IS 'active, retired, suspended';

CREATE TABLE links.delivery (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    counts JSONB NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(kind) REFERENCES links.kind (code)
);

COMMENT ON TABLE links.delivery IS 'a sector''s file of links';

COMMENT ON COLUMN links.delivery.digest IS 'of the file, keyed, hexadecimal: a file of one row could be guessed';

COMMENT ON COLUMN links.delivery.at IS 'when';

COMMENT ON COLUMN links.delivery.counts IS 'read, loaded, ended, class A to D';

CREATE TABLE links.work_item (
    delivery BIGINT NOT NULL,
    row INTEGER NOT NULL,
    class TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (delivery, row),
    FOREIGN KEY(delivery) REFERENCES links.delivery (id)
);

COMMENT ON TABLE links.work_item IS 'a row whose address was not found: for its owner to correct';

COMMENT ON COLUMN links.work_item.row IS 'line of the owner''s file';

COMMENT ON COLUMN links.work_item.class IS 'A municipality, B street, C house number, D box';

COMMENT ON COLUMN links.work_item.sealed IS 'the row, for the owner';
