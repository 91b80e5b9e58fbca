use std::sync::Arc;

use http::StatusCode;

use super::{Gauges, Metrics, SinkGauges, Tally, Wing};

#[test]
fn the_page_says_what_was_counted() {
    let tally = Arc::new(Tally::default());
    let metrics = Metrics::new(&tally, 1_700_000_000_000_000, || Gauges {
        sessions: 3,
        dropped_notifications: 7,
        ..Gauges::default()
    });
    tally.answered(Wing::Agents, StatusCode::OK);
    tally.answered(Wing::Agents, StatusCode::ACCEPTED);
    tally.answered(Wing::People, StatusCode::UNAUTHORIZED);
    let open = tally.open(Wing::Agents);
    let page = metrics.page();
    for line in [
        "peta_http_requests_total{wing=\"agents\",outcome=\"ok\"} 2",
        "peta_http_requests_total{wing=\"people\",outcome=\"unauthorized\"} 1",
        "peta_http_in_flight{wing=\"agents\"} 1",
        "peta_sessions 3",
        "peta_notifications_dropped_total 7",
        "peta_start_time_seconds 1700000000",
    ] {
        assert!(page.lines().any(|it| it == line), "{line} is missing in\n{page}");
    }
    drop(open);
    assert!(metrics.page().contains("peta_http_in_flight{wing=\"agents\"} 0"));
}

/// A sink that was removed is told of no more.
#[test]
fn sinks_are_told_of_by_name_as_long_as_they_are_there() {
    let one = SinkGauges { sink: "siem".into(), ok: true, lag_entries: 3, lag_seconds: 2, sent: 9, skipped: 1 };
    let sinks = Arc::new(std::sync::Mutex::new(vec![one]));
    let asked = Arc::clone(&sinks);
    let metrics = Metrics::new(&Arc::new(Tally::default()), 0, Gauges::default);
    let metrics = metrics.with_sinks(move || asked.lock().unwrap().clone());
    let page = metrics.page();
    for line in [
        "peta_sink_up{sink=\"siem\"} 1",
        "peta_sink_lag_entries{sink=\"siem\"} 3",
        "peta_sink_lag_seconds{sink=\"siem\"} 2",
        "peta_sink_sent_total{sink=\"siem\"} 9",
        "peta_sink_skipped_total{sink=\"siem\"} 1",
    ] {
        assert!(page.lines().any(|it| it == line), "{line} is missing in\n{page}");
    }
    sinks.lock().unwrap().clear();
    assert!(!metrics.page().contains("siem"));
}
