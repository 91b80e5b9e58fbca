-- The keys of persons' parts of the record, sealed under keys that stand in no table. Who is erased has no row here any more.

CREATE TABLE subjects (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- `person`, `agent` or `house`; a person's name, or an agent's identifier.
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    -- How often it may have sealed: counted in blocks. A key that did so as often as it may gets a successor.
    seals INTEGER NOT NULL DEFAULT 0,
    made INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX subjects_by_name ON subjects (tenant, kind, name);
