-- Every row belongs to a connection and every query names one. Times are microseconds since 1970 in UTC. Columns called
-- record, skips, judgement and cause hold versioned JSON frames; the columns beside them repeat what queries look for.

CREATE TABLE leases (
    connection TEXT NOT NULL PRIMARY KEY,
    fence INTEGER NOT NULL,
    holder TEXT NOT NULL,
    until_us INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE watermarks (
    connection TEXT NOT NULL PRIMARY KEY,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reports (
    connection TEXT NOT NULL,
    id TEXT NOT NULL,
    content TEXT NOT NULL,
    status TEXT NOT NULL,
    status_record TEXT NOT NULL,
    skips TEXT NOT NULL,
    judgement TEXT,
    requested INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    reimbursement_told INTEGER NOT NULL,
    first_seen_us INTEGER NOT NULL,
    seen_us INTEGER NOT NULL,
    PRIMARY KEY (connection, id)
) STRICT;

CREATE INDEX reports_by_status ON reports (connection, status, acknowledged, reimbursement_told, id);
CREATE INDEX reports_by_whole_status ON reports (connection, status_record);

-- Apart from what is decided about a report: that changes often and is small, this seldom and is large.
CREATE TABLE report_contents (
    connection TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (connection, id),
    FOREIGN KEY (connection, id) REFERENCES reports (connection, id)
) STRICT;

CREATE TABLE entries (
    connection TEXT NOT NULL,
    key TEXT NOT NULL,
    report TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (connection, key)
) STRICT;

CREATE INDEX entries_by_state ON entries (connection, state, key);
CREATE INDEX entries_by_report ON entries (connection, report, key);
CREATE INDEX entries_by_kind ON entries (connection, kind, state);

-- Which entry holds an expense; cancelled entries hold none.
CREATE TABLE expense_owners (
    connection TEXT NOT NULL,
    expense TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (connection, expense, key),
    FOREIGN KEY (connection, key) REFERENCES entries (connection, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX expense_owners_by_key ON expense_owners (connection, key);

-- What causes hold up. A slot (origin, subject) is emptied and filled as one.
CREATE TABLE blocks (
    connection TEXT NOT NULL,
    origin TEXT NOT NULL,
    subject TEXT NOT NULL,
    cause_key TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (connection, origin, subject, cause_key)
) STRICT;

CREATE INDEX blocks_by_cause ON blocks (connection, cause_key);

CREATE TABLE review_items (
    connection TEXT NOT NULL,
    number INTEGER NOT NULL,
    cause_key TEXT NOT NULL,
    cause TEXT NOT NULL,
    status TEXT NOT NULL,
    opened_us INTEGER NOT NULL,
    changed_us INTEGER NOT NULL,
    PRIMARY KEY (connection, number),
    UNIQUE (connection, cause_key)
) STRICT;

CREATE TABLE audit (
    connection TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (connection, seq)
) STRICT;

-- The hash chain finds what gets past these; they stop what is done by mistake.
CREATE TRIGGER audit_is_never_updated BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

-- Sealed by the vault; nothing in them can be read here. A forgotten credential keeps its row and version.
CREATE TABLE credentials (
    connection TEXT NOT NULL,
    provider TEXT NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB,
    PRIMARY KEY (connection, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_keys (
    connection TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
