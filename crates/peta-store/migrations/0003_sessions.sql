-- Sessions of agents, so that they survive a restart of Core. An id of a session is a route and no credential, but it is
-- not for everybody who reads a backup either: only its hash is here.

CREATE TABLE sessions (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    agent BLOB NOT NULL,
    server TEXT,
    version TEXT NOT NULL,
    hello TEXT NOT NULL,
    level TEXT,
    subscriptions TEXT NOT NULL,
    seen TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (tenant, hash),
    FOREIGN KEY (tenant, agent) REFERENCES agents (tenant, id)
) STRICT;

CREATE INDEX sessions_by_agent ON sessions (tenant, agent, used);
CREATE INDEX sessions_by_use ON sessions (tenant, used);
