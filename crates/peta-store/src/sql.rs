//! Every statement of the store but those of `carry_over.rs`. One test prepares them all on a migrated database. Numbered parameters, so that the texts work on other databases as they are.

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $text;)*
        #[cfg(test)]
        pub(crate) const ALL: &[&str] = &[$($name),*];
    };
}

statements! {
    // Opening.
    INSTALL = "SELECT id FROM installs";
    ADD_INSTALL = "INSERT INTO installs (id, made) VALUES ($1, $2)";
    TENANT = "SELECT tenant FROM tenants WHERE name = $1";
    ADD_TENANT = "INSERT INTO tenants (tenant, name, made) VALUES ($1, $2, $3)";
    SEQUENCE = "SELECT coalesce(max(sequence), 0) FROM feed WHERE tenant = $1";
    APPLICATION = "PRAGMA application_id";
    QUICK_CHECK = "PRAGMA quick_check(1)";
    CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)";

    BEGIN = "BEGIN IMMEDIATE";
    COMMIT = "COMMIT";
    ROLLBACK = "ROLLBACK";

    // Acts whose outcome may not be on record yet.
    ADD_ACT = "INSERT INTO acts (tenant, event, entry) VALUES ($1, $2, $3)";
    ACTS = "SELECT event, entry FROM acts WHERE tenant = $1 ORDER BY event";
    FORGET_ACTS = "DELETE FROM acts WHERE tenant = $1";

    // Loading the snapshot.
    SERVERS = "SELECT id, spec, disabled, added FROM servers WHERE tenant = $1";
    LEARNT = "SELECT server, revision, at, description FROM learnt WHERE tenant = $1";
    PAGES = "SELECT server, list, cursor, answer FROM pages WHERE tenant = $1 ORDER BY server, position";
    AGENTS = "SELECT id, name, user_name, group_names, created, revoked, guesses FROM agents WHERE tenant = $1";
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
    SET_GUESSES = "UPDATE agents SET guesses = $3 WHERE tenant = $1 AND id = $2";
    ADD_GRANT = "INSERT INTO grants (tenant, agent, scope, server, added) VALUES ($1, $2, $3, $4, $5)";
    REMOVE_GRANT = "DELETE FROM grants WHERE tenant = $1 AND agent = $2 AND scope = $3";
    ADD_TOKEN = "INSERT INTO tokens (tenant, id, hash, agent, role, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    END_TOKEN = "UPDATE tokens SET expires = $3, revoked = $4 WHERE tenant = $1 AND id = $2";
    USE_TOKEN = "UPDATE tokens SET used = $3 WHERE tenant = $1 AND id = $2";

    USE_CREDENTIAL = "UPDATE credentials SET used = $3 WHERE tenant = $1 AND id = $2";

    // Credentials.
    CREDENTIALS = "SELECT c.id, c.name, c.server, c.owner, c.delivery, c.scope, c.origin, c.held, c.version, c.added, \
        c.changed, c.changed_by, c.used, c.oauth, s.sealed FROM credentials AS c LEFT JOIN secrets AS s \
        ON s.tenant = c.tenant AND s.credential = c.id AND s.version = c.version \
        WHERE c.tenant = $1 AND c.id > $2 ORDER BY c.id LIMIT $3";
    ADD_CREDENTIAL = "INSERT INTO credentials \
        (tenant, id, name, server, owner, delivery, scope, origin, held, version, added, changed, changed_by, sort, oauth) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10, $11, CASE WHEN $12 IS NULL THEN 'static' ELSE 'oauth' END, $12)";
    SET_CREDENTIAL = "UPDATE credentials SET version = $3, origin = $4, held = $5, changed = $6, changed_by = $7, oauth = $8 \
        WHERE tenant = $1 AND id = $2";
    REMOVE_CREDENTIAL = "DELETE FROM credentials WHERE tenant = $1 AND id = $2";
    REMOVE_SERVER_CREDENTIALS = "DELETE FROM credentials WHERE tenant = $1 AND server = $2";
    REMOVE_SERVER_THINGS = "DELETE FROM sealed_things WHERE tenant = $1 AND owner IN \
        (SELECT id FROM credentials WHERE tenant = $1 AND server = $2)";
    REMOVE_SERVER_LINKS = "DELETE FROM links WHERE tenant = $1 AND credential IN \
        (SELECT id FROM credentials WHERE tenant = $1 AND server = $2)";
    REMOVE_SERVER_SECRETS = "DELETE FROM secrets WHERE tenant = $1 AND server = $2";
    ADD_SECRET = "INSERT INTO secrets (tenant, credential, version, server, sealed, prints, made) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    RETIRE_SECRETS = "UPDATE secrets SET sealed = NULL, retired = $3 \
        WHERE tenant = $1 AND credential = $2 AND retired IS NULL";
    FORGET_SECRETS = "DELETE FROM secrets WHERE tenant = $1 AND retired < $2";
    SECRETS_AFTER = "SELECT credential, version, sealed, prints FROM secrets WHERE tenant = $1 \
        AND (credential > $2 OR (credential = $2 AND version > $3)) ORDER BY credential, version LIMIT $4";
    SET_WRAPS = "UPDATE secrets SET sealed = CASE WHEN sealed IS NULL THEN NULL ELSE $4 END, prints = $5 WHERE tenant = $1 AND credential = $2 AND version = $3";
    PRINTS = "SELECT credential, version, prints FROM secrets WHERE tenant = $1 AND server = $2 \
        AND (retired IS NULL OR retired >= $3) ORDER BY credential, version";
    PRINTS_OF_VERSION = "SELECT prints FROM secrets WHERE tenant = $1 AND credential = $2 AND version = $3";

    SET_OAUTH = "UPDATE credentials SET oauth = $3 WHERE tenant = $1 AND id = $2";

    // What signs the record's tree, and who keeps what was signed.
    LOG_KEYS = "SELECT log, object, verifier, sealed, from_size, to_size, made, until FROM log_keys \
        WHERE tenant = $1 AND log = $2 ORDER BY made, from_size";
    RELIEVE_LOG_KEYS = "UPDATE log_keys SET until = $3 WHERE tenant = $1 AND log = $2 AND until IS NULL";
    END_LOG_KEYS = "UPDATE log_keys SET to_size = $3 WHERE tenant = $1 AND log = $2 AND to_size IS NULL AND until <= $4";
    ADD_LOG_KEY = "INSERT INTO log_keys (tenant, log, object, verifier, sealed, from_size, made) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    WITNESSES = "SELECT name, place, verifier, added, log, size, note, at, ca, code, why, since, apart_log, apart_size, \
        apart_root FROM witnesses WHERE tenant = $1 ORDER BY name";
    ADD_WITNESS = "INSERT INTO witnesses (tenant, name, place, verifier, added, ca) VALUES ($1, $2, $3, $4, $5, $6)";
    NOTE_WITNESS_TROUBLE = "UPDATE witnesses SET code = $4, why = $5, since = $6 WHERE tenant = $1 AND name = $2 \
        AND added = $3";
    NOTE_WITNESS_APART = "UPDATE witnesses SET code = $4, why = $5, since = $6, apart_log = $7, apart_size = $8, \
        apart_root = $9 WHERE tenant = $1 AND name = $2 AND added = $3";
    REMOVE_WITNESS = "DELETE FROM witnesses WHERE tenant = $1 AND name = $2";
    FOREIGN_LOGS = "SELECT l.name, l.log, l.verifier, l.added, h.size, h.note, h.at FROM foreign_logs AS l \
        LEFT JOIN foreign_heads AS h ON h.tenant = l.tenant AND h.log = l.log WHERE l.tenant = $1 ORDER BY l.name";
    ADD_FOREIGN_LOG = "INSERT INTO foreign_logs (tenant, name, log, verifier, added) VALUES ($1, $2, $3, $4, $5)";
    REMOVE_FOREIGN_LOG = "DELETE FROM foreign_logs WHERE tenant = $1 AND name = $2";
    KEEP_FOREIGN_HEAD = "INSERT INTO foreign_heads (tenant, log, size, note, at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (tenant, log) DO UPDATE SET size = excluded.size, note = excluded.note, at = excluded.at";
    HEADS = "SELECT log, note FROM heads WHERE tenant = $1 ORDER BY log";
    KEEP_HEAD = "INSERT INTO heads (tenant, log, size, note, at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (tenant, log) DO UPDATE SET size = excluded.size, note = excluded.note, at = excluded.at";
    HOLDS = "SELECT name, person, reason, added FROM holds WHERE tenant = $1 ORDER BY name";
    ADD_HOLD = "INSERT INTO holds (tenant, name, person, reason, added) VALUES ($1, $2, $3, $4, $5)";
    REMOVE_HOLD = "DELETE FROM holds WHERE tenant = $1 AND name = $2";
    HOLDS_ON = "SELECT name FROM holds WHERE tenant = $1 AND (person IS NULL OR person = $2) ORDER BY name";
    FORGET_PERSON = "UPDATE agents SET user_name = NULL, name = $3 WHERE tenant = $1 AND id = $2";
    FORGET_LINKS_OF = "DELETE FROM links WHERE tenant = $1 AND person = $2";
    NOTE_WITNESSED = "UPDATE witnesses SET log = $4, size = $5, note = $6, at = $7, code = NULL, why = NULL, since = NULL, \
        apart_log = NULL, apart_size = NULL, apart_root = NULL WHERE tenant = $1 AND name = $2 AND added = $3";
    // Sinks.
    SINKS = "SELECT id, name, spec, secret, added FROM sinks WHERE tenant = $1";
    ADD_SINK = "INSERT INTO sinks (tenant, id, name, spec, secret, added, read) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    REMOVE_SINK = "DELETE FROM sinks WHERE tenant = $1 AND id = $2";
    SINK_READ = "SELECT read FROM sinks WHERE tenant = $1 AND id = $2";
    SET_SINK_READ = "UPDATE sinks SET read = $3 WHERE tenant = $1 AND id = $2";
    REMOVE_SINK_SECRET = "DELETE FROM sealed_things WHERE tenant = $1 AND sort = 'sink' AND key = $2";
    // The archive.
    ARCHIVE = "SELECT id, spec, secret, changed FROM archive WHERE tenant = $1";
    SET_ARCHIVE = "INSERT INTO archive (tenant, id, spec, secret, changed) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (tenant) DO UPDATE SET id = excluded.id, spec = excluded.spec, secret = excluded.secret, \
        changed = excluded.changed";
    REMOVE_ARCHIVE = "DELETE FROM archive WHERE tenant = $1";
    ARCHIVED = "SELECT name, archive, key, log, first, last, since, until, bytes, digest, at FROM archived \
        WHERE tenant = $1 ORDER BY first, at";
    ADD_ARCHIVED = "INSERT INTO archived (tenant, name, archive, key, log, first, last, since, until, bytes, digest, at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    // Connections to authorization servers.
    KEEP_THING = "INSERT INTO sealed_things (tenant, sort, key, object, owner, sealed, until) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, sort, key) DO UPDATE SET \
        object = excluded.object, owner = excluded.owner, sealed = excluded.sealed, until = excluded.until";
    THING = "SELECT sort, key, object, owner, sealed, until FROM sealed_things \
        WHERE tenant = $1 AND sort = $2 AND key = $3";
    TAKE_THING = "DELETE FROM sealed_things WHERE tenant = $1 AND sort = $2 AND key = $3 \
        RETURNING sort, key, object, owner, sealed, until";
    THINGS = "SELECT sort, key, object, owner, sealed, until FROM sealed_things WHERE tenant = $1";
    REWRAP_THING = "UPDATE sealed_things SET sealed = $4 WHERE tenant = $1 AND sort = $2 AND key = $3 AND sealed = $5";
    FORGET_THINGS = "DELETE FROM sealed_things WHERE tenant = $1 AND until < $2";
    REMOVE_THINGS = "DELETE FROM sealed_things WHERE tenant = $1 AND owner = $2";
    REMOVE_LINKS = "DELETE FROM links WHERE tenant = $1 AND credential = $2";
    ADD_LINK = "INSERT INTO links (tenant, hash, credential, person, administrator, scopes, made, until, stage) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CROWDED_LINKS = "DELETE FROM links WHERE tenant = $1 AND hash IN (SELECT hash FROM links WHERE tenant = $1 \
        AND credential = $2 AND person IS $3 AND stage = 'waiting' ORDER BY made DESC LIMIT -1 OFFSET $4)";
    LINK = "SELECT hash, credential, person, administrator, scopes, made, until, stage, code, told FROM links \
        WHERE tenant = $1 AND hash = $2";
    OPEN_LINK = "UPDATE links SET stage = 'opened' WHERE tenant = $1 AND hash = $2 AND stage = 'waiting' AND until > $3 \
        RETURNING hash, credential, person, administrator, scopes, made, until, stage, code, told";
    END_LINK = "UPDATE links SET stage = $3, code = $4, told = $5 WHERE tenant = $1 AND hash = $2";
    NEWEST_LINK = "SELECT hash, credential, person, administrator, scopes, made, until, stage, code, told FROM links \
        WHERE tenant = $1 AND credential = $2 AND administrator IS NOT NULL ORDER BY made DESC LIMIT 1";
    FORGET_LINKS = "DELETE FROM links WHERE tenant = $1 AND until < $2";

    // The vault's keys.
    ROOT = "SELECT kind, derivation, wrong, tried, made FROM roots WHERE tenant = $1";
    SAVE_ROOT = "INSERT INTO roots (tenant, kind, derivation, wrong, tried, made) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (tenant) DO UPDATE SET kind = excluded.kind, derivation = excluded.derivation, \
        wrong = excluded.wrong, tried = excluded.tried, made = excluded.made";
    SAVE_ATTEMPTS = "UPDATE roots SET wrong = $2, tried = $3 WHERE tenant = $1";
    KEKS = "SELECT id, purpose, state, made, reserved, root_check, wrapped FROM keks WHERE tenant = $1 ORDER BY made, id";
    SAVE_KEK = "INSERT INTO keks (tenant, id, purpose, state, made, reserved, root_check, wrapped) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, \
        root_check = excluded.root_check, wrapped = excluded.wrapped";
    RESERVE_WRAPS = "UPDATE keks SET reserved = $4 WHERE tenant = $1 AND id = $2 AND reserved = $3";
    /// The name of the key stands in bytes 9 to 24 of each envelope.
    NAMED_BY = "SELECT (SELECT count(*) FROM secrets WHERE tenant = $1 \
        AND (substr(sealed, 9, 16) = $2 OR substr(prints, 9, 16) = $2)) \
        + (SELECT count(*) FROM sealed_things WHERE tenant = $1 AND substr(sealed, 9, 16) = $2)";
    DROP_KEK = "DELETE FROM keks WHERE tenant = $1 AND id = $2";

    // The keys of persons' parts of the record.
    RESERVE_SEALS = "UPDATE subjects SET seals = seals + $4 WHERE tenant = $1 AND id = (SELECT id FROM subjects \
        WHERE tenant = $1 AND kind = $2 AND name = $3 AND seals <= $5 - $4 ORDER BY made DESC, id LIMIT 1) \
        RETURNING id, sealed";
    ADD_SUBJECT = "INSERT INTO subjects (tenant, id, kind, name, sealed, seals, made) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    SUBJECT = "SELECT id, sealed FROM subjects WHERE tenant = $1 AND id = $2";
    SUBJECTS_OF = "SELECT id, sealed FROM subjects WHERE tenant = $1 AND kind = $2 AND name = $3 ORDER BY made DESC, id";
    SUBJECTS_AFTER = "SELECT id, sealed FROM subjects WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
    REMOVE_SUBJECTS_UNDER = "DELETE FROM subjects WHERE tenant = $1 AND substr(sealed, 9, 16) = $2 RETURNING id";
    REWRAP_SUBJECT = "UPDATE subjects SET sealed = $3 WHERE tenant = $1 AND id = $2 AND sealed = $4";
    REMOVE_SUBJECT = "DELETE FROM subjects WHERE tenant = $1 AND id = $2 RETURNING kind, name";
    PERSONS = "SELECT name, id, made FROM subjects WHERE tenant = $1 AND kind = $2 ORDER BY name, made";
    PAYLOAD_KEKS = "SELECT DISTINCT substr(sealed, 9, 16) FROM subjects WHERE tenant = $1";

    // Sessions of agents.
    SAVE_SESSION = "INSERT INTO sessions \
        (tenant, hash, agent, server, version, hello, level, subscriptions, seen, used) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, hash) DO UPDATE SET \
        level = excluded.level, subscriptions = excluded.subscriptions, seen = excluded.seen, used = excluded.used";
    END_SESSION = "DELETE FROM sessions WHERE tenant = $1 AND hash = $2";
    SESSION = "SELECT agent, server, version, hello, level, subscriptions, seen, used FROM sessions \
        WHERE tenant = $1 AND hash = $2 AND used >= $3";
    FORGET_SESSIONS = "DELETE FROM sessions WHERE tenant = $1 AND (used < $2 \
        OR agent IN (SELECT id FROM agents WHERE tenant = $1 AND revoked IS NOT NULL) \
        OR hash IN (SELECT hash FROM (SELECT hash, row_number() OVER (PARTITION BY agent ORDER BY used DESC) AS place \
        FROM sessions WHERE tenant = $1) AS placed WHERE place > $3))";
}
