-- Witnesses by URL: whose certificates are trusted, why one does not cosign, and what it has that this record has not: so
-- many entries, or another root than ours over so many.
ALTER TABLE witnesses ADD COLUMN ca TEXT;
ALTER TABLE witnesses ADD COLUMN code TEXT;
ALTER TABLE witnesses ADD COLUMN why TEXT;
ALTER TABLE witnesses ADD COLUMN since INTEGER;
ALTER TABLE witnesses ADD COLUMN apart_log TEXT;
ALTER TABLE witnesses ADD COLUMN apart_size INTEGER;
ALTER TABLE witnesses ADD COLUMN apart_root TEXT;

-- Another key took its place: until then it signs beside it.
ALTER TABLE log_keys ADD COLUMN until INTEGER;

-- Logs of others that are cosigned here, by each key that they sign with.
CREATE TABLE foreign_logs (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    name TEXT NOT NULL,
    log TEXT NOT NULL,
    verifier TEXT NOT NULL,
    added INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;

-- What was cosigned of each last. A row stays when the log is removed, so that it cannot begin anew under its name.
CREATE TABLE foreign_heads (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    log TEXT NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, log)
) STRICT;
