//! Medians, ratios within a round, and a table.

/// The median; of nothing, not a number.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => sorted[len / 2],
        len => f64::midpoint(sorted[len / 2 - 1], sorted[len / 2]),
    }
}

/// The median over rounds of `values[round] / base[round]`.
pub(crate) fn ratio(values: &[f64], base: &[f64]) -> f64 {
    let ratios: Vec<f64> = values.iter().zip(base).map(|(value, base)| value / base).collect();
    median(&ratios)
}

/// A time in seconds, in a unit that reads well.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        value if value.is_nan() => "–".to_owned(),
        value if value < 1e-6 => format!("{:.1} ns", value * 1e9),
        value if value < 1e-3 => format!("{:.2} µs", value * 1e6),
        value if value < 0.1 => format!("{:.2} ms", value * 1e3),
        value => format!("{value:.3} s"),
    }
}

/// Seconds, of what a program printed: `NUMBER ns`.
pub(crate) fn nanoseconds(said: &str) -> std::io::Result<f64> {
    let number = said.trim().strip_suffix(" ns").and_then(|number| number.parse::<f64>().ok());
    number.map(|number| number * 1e-9).ok_or_else(|| std::io::Error::other(format!("no time was told: {said}")))
}

/// A whole number, with a comma before each thousand.
pub(crate) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Print a Markdown table.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) {
    let columns = header.len();
    println!("| {} |", header.join(" | "));
    println!("|{}", "---|".repeat(columns));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}
