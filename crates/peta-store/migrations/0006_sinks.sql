-- Where the record is sent, and how far each sink has read: the number of the last ended entry that it has acknowledged.
-- What a sink shows to prove itself is in `sealed_things`, under the sink's identifier.
CREATE TABLE sinks (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    spec TEXT NOT NULL,
    secret INTEGER NOT NULL,
    added INTEGER NOT NULL,
    read INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
) STRICT;
