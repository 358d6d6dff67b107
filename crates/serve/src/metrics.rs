//! Counts of what happened, one set for each worker, and their text for Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A count that one thread moves and others read.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        // There is one writer, so that no locked instruction is needed.
        self.0.store(self.get().wrapping_add(count), Ordering::Relaxed);
    }

    pub(crate) fn subtract(&self, count: u64) {
        self.0.store(self.get().wrapping_sub(count), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of the times that requests take, in microseconds, with their text in seconds.
const BOUNDS: [(u64, &str); 14] = [
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (10_000_000, "10"),
];

/// What one worker has done.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Counters {
    /// By the first digit of the status.
    pub(crate) responses: [Counter; 6],
    pub(crate) requests_open: Counter,
    pub(crate) connections: Counter,
    pub(crate) connections_open: Counter,
    pub(crate) malformed: Counter,
    pub(crate) closed: Counter,
    pub(crate) refused: Counter,
    pub(crate) traps: Counter,
    pub(crate) instances: Counter,
    pub(crate) sent_bytes: Counter,
    times: [Counter; BOUNDS.len() + 1],
    time: Counter,
}

impl Counters {
    /// A request took so long, in nanoseconds.
    pub(crate) fn took(&self, nanoseconds: u64) {
        let microseconds = nanoseconds / 1_000;
        let bucket = BOUNDS.iter().position(|(bound, _)| microseconds <= *bound).unwrap_or(BOUNDS.len());
        self.times[bucket].add(1);
        self.time.add(nanoseconds);
    }
}

/// The counts of all workers, and of what replaced what they serve.
#[derive(Default)]
pub(crate) struct Metrics {
    pub(crate) workers: Vec<Arc<Counters>>,
    pub(crate) reloads: AtomicU64,
    pub(crate) failed_reloads: AtomicU64,
}

impl Metrics {
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers: (0..workers).map(|_| Arc::default()).collect(), ..Self::default() }
    }

    /// All counts in Prometheus' text format, version 0.0.4.
    pub(crate) fn text(&self) -> String {
        let mut text = String::with_capacity(4096);
        self.responses(&mut text);
        self.times(&mut text);
        for (name, kind, help, get) in COUNTS {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {}", self.sum(get));
        }
        head(&mut text, "tambo_reloads_total", "counter", "Replacements of what is served.");
        for (outcome, count) in [("ok", &self.reloads), ("failed", &self.failed_reloads)] {
            let _ = writeln!(text, "tambo_reloads_total{{outcome=\"{outcome}\"}} {}", count.load(Ordering::Relaxed));
        }
        text
    }

    fn sum(&self, get: impl Fn(&Counters) -> &Counter) -> u64 {
        self.workers.iter().map(|counters| get(counters).get()).fold(0, u64::wrapping_add)
    }

    fn responses(&self, text: &mut String) {
        head(text, "tambo_requests_total", "counter", "Requests that were answered, by status.");
        for class in 1..6 {
            let count = self.sum(|counters| &counters.responses[class]);
            let _ = writeln!(text, "tambo_requests_total{{status=\"{class}xx\"}} {count}");
        }
    }

    fn times(&self, text: &mut String) {
        head(text, "tambo_request_seconds", "histogram", "From the head of a request to the end of its response.");
        let mut count = 0;
        for (bucket, (_, bound)) in BOUNDS.iter().enumerate() {
            count += self.sum(|counters| &counters.times[bucket]);
            let _ = writeln!(text, "tambo_request_seconds_bucket{{le=\"{bound}\"}} {count}");
        }
        count += self.sum(|counters| &counters.times[BOUNDS.len()]);
        let _ = writeln!(text, "tambo_request_seconds_bucket{{le=\"+Inf\"}} {count}");
        let seconds = self.sum(|counters| &counters.time) as f64 / 1e9;
        let _ = writeln!(text, "tambo_request_seconds_sum {seconds}\ntambo_request_seconds_count {count}");
    }
}

type Count = (&'static str, &'static str, &'static str, fn(&Counters) -> &Counter);

/// A name, what kind it is, what it counts, and where that is.
const COUNTS: [Count; 9] = [
    ("tambo_requests_open", "gauge", "Requests whose responses are not done.", |c| &c.requests_open),
    ("tambo_connections_total", "counter", "Connections that were accepted.", |c| &c.connections),
    ("tambo_connections_open", "gauge", "Connections that are open.", |c| &c.connections_open),
    ("tambo_malformed_total", "counter", "Messages that were malformed.", |c| &c.malformed),
    ("tambo_closed_total", "counter", "Connections that a limit closed, and streams that it reset.", |c| &c.closed),
    ("tambo_refused_total", "counter", "Requests that a limit refused.", |c| &c.refused),
    ("tambo_traps_total", "counter", "Guests that trapped, or were stopped.", |c| &c.traps),
    ("tambo_instances_total", "counter", "Instances that were made.", |c| &c.instances),
    ("tambo_sent_bytes_total", "counter", "Bytes of bodies that were sent.", |c| &c.sent_bytes),
];

/// What goes before the samples of a name.
pub(crate) fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_added_up() {
        let metrics = Metrics::new(2);
        for (worker, nanoseconds) in metrics.workers.iter().zip([90_000, 20_000_000_000]) {
            worker.responses[2].add(3);
            worker.took(nanoseconds);
        }
        metrics.workers[0].connections_open.add(2);
        metrics.workers[0].connections_open.subtract(1);
        let text = metrics.text();
        for line in [
            "tambo_requests_total{status=\"2xx\"} 6",
            "tambo_request_seconds_bucket{le=\"0.0001\"} 1",
            "tambo_request_seconds_bucket{le=\"10\"} 1",
            "tambo_request_seconds_bucket{le=\"+Inf\"} 2",
            "tambo_request_seconds_sum 20.00009",
            "tambo_connections_open 1",
            "tambo_reloads_total{outcome=\"failed\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
