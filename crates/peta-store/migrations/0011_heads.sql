-- The newest checkpoint of the log `system`, and of each after it under its own name: a start holds the log against it.
CREATE TABLE heads (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    log TEXT NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, log)
) STRICT;
