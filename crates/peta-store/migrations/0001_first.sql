-- The first schema. Times are microseconds since 1970, identifiers 16 random bytes; the tenant comes first in every key.

PRAGMA application_id = 1346720833;

CREATE TABLE installs (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    made INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
    tenant BLOB NOT NULL PRIMARY KEY CHECK (length(tenant) = 16),
    name TEXT NOT NULL UNIQUE,
    made INTEGER NOT NULL
) STRICT;

-- One row for each committed change, so that whoever follows can ask what came after a number.
CREATE TABLE feed (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    sequence INTEGER NOT NULL,
    what TEXT NOT NULL,
    PRIMARY KEY (tenant, sequence)
) STRICT;

CREATE TABLE servers (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    spec TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    added INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
) STRICT;

-- What a server said it offers, when it was last asked: its own words, untouched.
CREATE TABLE learnt (
    tenant BLOB NOT NULL,
    server BLOB NOT NULL,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (tenant, server),
    FOREIGN KEY (tenant, server) REFERENCES servers (tenant, id)
) STRICT;

CREATE TABLE pages (
    tenant BLOB NOT NULL,
    server BLOB NOT NULL,
    position INTEGER NOT NULL,
    list TEXT NOT NULL,
    cursor TEXT,
    answer TEXT NOT NULL,
    PRIMARY KEY (tenant, server, position),
    FOREIGN KEY (tenant, server) REFERENCES learnt (tenant, server)
) STRICT;

CREATE TABLE agents (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    user_name TEXT,
    group_names TEXT NOT NULL,
    created INTEGER NOT NULL,
    revoked INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT;

-- The name of a revoked agent can be given again; what it did stays told apart by its id.
CREATE UNIQUE INDEX agents_by_name ON agents (tenant, name) WHERE revoked IS NULL;

CREATE TABLE grants (
    tenant BLOB NOT NULL,
    agent BLOB NOT NULL,
    scope TEXT NOT NULL,
    server BLOB NOT NULL,
    added INTEGER NOT NULL,
    PRIMARY KEY (tenant, agent, scope),
    FOREIGN KEY (tenant, agent) REFERENCES agents (tenant, id),
    FOREIGN KEY (tenant, server) REFERENCES servers (tenant, id)
) STRICT;

CREATE INDEX grants_by_server ON grants (tenant, server);

-- Only hashes: the text of a token is never here.
CREATE TABLE tokens (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    agent BLOB,
    role TEXT,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER,
    used INTEGER,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, hash),
    FOREIGN KEY (tenant, agent) REFERENCES agents (tenant, id),
    CHECK ((agent IS NULL) <> (role IS NULL))
) STRICT;

CREATE INDEX tokens_by_agent ON tokens (tenant, agent);

-- One row for each run of Core. Everything below `settled` in the record has its ending.
CREATE TABLE boots (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    started INTEGER NOT NULL,
    ended INTEGER,
    settled INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- The record. Both tables are only appended to. Entries of both take their number from one sequence.
CREATE TABLE events (
    tenant BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    boot BLOB NOT NULL,
    id BLOB NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    agent TEXT,
    agent_id BLOB,
    user_name TEXT,
    token BLOB,
    role TEXT,
    door TEXT,
    session TEXT,
    server TEXT,
    capability TEXT,
    decision TEXT NOT NULL,
    reasons TEXT,
    request_bytes INTEGER NOT NULL,
    detail TEXT,
    PRIMARY KEY (tenant, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE endings (
    tenant BLOB NOT NULL,
    event INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT,
    duration_us INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    PRIMARY KEY (tenant, event),
    FOREIGN KEY (tenant, event) REFERENCES events (tenant, sequence)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX endings_in_order ON endings (tenant, sequence);
