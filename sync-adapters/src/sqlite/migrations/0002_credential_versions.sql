-- The version of each credential that was written last, beside its row: a row that is put back or removed no longer agrees.
CREATE TABLE credential_versions (
    connection TEXT NOT NULL,
    provider TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (connection, provider)
) STRICT, WITHOUT ROWID;

INSERT INTO credential_versions (connection, provider, version)
SELECT connection, provider, version FROM credentials;

CREATE TRIGGER credential_versions_never_shrink BEFORE UPDATE ON credential_versions WHEN NEW.version < OLD.version
BEGIN
    SELECT RAISE(ABORT, 'versions of credentials only grow');
END;

CREATE TRIGGER credential_versions_are_never_deleted BEFORE DELETE ON credential_versions
BEGIN
    SELECT RAISE(ABORT, 'versions of credentials are never forgotten');
END;
