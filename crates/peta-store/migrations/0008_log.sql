-- The keys that sign what the record's tree says, each sealed, with the sizes of the tree that it signs; the newest of a log
-- has no last size yet.
CREATE TABLE log_keys (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    log TEXT NOT NULL,
    object BLOB NOT NULL CHECK (length(object) = 16),
    verifier TEXT NOT NULL,
    sealed BLOB NOT NULL,
    from_size INTEGER NOT NULL,
    to_size INTEGER,
    made INTEGER NOT NULL,
    PRIMARY KEY (tenant, log, object)
) STRICT;

-- What must be kept, whatever retention and erasure say: one person's part, or (no person) everything.
CREATE TABLE holds (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    name TEXT NOT NULL,
    person TEXT,
    reason TEXT NOT NULL,
    added INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;

-- Who keeps checkpoints beside us: where, by which key it cosigns, and the newest that it has.
CREATE TABLE witnesses (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    name TEXT NOT NULL,
    place TEXT NOT NULL,
    verifier TEXT,
    added INTEGER NOT NULL,
    log TEXT,
    size INTEGER,
    note TEXT,
    at INTEGER,
    PRIMARY KEY (tenant, name)
) STRICT;
