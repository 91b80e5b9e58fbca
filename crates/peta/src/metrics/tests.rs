use std::sync::Arc;

use http::StatusCode;

use super::{Gauges, Metrics, Tally, Wing};

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
