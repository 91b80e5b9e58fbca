//! Stable codes of refusals and failures. Each has a page `docs/errors/CODE.md` that says what happened, why, and
//! what to do; a test holds codes and pages against each other.

use std::fmt;

/// One code. The number is a contract: it never changes its meaning and is never used again.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(&'static str);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Self = Self($code);)*

            /// All codes with their titles, in order.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $title)),*];
        }
    };
}

codes! {
    // P1xxx: a request cannot be admitted.
    TOKEN_MISSING = "P1001", "no service token";
    TOKEN_INVALID = "P1002", "the token is not valid";
    TOKEN_EXPIRED = "P1003", "the token has expired or was revoked";
    SESSION_UNKNOWN = "P1004", "no such session";
    HOST_REFUSED = "P1005", "the Host header is not allowed";
    ORIGIN_REFUSED = "P1006", "the Origin header is not allowed";
    NOT_ACCEPTABLE = "P1007", "the Accept header leaves no form for the answer";
    MEDIA_TYPE = "P1008", "the Content-Type is not application/json";
    TOO_LARGE = "P1009", "the message is too large";
    NOT_JSON = "P1010", "the body is not JSON";
    NOT_A_MESSAGE = "P1011", "the body is not a JSON-RPC message";
    TOO_DEEP = "P1012", "the message is nested too deep";
    DUPLICATE_KEY = "P1013", "a key stands twice in one object";
    BAD_ID = "P1014", "the request id is not usable";
    VERSION_HEADER = "P1015", "the MCP-Protocol-Version is not served";
    SESSION_MISSING = "P1016", "no session id";
    METHOD_NOT_ALLOWED = "P1017", "this path does not take that HTTP method";
    NO_ENDPOINT = "P1018", "no such endpoint";
    BAD_TARGET = "P1019", "the request target is not in plain form";
    OVER_LIMIT = "P1020", "a limit of this caller is reached";
    UNKNOWN_METHOD = "P1021", "the method is not offered";
    BAD_PARAMS = "P1022", "the parameters are not valid";
    BAD_CURSOR = "P1023", "the cursor is not valid";
    LONE_SURROGATE = "P1024", "a string holds half a character";
    BATCH_REFUSED = "P1025", "the batch is not acceptable";
    TOKEN_IN_URL = "P1026", "a token stands in the URL";
    DRAINING = "P1027", "Core is shutting down";
    ERA_NOT_SERVED = "P1028", "this revision of MCP is not served yet";
    SLOW_SENDER = "P1029", "the request came too slowly";
    BAD_FORWARDED = "P1030", "X-Forwarded-For cannot be read";
    TOO_MANY_GUESSES = "P1031", "too many wrong tokens came from this address";
    BAD_EVENT_ID = "P1032", "the id of the last event is not valid";

    // P2xxx: policy.
    NO_SUCH_CAPABILITY = "P2001", "no such capability";
    FEATURE_NOT_OFFERED = "P2002", "the server does not offer that feature";
    REVERSE_REFUSED = "P2003", "the agent cannot be asked that";
    NO_SUCH_TASK = "P2004", "no such task";
    TASK_SUPPORT = "P2005", "the tool cannot be called that way";

    // P4xxx: the vault.
    VAULT_LOCKED = "P4001", "the vault is locked";
    CREDENTIAL_MISSING = "P4002", "there is no credential for this caller";
    CREDENTIAL_HELD = "P4003", "the credential waits to be confirmed";
    CREDENTIAL_UNBOUND = "P4004", "the credential is not for the place where the server is now";
    CREDENTIAL_DAMAGED = "P4005", "the credential cannot be opened";
    SECRET_UNFIT = "P4006", "the secret cannot be stored or delivered so";
    PASSPHRASE_WRONG = "P4007", "the passphrase is wrong";
    PASSPHRASE_WAIT = "P4008", "too many wrong passphrases";
    ROOT_UNAVAILABLE = "P4009", "the key provider cannot be asked";
    ROOT_OTHER = "P4010", "this is not the root of this vault";
    ROOT_UNUSABLE = "P4011", "the root cannot be used";
    SECRET_ECHOED = "P4012", "a secret came back where it cannot be cut out";
    SECRET_IN_ARGUMENTS = "P4013", "the arguments hold a secret of Peta's";
    ARENA_FULL = "P4014", "there is no locked memory left";
    VAULT_BUSY = "P4015", "the vault is being rotated";
    AGENT_SUSPENDED = "P4016", "the agent is suspended for guessing at secrets";
    RECORD_KEYS_MISSING = "P4017", "the file with the record's keys is missing";
    RECORD_KEYS_UNFIT = "P4018", "the file with the record's keys does not fit this vault";
    CONNECT_NEEDED = "P4020", "a person must connect first";
    CONNECT_AGAIN = "P4021", "a person must connect again";
    CONNECT_UNKNOWN = "P4022", "the link or connection is unknown, used or over";
    CONNECT_REFUSED = "P4023", "the person or the provider refused";
    CONNECT_WRONG_PLACE = "P4024", "the answer comes from the wrong place";
    METADATA_UNTRUSTED = "P4025", "the authorization metadata cannot be trusted";
    CLIENT_NEEDED = "P4026", "a client must be entered";
    PROVIDER_BUSY = "P4027", "the authorization server does not answer now";
    PROVIDER_GARBAGE = "P4028", "the authorization server answers wrongly";
    SCOPES_NEEDED = "P4029", "the server wants more scopes";

    // P5xxx: servers.
    SERVER_UNREACHABLE = "P5001", "the server cannot be started or reached";
    SERVER_IDLE_TIMEOUT = "P5002", "the server did not answer in time";
    SERVER_TOTAL_TIMEOUT = "P5003", "the call took longer than it may";
    SERVER_LOST = "P5004", "the server went away in the middle of the call";
    SERVER_GARBAGE = "P5005", "the server does not speak MCP properly";
    SERVER_BACKING_OFF = "P5006", "the server failed and is not tried again yet";
    INSTANCE_LIMIT = "P5007", "too many instances are running";
    SERVER_WITHDRAWN = "P5008", "the server was disabled or removed";
    OUTCOME_UNKNOWN = "P5009", "the outcome of the call is unknown";
    SERVER_CHALLENGED = "P5010", "the server asks Peta for credentials";
    ADDRESS_REFUSED = "P5011", "the server's address may not be dialled";
    SERVER_VERSION = "P5012", "the server speaks no revision of MCP that Peta knows";
    NEEDS_URL_ELICITATION = "P5013", "the server wants a page opened, which this agent cannot do";
    CALL_CANCELLED = "P5014", "the call was cancelled";
    TASK_LOST = "P5015", "what ran the task is gone";

    // P6xxx: the record.
    NOT_RECORDED = "P6001", "the record cannot be written";
    RECORD_DAMAGED = "P6002", "the record is damaged";
    ACT_CUT = "P6003", "the act was cut off before it was carried out";
    RECORD_FORKED = "P6004", "the record is not what was signed";
    NOT_SIGNED = "P6005", "the record is not signed yet";
    WITNESS_AWAY = "P6010", "a witness cannot be reached";
    WITNESS_REFUSES = "P6011", "a witness does not cosign";
    LOG_NOT_COSIGNED = "P6012", "this is not cosigned here";
    LOG_INCONSISTENT = "P6013", "a log is not what was cosigned of it";
    SINK_AWAY = "P6020", "a sink cannot be reached";
    SINK_REFUSES = "P6021", "a sink refuses what it is sent";
    SINK_SKIPPED = "P6022", "a sink cannot take an event";
    SINK_LAGS = "P6023", "a sink is behind the record";
    RECORD_EXPIRED = "P6030", "what is asked for has expired";
    ARCHIVE_AWAY = "P6031", "the archive cannot be reached";
    ARCHIVE_DAMAGED = "P6032", "an archived file is not what was sealed";
    PAYLOAD_GONE = "P6040", "the payload is not there any more";
    PAYLOAD_CHANGED = "P6041", "the payload is not what was recorded";

    // P7xxx: what an administrator asked for.
    ADMIN_NOT_SIGNED_IN = "P7001", "no administrator's token";
    ADMIN_ROLE = "P7002", "this role may not do that";
    ADMIN_NOT_FOUND = "P7003", "no such thing";
    ADMIN_NAME_TAKEN = "P7004", "the name is taken";
    ADMIN_BAD_FIELD = "P7005", "a field is not valid";
    ADMIN_BAD_BODY = "P7006", "the request body is not valid";
    ADMIN_NO_ROUTE = "P7007", "no such operation";
    ADMIN_CONFLICT = "P7008", "the state does not allow that";
    ADMIN_FAILED = "P7009", "the request could not be carried out";
    SEARCH_TOO_WIDE = "P7010", "the search is too wide";

    // P8xxx: start, store, command line.
    DATA_DIR_HELD = "P8001", "another Core holds the data directory";
    ADDRESS_IN_USE = "P8002", "the address to listen on is taken";
    STORE_CORRUPT = "P8003", "the database is damaged";
    STORE_NEWER = "P8004", "the database was written by a newer Peta";
    CONFIG_INVALID = "P8005", "the configuration is not valid";
    LISTEN_UNSAFE = "P8006", "this address needs TLS or a proxy in front";
    CORE_UNREACHABLE = "P8007", "Core cannot be reached";
    USAGE = "P8008", "the command line is not valid";
    DATA_DIR_UNUSABLE = "P8009", "the data directory cannot be used";
    ANONYMOUS_UNSAFE = "P8010", "anonymous agents are for loopback only";
    TOKEN_UNREADABLE = "P8011", "no usable token was given";
    STORE_FAILED = "P8012", "the database cannot be written or read";
    ADDRESS_UNUSABLE = "P8013", "the address to listen on cannot be used";
    REPORT_TOO_LONG = "P8014", "the report would be too long";
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// What the code means, in a few words.
    pub fn title(self) -> &'static str {
        Self::ALL.iter().find(|(code, _)| *code == self).map_or("", |(_, title)| title)
    }

    /// Where the page stands that says what to do.
    pub fn help(self) -> String {
        format!("docs/errors/{}.md", self.0)
    }

    /// The code so spelled, if there is one.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().map(|(code, _)| *code).find(|code| code.0 == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests;
