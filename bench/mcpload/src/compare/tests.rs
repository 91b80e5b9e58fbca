//! The parts of a comparison, without running one.

use super::cell::{Cell, Kind};
use super::subject::Subject;
use super::table::{Run, tables};
use crate::args::Args;
use crate::load::{Process, Report};

#[test]
fn knows_its_cells() {
    for set in ["quick", "all"] {
        assert!(Cell::parse_list(set).is_ok_and(|cells| cells.len() > 5), "{set}");
    }
    let cell = Cell::parse("call-10k-c64").expect("known");
    assert_eq!((cell.kind, cell.connections), (Kind::Call(10_240), 64));
    let cell = Cell::parse("call-1m-cred-c16").expect("known");
    assert_eq!((cell.kind, cell.connections), (Kind::Credential(1 << 20), 16));
    for wrong in ["", "call-100b", "call-100b-c0", "call-2b-c1", "call-100b-cx"] {
        assert!(Cell::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn takes_the_url_that_the_cell_needs() {
    let args = Args::parse(["--gateway", "g", "--url", "a", "--sse-url", "b", "--token", "t"].map(str::to_owned), &[]);
    let (_, groups) = args.expect("valid").groups("gateway");
    let subject = Subject::from_args(&groups[0]).expect("complete");
    let url = |cell: &str| subject.url(&Cell::parse(cell).expect("known"));
    assert_eq!(url("call-1m-c1"), Some("a"));
    assert_eq!(url("sse-100b-c1"), Some("b"));
    assert_eq!(url("list-500-c1"), None);
    assert_eq!(subject.options, ["--token", "t"]);
}

#[test]
fn ratios_pair_runs_of_the_same_round() {
    let run = |subject: &str, round, rps, cpu| Run {
        cell: "call-100b-c1".to_owned(),
        subject: subject.to_owned(),
        round,
        disturbed: false,
        report: Report {
            rps,
            gateway: Some(Process { cpu_us_per_request: cpu, ..Process::default() }),
            ..Report::default()
        },
    };
    let runs = [
        run("direct", 1, 100.0, f64::NAN),
        run("bare proxy", 1, 50.0, 10.0),
        run("x", 1, 25.0, 20.0),
        run("direct", 2, 200.0, f64::NAN),
        run("bare proxy", 2, 100.0, 11.0),
        run("x", 2, 50.0, 22.0),
    ];
    let text = tables(&runs);
    let line = text.lines().find(|l| l.starts_with("| x ")).expect("a line for x");
    assert!(line.starts_with("| x | 38 | 0.25 | 0.50 |"), "{line}");
    assert!(line.contains("| 21.0 | 2.00 |"), "{line}");
}

#[test]
fn a_gateway_with_a_credential_stands_beside_itself() {
    let subjects = |words: &[&str]| {
        let args = Args::parse(words.iter().map(|word| (*word).to_owned()), &[]).expect("valid");
        Subject::from_args(&args.groups("gateway").1[0]).expect("complete").twice()
    };
    let (plain, cell) =
        (Cell::parse("call-100b-c16").expect("known"), Cell::parse("call-100b-cred-c16").expect("known"));
    let both = subjects(&["--gateway", "g", "--url", "a", "--credential-url", "b"]);
    let at = |cell: &Cell| both.iter().filter_map(|s| Some((s.name.as_str(), s.url(cell)?))).collect::<Vec<_>>();
    assert_eq!(at(&plain), [("g", "a")]);
    assert_eq!(at(&cell), [("g", "a"), ("g + credential", "b")]);
    let without = subjects(&["--gateway", "g", "--url", "a"]);
    assert_eq!(without.iter().map(|s| s.url(&cell)).collect::<Vec<_>>(), [None], "it has none to compare");

    let run = |subject: &str, round, cpu| Run {
        cell: cell.name.clone(),
        subject: subject.to_owned(),
        round,
        disturbed: false,
        report: Report {
            gateway: Some(Process { cpu_us_per_request: cpu, ..Process::default() }),
            ..Report::default()
        },
    };
    let text =
        tables(&[run("g", 1, 10.0), run("g + credential", 1, 11.0), run("g", 2, 20.0), run("g + credential", 2, 24.0)]);
    assert!(text.contains("of g with a credential / without: 1.15."), "{text}");
}
