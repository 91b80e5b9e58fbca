//! Every operation of the admin API, one type each. What is not in this table does not exist: handlers are
//! registered for these types, the OpenAPI document is written from them, and clients call by them.

use crate::{
    agent::{Agent, NewAgent, Rotation, TokenGiven},
    archive::{Archive, ArchivedFile, NewArchive, RecordFile},
    audit::{
        Entries, EntriesQuery, Erase, Erasure, EventPlaces, Expire, Expired, ForeignLog, Hold, LogHead, LogKeyRotated,
        LogQuery, NewForeignLog, NewHold, NewWitness, Tile, TileQuery, Witness,
    },
    connection::Connection,
    credential::{Credential, CredentialStored, NewCredential, NewSecret},
    event::{Event, EventQuery},
    grant::{GrantEntry, GrantQuery},
    list::List,
    oauth::{CredentialRemoved, NewOAuthCredential},
    payload::{EventPayloads, PayloadSearch},
    report::{
        AccessPart, AccessQuery, ActivityPart, ChangesPart, CredentialUsePart, NewReport, Processing, ReportMade,
        ReportQuery, Retention,
    },
    route::{Action, Body, Endpoint, Method, Operation, Query},
    server::{Ending, LogLine, NewServer, Server, ServerChange, ServerDetail, ServerTest},
    sink::{NewSink, Sink, SinkTested},
    status::{Finding, Status},
    token::{AdminToken, AdminTokenGiven, NewAdminToken},
    vault::{VaultDrill, VaultDrilled, VaultRotate, VaultStatus, VaultUnlock},
};

