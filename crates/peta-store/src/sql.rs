//! Every statement of the store that is not built from a number of rows. One test prepares them all on a migrated
//! database. Numbered parameters, so that the texts work on other databases as they are.

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $text;)*
        #[cfg(test)]
        pub(crate) const ALL: &[&str] = &[$($name),*];
    };
}

macro_rules! event_columns {
    () => {
        "e.id, e.sequence, e.time, e.kind, e.agent, e.agent_id, e.user_name, e.token, e.role, e.door, e.session, \
         e.server, e.capability, e.decision, e.reasons, e.request_bytes, e.detail, \
         d.sequence, d.outcome, d.code, d.duration_us, d.response_bytes "
    };
}

// $1 tenant; $2 and $3 the ends of the range, exclusive and inclusive; $4 limit; the rest filters, null for any.
macro_rules! event_filters {
    () => {
        "AND ($5 IS NULL OR e.agent = $5) AND ($6 IS NULL OR e.server = $6) AND ($7 IS NULL OR e.capability = $7) \
         AND ($8 IS NULL OR e.kind = $8) AND ($9 IS NULL OR e.decision = $9) AND ($10 IS NULL OR d.outcome = $10) \
         AND ($11 IS NULL OR e.time >= $11) AND ($12 IS NULL OR e.time < $12) "
    };
}

macro_rules! event_joined {
    () => {
        "FROM events e LEFT JOIN endings d ON d.tenant = e.tenant AND d.event = e.sequence \
         WHERE e.tenant = $1 AND e.sequence > $2 AND e.sequence <= $3 "
    };
}

statements! {
    // Opening.
    INSTALL = "SELECT id FROM installs";
    ADD_INSTALL = "INSERT INTO installs (id, made) VALUES ($1, $2)";
    TENANT = "SELECT tenant FROM tenants WHERE name = $1";
    ADD_TENANT = "INSERT INTO tenants (tenant, name, made) VALUES ($1, $2, $3)";
    LAST_ENTRY = "SELECT max((SELECT coalesce(max(sequence), 0) FROM events WHERE tenant = $1), \
        (SELECT coalesce(max(sequence), 0) FROM endings WHERE tenant = $1))";
    SEQUENCE = "SELECT coalesce(max(sequence), 0) FROM feed WHERE tenant = $1";
    APPLICATION = "PRAGMA application_id";
    QUICK_CHECK = "PRAGMA quick_check(1)";
    CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)";

    BEGIN = "BEGIN IMMEDIATE";
    COMMIT = "COMMIT";
    ROLLBACK = "ROLLBACK";

    // Boots, and what earlier ones left open.
    SETTLED = "SELECT coalesce(max(settled), 0) FROM boots WHERE tenant = $1";
    LAST_SIGN = "SELECT max(e.time + coalesce(d.duration_us, 0)) FROM events e \
        LEFT JOIN endings d ON d.tenant = e.tenant AND d.event = e.sequence WHERE e.tenant = $1 AND e.sequence >= $2";
    CLOSE_OPEN = "INSERT INTO endings (tenant, event, sequence, outcome, code, duration_us, response_bytes) \
        SELECT e.tenant, e.sequence, $3 + row_number() OVER (ORDER BY e.sequence), $4, $5, max($6 - e.time, 0), 0 \
        FROM events e LEFT JOIN endings d ON d.tenant = e.tenant AND d.event = e.sequence \
        WHERE e.tenant = $1 AND e.sequence >= $2 AND d.event IS NULL";
    END_BOOTS = "UPDATE boots SET ended = $2 WHERE tenant = $1 AND ended IS NULL";
    ADD_BOOT = "INSERT INTO boots (tenant, id, started, settled) VALUES ($1, $2, $3, $4)";
    SETTLE = "UPDATE boots SET settled = $1 WHERE tenant = $2 AND id = $3";
    END_BOOT = "UPDATE boots SET ended = $3, settled = $4 WHERE tenant = $1 AND id = $2";

    // Loading the snapshot.
    SERVERS = "SELECT id, spec, disabled, added FROM servers WHERE tenant = $1";
    LEARNT = "SELECT server, revision, at, description FROM learnt WHERE tenant = $1";
    PAGES = "SELECT server, list, cursor, answer FROM pages WHERE tenant = $1 ORDER BY server, position";
    AGENTS = "SELECT id, name, user_name, group_names, created, revoked FROM agents WHERE tenant = $1";
    GRANTS = "SELECT agent, scope FROM grants WHERE tenant = $1 ORDER BY agent, scope";
    TOKENS = "SELECT id, hash, agent, role, created, expires, revoked, used FROM tokens WHERE tenant = $1 \
        ORDER BY created, id";

    // Changes.
    FEED = "INSERT INTO feed (tenant, sequence, what) VALUES ($1, $2, $3)";
    ADD_SERVER = "INSERT INTO servers (tenant, id, name, spec, disabled, added) VALUES ($1, $2, $3, $4, 0, $5)";
    SET_SERVER = "UPDATE servers SET spec = $3 WHERE tenant = $1 AND id = $2";
    SET_DISABLED = "UPDATE servers SET disabled = $3 WHERE tenant = $1 AND id = $2";
    REMOVE_SERVER = "DELETE FROM servers WHERE tenant = $1 AND id = $2";
    REMOVE_SERVER_GRANTS = "DELETE FROM grants WHERE tenant = $1 AND server = $2";
    REMOVE_LEARNT = "DELETE FROM learnt WHERE tenant = $1 AND server = $2";
    REMOVE_PAGES = "DELETE FROM pages WHERE tenant = $1 AND server = $2";
    ADD_LEARNT = "INSERT INTO learnt (tenant, server, revision, at, description) VALUES ($1, $2, $3, $4, $5)";
    ADD_PAGE = "INSERT INTO pages (tenant, server, position, list, cursor, answer) VALUES ($1, $2, $3, $4, $5, $6)";
    ADD_AGENT = "INSERT INTO agents (tenant, id, name, user_name, group_names, created) VALUES ($1, $2, $3, $4, $5, $6)";
    REVOKE_AGENT = "UPDATE agents SET revoked = $3 WHERE tenant = $1 AND id = $2";
    ADD_GRANT = "INSERT INTO grants (tenant, agent, scope, server, added) VALUES ($1, $2, $3, $4, $5)";
    REMOVE_GRANT = "DELETE FROM grants WHERE tenant = $1 AND agent = $2 AND scope = $3";
    ADD_TOKEN = "INSERT INTO tokens (tenant, id, hash, agent, role, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    END_TOKEN = "UPDATE tokens SET expires = $3, revoked = $4 WHERE tenant = $1 AND id = $2";
    USE_TOKEN = "UPDATE tokens SET used = $3 WHERE tenant = $1 AND id = $2";

    // Reading the record.
    EVENTS_NEWEST = concat!(
        "SELECT ", event_columns!(), event_joined!(), event_filters!(), "ORDER BY e.sequence DESC LIMIT $4"
    );
    EVENTS_AFTER = concat!(
        "SELECT ", event_columns!(), event_joined!(), event_filters!(), "ORDER BY e.sequence LIMIT $4"
    );
    EVENTS_ENDED = concat!(
        "SELECT ", event_columns!(),
        "FROM endings d JOIN events e ON e.tenant = d.tenant AND e.sequence = d.event \
         WHERE d.tenant = $1 AND d.sequence > $2 AND d.sequence <= $3 ",
        event_filters!(), "ORDER BY d.sequence LIMIT $4"
    );
}
