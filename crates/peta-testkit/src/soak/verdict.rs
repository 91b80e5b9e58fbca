//! Whether the second half of a run grows: a straight line is laid through each series, and how far it rises from the
//! half to the end is held against a bound.

use super::sample::{SERIES, Sample};

/// The rise of the straight line through these points, from the first to the last.
pub(super) fn rise(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return 0.0 };
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (at, value) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - at).powi(2)).sum();
    let joint: f64 = points.iter().map(|point| (point.0 - at) * (point.1 - value)).sum();
    if spread > 0.0 { joint / spread * (last.0 - first.0) } else { 0.0 }
}

/// A table of all samples and of what each series does in the second half; and what grows.
pub(super) fn verdict(samples: &[Sample], rest: &Sample) -> (String, Vec<String>) {
    let names: String = SERIES.iter().map(|series| format!(" {} |", series.name)).collect();
    let mut table = format!("| at, s |{names}\n|{}\n", "---:|".repeat(SERIES.len() + 1));
    let row = |name: &str, values: [f64; SERIES.len()]| {
        let values = values.map(|value| format!(" {value:.1} |")).concat();
        format!("| {name} |{values}\n")
    };
    let of = |sample: &Sample| SERIES.map(|series| (series.of)(sample));
    samples.iter().for_each(|sample| table.push_str(&row(&format!("{:.0}", sample.at), of(sample))));
    let half = samples.get(samples.len() / 2..).unwrap_or_default();
    let rises = SERIES.map(|series| rise(&half.iter().map(|s| (s.at, (series.of)(s))).collect::<Vec<_>>()));
    let bounds = SERIES.map(|series| {
        let mean = half.iter().map(|sample| (series.of)(sample)).sum::<f64>() / half.len().max(1) as f64;
        series.fixed.max(series.part * mean)
    });
    table.push_str(&row("rise over the second half", rises));
    table.push_str(&row("bound", bounds));
    table.push_str(&row("at rest, after all", of(rest)));
    let mut wrong = Vec::new();
    for ((series, rise), bound) in SERIES.iter().zip(rises).zip(bounds) {
        if rise > bound {
            wrong.push(format!("{} rise by {rise:.1} over the second half; {bound:.1} would be allowed", series.name));
        }
    }
    (table, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_is_seen_and_what_wavers_is_not() {
        let at = |slope: f64| {
            let samples: Vec<Sample> = (0..60)
                .map(|n| {
                    let (n, waver) = (f64::from(n), f64::from(n % 7));
                    Sample { at: n * 60.0, memory: 60.0 + waver + slope * n, ..Sample::default() }
                })
                .collect();
            verdict(&samples, &Sample::default()).1
        };
        assert!(at(0.0).is_empty(), "{:?}", at(0.0));
        assert_eq!(at(0.5).len(), 1, "half a MiB a minute");
    }

    #[test]
    fn a_straight_line_rises_as_it_does() {
        let points: Vec<(f64, f64)> = (0..5).map(|n| (f64::from(n) * 10.0, 3.0 + 2.0 * f64::from(n))).collect();
        assert!((rise(&points) - 8.0).abs() < 1e-9);
        assert_eq!(rise(&[]), 0.0);
    }
}
