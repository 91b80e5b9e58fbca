-- Where full files of the record are put, sealed. What it shows to prove itself is in `sealed_things` under its identifier,
-- as a sink's is.
CREATE TABLE archive (
    tenant BLOB NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    spec TEXT NOT NULL,
    secret INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT;

-- What was put there and confirmed. The key of each is in `sealed_things`, sort `archive`, under the key's identifier. Rows
-- stay when the archive is another one: without them nobody opens what lies there.
CREATE TABLE archived (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    name TEXT NOT NULL,
    archive BLOB NOT NULL CHECK (length(archive) = 16),
    key BLOB NOT NULL CHECK (length(key) = 16),
    log TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    since INTEGER,
    until INTEGER,
    bytes INTEGER NOT NULL,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;
