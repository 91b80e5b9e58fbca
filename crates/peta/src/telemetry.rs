//! What Core says about itself while it runs: log lines on stderr, and traces to a collector if one is configured.
//! The one global of the tree, the subscriber, is set here.

mod collector;

use std::{sync::Arc, time::Duration};

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use peta_dial::Dialer;
use peta_gateway::Trace;
use peta_model::Code;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::LevelFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{
    config::{Format, Telemetry},
    fault::Fault,
};

/// How long the last spans may take to be sent.
const FAREWELL: Duration = Duration::from_secs(2);

/// Keeps the exporter alive.
pub(crate) struct Tracing(Option<SdkTracerProvider>);

/// Starts logging, and tracing if a collector is configured. Call it inside the event loop: spans are sent from there.
pub(crate) fn start(config: &Telemetry, dialer: &Dialer) -> Result<Tracing, Fault> {
    let filter = EnvFilter::builder().parse(&config.log).map_err(|error| {
        Fault::new(
            Code::CONFIG_INVALID,
            format!("the setting `telemetry.log` is not valid: {error}"),
            "write a level (error, warn, info, debug, trace), or a filter such as \"info,peta_runtime=debug\"",
        )
    })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.format {
        // Colours are for terminals, and a log is read by other programs as often as not.
        Format::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let provider = match &config.otlp_endpoint.0 {
        Some(endpoint) => Some(provider(&endpoint.to_string(), dialer)?),
        None => None,
    };
    let spans = provider.as_ref().map(|provider| {
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("peta"));
        // Where in the source a span begins, and on which thread, is nobody's business elsewhere.
        layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_filter(LevelFilter::INFO)
    });
    // Another subscriber can only be there in a test that set one; then its lines are as good.
    _ = tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans).try_init();
    Ok(Tracing(provider))
}

impl Tracing {
    /// What the gateway needs of tracing, if it is on.
    pub(crate) fn trace(&self) -> Option<Arc<dyn Trace>> {
        self.0.as_ref().map(|_| Arc::new(Traces) as Arc<dyn Trace>)
    }

    /// Sends what is left, but does not wait long for a collector that is away.
    pub(crate) async fn stop(self) {
        if let Some(provider) = self.0 {
            // It blocks: it waits for the exporter's own thread.
            _ = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FAREWELL)).await;
        }
    }
}

/// The gateway's view of the one subscriber.
struct Traces;

impl Trace for Traces {
    fn goes_on(&self) -> Option<String> {
        let context = tracing::Span::current().context();
        let span = context.span();
        let about = span.span_context();
        let flags = about.trace_flags().to_u8();
        about.is_valid().then(|| format!("00-{}-{}-{flags:02x}", about.trace_id(), about.span_id()))
    }

    fn link(&self, span: &tracing::Span, agents: &str) {
        if let Some(place) = place(agents) {
            span.add_link(place);
        }
    }
}

/// Reads a `traceparent` (W3C Trace Context, section 3.2); nothing for what is none.
fn place(parent: &str) -> Option<SpanContext> {
    let mut parts = parent.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let place = SpanContext::new(trace, span, flags, true, TraceState::default());
    place.is_valid().then_some(place)
}

fn provider(endpoint: &str, dialer: &Dialer) -> Result<SdkTracerProvider, Fault> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(collector::Collector::new(dialer.clone(), tokio::runtime::Handle::current()))
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .build()
        .map_err(|error| {
            Fault::new(
                Code::CONFIG_INVALID,
                format!("the setting `telemetry.otlp_endpoint` is not valid: {error}"),
                "write a URL such as http://127.0.0.1:4318/v1/traces",
            )
        })?;
    let resource = Resource::builder_empty()
        .with_attribute(opentelemetry::KeyValue::new("service.name", "peta"))
        .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}

#[cfg(test)]
mod tests;
