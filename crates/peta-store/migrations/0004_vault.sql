-- The vault: keys that only their root opens, and credentials sealed under them. No plaintext is ever here.

-- How often an agent sent a secret that it was never given; three times, and it is suspended.
ALTER TABLE agents ADD COLUMN guesses INTEGER NOT NULL DEFAULT 0;

-- How the root is found again: its kind, what its kind needs (of a passphrase the salt and rounds), and wrong attempts.
CREATE TABLE roots (
    tenant BLOB NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    kind TEXT NOT NULL,
    derivation BLOB,
    wrong INTEGER NOT NULL DEFAULT 0,
    tried INTEGER,
    made INTEGER NOT NULL
) STRICT;

CREATE TABLE keks (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    made INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    root_check BLOB NOT NULL CHECK (length(root_check) = 32),
    wrapped BLOB NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE credentials (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    server BLOB NOT NULL,
    owner TEXT NOT NULL,
    delivery TEXT NOT NULL,
    scope TEXT,
    origin TEXT NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL,
    added INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    used INTEGER,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name),
    FOREIGN KEY (tenant, server) REFERENCES servers (tenant, id)
) STRICT;

CREATE INDEX credentials_by_server ON credentials (tenant, server);

-- Each version that a server may have been handed: the sealed secret of the current one, and the sealed fingerprints by
-- which it is found in what the server says, of retired ones for a day longer.
CREATE TABLE secrets (
    tenant BLOB NOT NULL,
    credential BLOB NOT NULL,
    version INTEGER NOT NULL,
    server BLOB NOT NULL,
    sealed BLOB,
    prints BLOB NOT NULL,
    made INTEGER NOT NULL,
    retired INTEGER,
    PRIMARY KEY (tenant, credential, version)
) STRICT;

CREATE INDEX secrets_by_server ON secrets (tenant, server, retired);
CREATE INDEX secrets_retired ON secrets (tenant, retired) WHERE retired IS NOT NULL;