macro_rules! endpoints {
    ($($(#[doc = $doc:literal])+
        $name:ident = $method:ident $path:literal $id:literal is $kind:literal needs $action:ident,
        query $query:ty, body $body:ty, answers $status:literal $answer:ty;)*
    ) => {
        $($(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Endpoint for $name {
            type Query = $query;
            type Body = $body;
            type Answer = $answer;
            const OPERATION: Operation = Operation {
                id: $id,
                kind: $kind,
                method: Method::$method,
                path: $path,
                action: Action::$action,
                status: $status,
                summary: concat!($($doc),+),
            };
        })*
        /// All operations, in the order of the document.
        pub const ALL: &[Operation] = &[$($name::OPERATION),*];
    };
}

endpoints! {
    /// Lists the servers, in order of name.
    ListServers = Get "/api/v1/servers" "list_servers" is "server.list" needs ServerRead, query (), body (), answers 200 List<Server>;
    /// Registers a server and, unless told not to, learns within 30 s what it offers. A server that cannot be learnt is registered all the same, in state `degraded`.
    AddServer = Post "/api/v1/servers" "add_server" is "server.add" needs ServerLaunch, query (), body NewServer, answers 201 Server;
    /// Shows a server with the names of all it offers.
    ShowServer = Get "/api/v1/servers/{name}" "show_server" is "server.show" needs ServerRead, query (), body (), answers 200 ServerDetail;
    /// Changes a server; its running instances are opened anew. A new URL or transport needs `server:launch` too.
    SetServer = Patch "/api/v1/servers/{name}" "set_server" is "server.set" needs ServerWrite, query (), body ServerChange, answers 200 Server;
    /// Removes a server: new calls are refused at once, running ones get 5 s.
    RemoveServer = Delete "/api/v1/servers/{name}" "remove_server" is "server.remove" needs ServerWrite, query Ending, body (), answers 204 ();
    /// Switches a server on again.
    EnableServer = Post "/api/v1/servers/{name}/enable" "enable_server" is "server.enable" needs ServerWrite, query (), body (), answers 200 Server;
    /// Switches a server off: new calls are refused at once, running ones get 5 s.
    DisableServer = Post "/api/v1/servers/{name}/disable" "disable_server" is "server.disable" needs ServerWrite, query Ending, body (), answers 200 Server;
    /// Learns again what a server offers. When it cannot be learnt, what was known stays, and the server is `degraded`.
    RefreshServer = Post "/api/v1/servers/{name}/refresh" "refresh_server" is "server.refresh" needs ServerLaunch, query (), body (), answers 200 Server;
    /// Tries to reach a server and tells what was found; nothing is stored.
    TestServer = Post "/api/v1/servers/{name}/test" "test_server" is "server.test" needs ServerLaunch, query (), body (), answers 200 ServerTest;
    /// Shows what instances of a server wrote to their standard error, newest last.
    ListServerLogs = Get "/api/v1/servers/{name}/logs" "list_server_logs" is "server.logs" needs ServerLogs, query (), body (), answers 200 List<LogLine>;
    /// Lists the agents, in order of name.
    ListAgents = Get "/api/v1/agents" "list_agents" is "agent.list" needs AgentRead, query (), body (), answers 200 List<Agent>;
    /// Registers an agent and tells its service token, this once.
    AddAgent = Post "/api/v1/agents" "add_agent" is "agent.add" needs AgentWrite, query (), body NewAgent, answers 201 TokenGiven;
    /// Shows an agent.
    ShowAgent = Get "/api/v1/agents/{name}" "show_agent" is "agent.show" needs AgentRead, query (), body (), answers 200 Agent;
    /// Gives an agent a new service token; its sessions go on with it.
    RotateAgent = Post "/api/v1/agents/{name}/rotate" "rotate_agent" is "agent.rotate" needs AgentWrite, query (), body Rotation, answers 200 TokenGiven;
    /// Forgets that an agent sent secrets that it was never given; if it was suspended for that, it may call again.
    PardonAgent = Post "/api/v1/agents/{name}/pardon" "pardon_agent" is "agent.pardon" needs AgentWrite, query (), body (), answers 200 Agent;
    /// Revokes an agent at once and for good: its tokens open nothing, its sessions end.
    RevokeAgent = Post "/api/v1/agents/{name}/revoke" "revoke_agent" is "agent.revoke" needs AgentWrite, query (), body (), answers 200 Agent;
    /// Lists grants, in order of agent and grant.
    ListGrants = Get "/api/v1/grants" "list_grants" is "grant.list" needs AgentRead, query GrantQuery, body (), answers 200 List<GrantEntry>;
    /// Lets an agent use something.
    AddGrant = Post "/api/v1/grants" "add_grant" is "grant.add" needs GrantWrite, query (), body GrantEntry, answers 201 GrantEntry;
    /// Takes a grant away.
    RemoveGrant = Delete "/api/v1/grants" "remove_grant" is "grant.remove" needs GrantWrite, query GrantEntry, body (), answers 204 ();
    /// Lists the credentials, in order of name; never their secrets.
    ListCredentials = Get "/api/v1/credentials" "list_credentials" is "credential.list" needs CredentialRead, query (), body (), answers 200 List<Credential>;
    /// Stores a credential for a server. Its instances are opened anew; the connection is closed after the answer. While the vault is locked nothing is stored (423, P4001).
    AddCredential = Post "/api/v1/credentials" "add_credential" is "credential.add" needs CredentialWrite, query (), body NewCredential, answers 201 CredentialStored;
    /// Shows a credential without its secret.
    ShowCredential = Get "/api/v1/credentials/{name}" "show_credential" is "credential.show" needs CredentialRead, query (), body (), answers 200 Credential;
    /// Gives a credential a new secret; the old one is gone at once. A credential that waits to be confirmed still does.
    RotateCredential = Post "/api/v1/credentials/{name}/rotate" "rotate_credential" is "credential.rotate" needs CredentialWrite, query (), body NewSecret, answers 200 CredentialStored;
    /// Confirms a credential that is held, or that was given for another place than the one where its server is now.
    ConfirmCredential = Post "/api/v1/credentials/{name}/confirm" "confirm_credential" is "credential.confirm" needs CredentialWrite, query (), body (), answers 200 Credential;
    /// Removes a credential and its secret. Nothing is sent in its place. What was granted by OAuth is revoked at the provider first; the answer says if that could not be done.
    RemoveCredential = Delete "/api/v1/credentials/{name}" "remove_credential" is "credential.remove" needs CredentialWrite, query (), body (), answers 200 CredentialRemoved;
    /// Adds a credential that is granted by OAuth. Nothing is granted before somebody connects; with `client_credentials` Peta gets its token at once. The connection is closed after the answer.
    AddOAuthCredential = Post "/api/v1/oauth-credentials" "add_oauth_credential" is "credential.add_oauth" needs CredentialWrite, query (), body NewOAuthCredential, answers 201 Credential;
    /// Begins a connection: gives a link for one person, once and for ten minutes. With client credentials it gets a new token, and there is no link.
    ConnectCredential = Post "/api/v1/credentials/{name}/connect" "connect_credential" is "credential.connect" needs CredentialWrite, query (), body (), answers 200 Connection;
    /// Tells how the newest connection that an administrator began does.
    ShowConnection = Get "/api/v1/credentials/{name}/connect" "show_connection" is "credential.connection" needs CredentialRead, query (), body (), answers 200 Connection;
    /// Tells how the vault does.
    ShowVault = Get "/api/v1/vault" "show_vault" is "vault.status" needs VaultRead, query (), body (), answers 200 VaultStatus;
    /// Unlocks the vault.
    UnlockVault = Post "/api/v1/vault/unlock" "unlock_vault" is "vault.unlock" needs VaultWrite, query (), body VaultUnlock, answers 200 VaultStatus;
    /// Locks the vault: its keys are wiped and all loans end at once.
    LockVault = Post "/api/v1/vault/lock" "lock_vault" is "vault.lock" needs VaultWrite, query (), body (), answers 200 VaultStatus;
    /// Lends a canary as a secret is lent, for 10 s, and answers after that: meanwhile its bytes can be looked for in memory.
    DrillVault = Post "/api/v1/vault/drill" "drill_vault" is "vault.drill" needs VaultWrite, query (), body VaultDrill, answers 200 VaultDrilled;
    /// Begins to make a root, a key or all envelopes anew. The status tells how far it is.
    RotateVault = Post "/api/v1/vault/rotate" "rotate_vault" is "vault.rotate" needs VaultWrite, query (), body VaultRotate, answers 200 VaultStatus;
    /// Reads the record, newest first; with `follow=true` as a stream (SSE, one event a message, with ids for `Last-Event-ID`).
    ListEvents = Get "/api/v1/events" "list_events" is "event.list" needs EventRead, query EventQuery, body (), answers 200 List<Event>;
    /// Shows one event, by its id or its number in the record, and where it stands in the tree.
    ShowEvent = Get "/api/v1/events/{event}" "show_event" is "event.show" needs EventRead, query LogQuery, body (), answers 200 EventPlaces;
    /// Opens what was said in one event: arguments and result, if they were kept. That it was read is an event of its own.
    ShowPayload = Get "/api/v1/events/{event}/payload" "show_payload" is "event.payload" needs PayloadRead, query (), body (), answers 200 EventPayloads;
    /// Opens what was said in the events that fit, newest first, as far as it was kept; with a text, only those in which it occurs. Each page is an event of its own.
    ReadPayloads = Post "/api/v1/payloads" "read_payloads" is "event.payloads" needs PayloadRead, query EventQuery, body PayloadSearch, answers 200 List<EventPayloads>;
    /// Tells what is signed of a log: the newest checkpoint, and the keys that sign.
    ShowLog = Get "/api/v1/audit/log" "show_log" is "audit.log" needs EventRead, query LogQuery, body (), answers 200 LogHead;
    /// Reads hashes of a log's tree.
    ReadTile = Get "/api/v1/audit/tile" "read_tile" is "audit.tile" needs EventRead, query TileQuery, body (), answers 200 Tile;
    /// Reads entries of a log as they stand in its tree.
    ReadEntries = Get "/api/v1/audit/entries" "read_entries" is "audit.entries" needs EventRead, query EntriesQuery, body (), answers 200 Entries;
    /// Lists who keeps checkpoints of the record, in order of name.
    ListWitnesses = Get "/api/v1/audit/witnesses" "list_witnesses" is "audit.witnesses" needs EventRead, query (), body (), answers 200 List<Witness>;
    /// Adds somebody who keeps checkpoints: each that is signed goes there, and each start is held against it.
    AddWitness = Post "/api/v1/audit/witnesses" "add_witness" is "audit.witness_add" needs AuditWrite, query (), body NewWitness, answers 201 Witness;
    /// Removes a witness; what it has stays with it.
    RemoveWitness = Delete "/api/v1/audit/witnesses/{name}" "remove_witness" is "audit.witness_remove" needs AuditWrite, query (), body (), answers 204 ();
    /// Changes the key that signs a log: a new one signs from now on, and the one before signs beside it for a day.
    RotateLogKey = Post "/api/v1/audit/log/rotate" "rotate_log_key" is "audit.rotate_key" needs AuditWrite, query LogQuery, body (), answers 200 LogKeyRotated;
    /// Lists the logs of others that are cosigned here, in order of name.
    ListForeignLogs = Get "/api/v1/audit/logs" "list_foreign_logs" is "audit.logs" needs EventRead, query (), body (), answers 200 List<ForeignLog>;
    /// Adds a log of somebody else's, by a key that it signs with: from now on its checkpoints are cosigned at `/witness/v1` (C2SP tlog-witness).
    AddForeignLog = Post "/api/v1/audit/logs" "add_foreign_log" is "audit.log_add" needs AuditWrite, query (), body NewForeignLog, answers 201 ForeignLog;
    /// Removes a log of somebody else's; what was cosigned of it is not forgotten.
    RemoveForeignLog = Delete "/api/v1/audit/logs/{name}" "remove_foreign_log" is "audit.log_remove" needs AuditWrite, query (), body (), answers 204 ();
    /// Lists what must be kept whatever retention and erasure say, in order of name.
    ListHolds = Get "/api/v1/audit/holds" "list_holds" is "audit.holds" needs EventRead, query (), body (), answers 200 List<Hold>;
    /// Adds a legal hold: while it stands, nothing that it is on is erased or expires.
    AddHold = Post "/api/v1/audit/holds" "add_hold" is "audit.hold_add" needs AuditWrite, query (), body NewHold, answers 201 Hold;
    /// Removes a legal hold.
    RemoveHold = Delete "/api/v1/audit/holds/{name}" "remove_hold" is "audit.hold_remove" needs AuditWrite, query (), body (), answers 204 ();
    /// Erases a person: the key of their part of the record is destroyed, and their name goes. It cannot be undone. What still works and names them, and legal holds, stand in the way.
    ErasePerson = Post "/api/v1/audit/erase" "erase_person" is "audit.erase" needs AuditWrite, query (), body Erase, answers 200 Erasure;
    /// Lets whole files of the record go whose last entry is older than a time; the hashes of their entries stay in its tree. It cannot be undone. Legal holds, sinks that have not read it, and what is not signed stand in the way.
    ExpireRecord = Post "/api/v1/audit/expire" "expire_record" is "audit.expire" needs AuditWrite, query (), body Expire, answers 200 Expired;
    /// Shows where full files of the record are put, sealed, and how that goes.
    ShowArchive = Get "/api/v1/audit/archive" "show_archive" is "archive.show" needs SinkRead, query (), body (), answers 200 Archive;
    /// Sets where full files of the record are put, sealed, once they are signed: all that are there, and each that gets full. Nothing expires before it is there.
    SetArchive = Post "/api/v1/audit/archive" "set_archive" is "archive.set" needs SinkWrite, query (), body NewArchive, answers 200 Archive;
    /// Removes the archive: nothing more is put there. What is there stays, and is opened again when an archive is set where it lies.
    RemoveArchive = Delete "/api/v1/audit/archive" "remove_archive" is "archive.remove" needs SinkWrite, query (), body (), answers 204 ();
    /// Lists the files of the record that were archived, by number.
    ListArchived = Get "/api/v1/audit/archive/files" "list_archived" is "archive.list" needs SinkRead, query (), body (), answers 200 List<ArchivedFile>;
    /// Reads an archived file of the record from the archive that is set, and opens it. Private parts in it stay sealed.
    RestoreArchived = Post "/api/v1/audit/archive/files/{name}/restore" "restore_archived" is "archive.restore" needs AuditWrite, query (), body (), answers 200 RecordFile;
    /// Lists the sinks that the record is sent to, in order of name, and how they do.
    ListSinks = Get "/api/v1/sinks" "list_sinks" is "sink.list" needs SinkRead, query (), body (), answers 200 List<Sink>;
    /// Adds a sink: what is recorded from now on is sent to it, at least once.
    AddSink = Post "/api/v1/sinks" "add_sink" is "sink.add" needs SinkWrite, query (), body NewSink, answers 201 Sink;
    /// Shows a sink and how it does.
    ShowSink = Get "/api/v1/sinks/{name}" "show_sink" is "sink.show" needs SinkRead, query (), body (), answers 200 Sink;
    /// Sends a sink one event that is marked as a test, and tells what came back.
    TestSink = Post "/api/v1/sinks/{name}/test" "test_sink" is "sink.test" needs SinkWrite, query (), body (), answers 200 SinkTested;
    /// Removes a sink: nothing more is sent to it.
    RemoveSink = Delete "/api/v1/sinks/{name}" "remove_sink" is "sink.remove" needs SinkWrite, query (), body (), answers 204 ();
    /// Tells who can reach what: each agent that is not revoked, with what its grants reach of each server. What is not listed is denied.
    ReportAccess = Get "/api/v1/audit/reports/access" "report_access" is "audit.report_access" needs AgentRead, query AccessQuery, body (), answers 200 AccessPart;
    /// Counts what agents did, by agent, server, capability, decision and outcome: a part of the record at a time, newest first. Parts are to be added up.
    ReportActivity = Get "/api/v1/audit/reports/activity" "report_activity" is "audit.report_activity" needs EventRead, query ReportQuery, body (), answers 200 ActivityPart;
    /// Counts calls by the credentials that they carried: a part of the record at a time, newest first. Parts are to be added up.
    ReportCredentials = Get "/api/v1/audit/reports/credentials" "report_credentials" is "audit.report_credentials" needs EventRead, query ReportQuery, body (), answers 200 CredentialUsePart;
    /// Lists administrative acts: a part of the record at a time, newest first.
    ReportChanges = Get "/api/v1/audit/reports/changes" "report_changes" is "audit.report_changes" needs EventRead, query ReportQuery, body (), answers 200 ChangesPart;
    /// Tells what is kept how long, and which legal holds stand.
    ReportRetention = Get "/api/v1/audit/reports/retention" "report_retention" is "audit.report_retention" needs EventRead, query (), body (), answers 200 Retention;
    /// Tells what data goes where: servers, what they are for, who gets what agents send.
    ReportProcessing = Get "/api/v1/audit/reports/processing" "report_processing" is "audit.report_processing" needs AgentRead, query (), body (), answers 200 Processing;
    /// Records that a report was made; with the digest of its manifest, the record vouches for its files.
    RecordReport = Post "/api/v1/audit/reports" "record_report" is "audit.report" needs EventRead, query (), body NewReport, answers 201 ReportMade;
    /// Makes an administrator's token and tells it, this once.
    AddAdminToken = Post "/api/v1/tokens" "add_admin_token" is "admin.token" needs TokenWrite, query (), body NewAdminToken, answers 201 AdminTokenGiven;
    /// Lists administrators' tokens that still open something, oldest first; never their texts.
    ListAdminTokens = Get "/api/v1/tokens" "list_admin_tokens" is "admin.tokens" needs TokenRead, query (), body (), answers 200 List<AdminToken>;
    /// Revokes an administrator's token at once.
    RevokeAdminToken = Post "/api/v1/tokens/{id}/revoke" "revoke_admin_token" is "admin.revoke" needs TokenWrite, query (), body (), answers 204 ();
    /// Tells how Core does.
    ShowStatus = Get "/api/v1/status" "show_status" is "status.show" needs StatusRead, query (), body (), answers 200 Status;
    /// Lists what a careful administrator should look at, gravest first.
    ListFindings = Get "/api/v1/findings" "list_findings" is "finding.list" needs StatusRead, query (), body (), answers 200 List<Finding>;
    /// This document.
    ShowContract = Get "/api/v1/openapi.json" "show_contract" is "contract.show" needs ContractRead, query (), body (), answers 200 serde_json::Value;
}

impl<T: serde::Serialize + serde::de::DeserializeOwned + utoipa::ToSchema + Send + 'static> Body for List<T> {}

macro_rules! bodies {
    ($($name:ty),*) => {$(impl Body for $name {})*};
}
bodies!(
    Server,
    ServerDetail,
    ServerChange,
    ServerTest,
    Agent,
    NewAgent,
    Rotation,
    TokenGiven,
    GrantEntry,
    NewAdminToken,
    AdminTokenGiven,
    Credential,
    CredentialStored,
    CredentialRemoved,
    Connection,
    VaultStatus,
    VaultDrilled,
    Archive,
    Sink,
    SinkTested,
    Status,
    LogHead,
    Tile,
    Entries,
    EventPlaces,
    EventPayloads,
    PayloadSearch,
    NewWitness,
    Witness,
    LogKeyRotated,
    NewForeignLog,
    ForeignLog,
    NewHold,
    Hold,
    Erase,
    Erasure,
    Expire,
    Expired,
    AccessPart,
    ActivityPart,
    CredentialUsePart,
    ChangesPart,
    Retention,
    Processing,
    NewReport,
    ReportMade,
    serde_json::Value
);

/// What brings a secret: its connection is closed after the answer.
macro_rules! bringing {
    ($($name:ty),*) => {$(impl Body for $name {
        const SECRET: bool = true;
    })*};
}
bringing!(
    NewServer,
    NewCredential,
    NewOAuthCredential,
    NewSecret,
    NewArchive,
    NewSink,
    VaultUnlock,
    VaultDrill,
    VaultRotate
);

impl Body for RecordFile {
    const MEDIA: &'static str = "application/octet-stream";
}

macro_rules! queries {
    ($($name:ident),*) => {$(impl Query for $name {
        fn params() -> Vec<utoipa::openapi::path::Parameter> {
            use utoipa::{IntoParams as _, openapi::path::ParameterIn};
            <$name>::into_params(|| Some(ParameterIn::Query))
        }
    })*};
}
queries!(Ending, GrantEntry, GrantQuery, EventQuery, LogQuery, TileQuery, EntriesQuery, AccessQuery, ReportQuery);
