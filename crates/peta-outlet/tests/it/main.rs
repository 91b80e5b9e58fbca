//! Sinks against receivers that are away, slow, broken, and true in the end.

mod bank;
mod elastic;
mod file;
mod kinds;
mod otlp;
mod outage;
mod s3;
mod splunk;
mod syslog;
mod told;
mod webhook;
mod world;
