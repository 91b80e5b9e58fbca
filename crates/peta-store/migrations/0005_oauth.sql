-- Credentials that are granted by OAuth, and what must be kept while a person connects. All that is secret is sealed.

-- How a credential comes by its secret, and of one that is granted what was asked for and what was granted, without tokens.
ALTER TABLE credentials ADD COLUMN sort TEXT NOT NULL DEFAULT 'static';
ALTER TABLE credentials ADD COLUMN oauth TEXT;

-- Sealed things that no call needs: `client` by the hash of its issuer, `given` by credential, `pending` by the hash of
-- its state. `owner` finds those of a credential.
CREATE TABLE sealed_things (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    sort TEXT NOT NULL,
    key BLOB NOT NULL CHECK (length(key) = 32),
    object BLOB NOT NULL CHECK (length(object) = 16),
    owner BLOB,
    sealed BLOB NOT NULL,
    until INTEGER,
    PRIMARY KEY (tenant, sort, key)
) STRICT;

-- One-time links to connect with; the link itself is kept as a hash alone.
CREATE TABLE links (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    credential BLOB NOT NULL CHECK (length(credential) = 16),
    person TEXT,
    administrator TEXT,
    scopes TEXT,
    made INTEGER NOT NULL,
    until INTEGER NOT NULL,
    stage TEXT NOT NULL,
    code TEXT,
    told TEXT,
    PRIMARY KEY (tenant, hash)
) STRICT;

CREATE INDEX links_by_credential ON links (tenant, credential, made);
