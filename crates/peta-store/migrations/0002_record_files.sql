-- The record has moved into files (`record/`); its rows were written to them before this ran.

DROP TABLE endings;
DROP TABLE events;
DROP TABLE boots;

-- Intents of acts, written with the change that each made: how an act ended can be seen here if Core was cut off before
-- that was on record. The next start empties it.
CREATE TABLE acts (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    event INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (tenant, event)
) STRICT, WITHOUT ROWID;
