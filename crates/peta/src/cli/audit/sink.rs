//! `peta audit sink …`: where the record is sent. A secret comes in on standard input, from a variable or from a file, never
//! as an argument: arguments can be read by everybody on the machine.

mod page;

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use peta_api::{
    NewSink,
    endpoint::{AddSink, ListSinks, RemoveSink, ShowSink, TestSink},
};
use peta_model::{Code, Decision, Outcome, SinkName, SinkUrl};

use crate::{
    cli::{parse, secret},
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Sink {
    /// Send what is recorded from now on to a receiver, at least once.
    #[command(after_help = ADD_HELP)]
    Add(Box<Add>),
    /// List the sinks, how they do and how far each is behind.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show a sink: where it sends, what, and how it does; never its secret.
    Show(Named),
    /// Send one event that is marked as a test, and say what came back.
    #[command(after_help = "\
The event's kind is sink.test. It goes over a connection of its own, in the form and with the
secret of the sink, and is not part of the record. Exit code 1 if it was not taken.")]
    Test(Named),
    /// Remove a sink and its secret. Nothing more is sent to it; what was sent stays where it is.
    Remove {
        #[arg(value_parser = parse::sink)]
        name: SinkName,
    },
}

const ADD_HELP: &str = "\
Where to (--to):
  file:/PATH                       one line an event, appended; made anew after a rotation
  stdout:                          Core's own standard output
  syslog://HOST:PORT               RFC 5424 over TCP, with octet counting
  syslog+tls://HOST:PORT           the same under TLS
  otlp+https://HOST:PORT/v1/logs   logs of OpenTelemetry; also otlp+http
  splunk+https://HOST:PORT         HTTP event collector; the secret is its token
  elastic+https://HOST:PORT/INDEX  in bulk; --user, or --header 'Authorization: ApiKey {}'
  webhook+https://…                signed with the secret (Standard Webhooks, HMAC-SHA256)
  s3+https://ENDPOINT/BUCKET/…     an object a minute; --user is the access key's identifier

Examples:
  peta audit sink add archive --to file:/var/log/peta/record.jsonl --from-beginning
  peta audit sink add siem --to syslog+tls://logs.example.com:6514 --format cef --ca ca.pem
  peta audit sink add splunk --to splunk+https://splunk.example.com:8088 --ack --from-stdin
  peta audit sink add denied --to webhook+https://hooks.example.com/peta --decision deny \\
    --from-file key.txt
  peta audit sink add bucket --to s3+https://s3.eu-central-1.amazonaws.com/logs/peta \\
    --region eu-central-1 --user AKIA… --from-env S3_SECRET
  peta audit sink test siem

Events are sent when they have ended, in that order, and each until it is acknowledged. After an
outage or a kill of Core some come twice (each has its id), and none is missing. No call waits for
a receiver: the record itself is the queue.

Only the parts of an event that mean nothing outside of Peta are sent: ids, kinds, decisions,
times. With --private names of agents and users, addresses of resources and details go along:
nothing that is erased in Peta is ever erased there.";

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Its name: 1 to 64 letters, digits, `.`, `_` or `-`.
    #[arg(value_parser = parse::sink)]
    name: SinkName,
    /// Where to send; the scheme names the kind of receiver.
    #[arg(long, value_name = "URL")]
    to: SinkUrl,
    /// How an event is written: ocsf, json, cef or leef [default: json for files and stdout, else ocsf].
    #[arg(long, value_parser = ["ocsf", "json", "cef", "leef"], hide_possible_values = true)]
    format: Option<String>,
    /// Send names, resources and details too. No erasure ever reaches them there.
    #[arg(long)]
    private: bool,
    /// Send everything that was ever recorded first.
    #[arg(long)]
    from_beginning: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    proof: Proof,
    #[command(flatten)]
    secret: secret::From,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Which events")]
struct Filter {
    /// Only this kind, such as tool_call or server.add.
    #[arg(long)]
    kind: Option<String>,
    /// Only with this decision: allow or deny.
    #[arg(long, value_name = "WORD")]
    decision: Option<Decision>,
    /// Only with this outcome: ok, error, refused, failed, timeout, cancelled or unknown.
    #[arg(long, value_name = "WORD")]
    outcome: Option<Outcome>,
    /// Only about this server.
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Only this agent's.
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "How it proves itself")]
struct Proof {
    /// A header of each request; `{}` is the secret. May be given more than once.
    #[arg(long = "header", value_name = "'NAME: …{}…'")]
    headers: Vec<String>,
    /// The user of HTTP Basic, or the identifier of an S3 access key; the secret goes with it.
    #[arg(long)]
    user: Option<String>,
    /// The region of an S3 bucket [default: us-east-1].
    #[arg(long)]
    region: Option<String>,
    /// Wait until Splunk's indexers have acknowledged.
    #[arg(long)]
    ack: bool,
    /// Trust the certificate authorities of this PEM file, and no other.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[arg(value_parser = parse::sink)]
    name: SinkName,
    #[command(flatten)]
    output: Output,
}

impl Sink {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(add) => add.run(client).await,
            Self::List { output } => {
                let list = client.call::<ListSinks>(&[], &(), &()).await?;
                if output.json {
                    return print_json(&list);
                }
                page::list(&list.items);
                Ok(())
            }
            Self::Show(named) => {
                let shown = client.call::<ShowSink>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json {
                    return print_json(&shown);
                }
                page::show(&shown);
                Ok(())
            }
            Self::Test(named) => test(client, &named).await,
            Self::Remove { name } => {
                client.call::<RemoveSink>(&[name.as_str()], &(), &()).await?;
                terminal::answer(&format!("sink `{name}` is removed; nothing more is sent to it"));
                Ok(())
            }
        }
    }
}

impl Add {
    async fn run(self, client: &Client) -> Result<(), Fault> {
        let Self { filter, proof, .. } = self;
        let unread = |path: &PathBuf, error| {
            Fault::new(Code::USAGE, format!("{}: {error}", path.display()), "--ca names a readable PEM file")
        };
        let read = |path: PathBuf| fs::read_to_string(&path).map_err(|error| unread(&path, error));
        let new = NewSink {
            name: self.name,
            to: self.to,
            format: self.format,
            private: self.private,
            kind: filter.kind,
            decision: filter.decision,
            outcome: filter.outcome,
            server: filter.server,
            agent: filter.agent,
            headers: proof.headers,
            user: proof.user,
            region: proof.region,
            ack: proof.ack,
            ca: proof.ca.map(read).transpose()?,
            from_beginning: self.from_beginning,
            secret: if self.secret.is_given() { Some(self.secret.read("secret").await?) } else { None },
        };
        let added = client.call::<AddSink>(&[], &(), &new).await?;
        if self.output.json {
            return print_json(&added);
        }
        page::added(&added, new.from_beginning);
        Ok(())
    }
}

async fn test(client: &Client, named: &Named) -> Result<(), Fault> {
    let name = &named.name;
    let tested = client.call::<TestSink>(&[name.as_str()], &(), &()).await?;
    if named.output.json {
        print_json(&tested)?;
    } else if tested.taken {
        terminal::answer(&format!("sink `{name}` took the event: {}", crate::fault::printable(&tested.answer)));
    }
    if tested.taken {
        return Ok(());
    }
    let code = tested.code.unwrap_or_else(|| Code::ADMIN_FAILED.to_string());
    Err(Fault::answered(&code, format!("sink `{name}` did not take the event: {}", tested.answer), ""))
}
