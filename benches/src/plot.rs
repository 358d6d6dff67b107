//! The figures as a picture: `figures.svg`, drawn from `figures.json` and nothing else.
//!
//! A bar begins at what it is compared to, the native program or the aim, and ends at how many times as long the work
//! takes: to the right if it is slower, to the left if it is faster. A rate is turned over, so that a short bar to the
//! right is good everywhere. The axis is logarithmic.

use std::fmt::Write as _;
use std::io::Result;
use std::path::PathBuf;

use crate::figures::{self, Row, Unit};

/// Of the drawing, in pixels.
const WIDTH: f64 = 960.0;
const MARGIN: f64 = 20.0;
/// Where the bars' axis begins and ends; names are left of it, the last bar's label right.
const LEFT: f64 = 345.0;
const RIGHT: f64 = 800.0;
const TOP: f64 = 96.0;
const GROUP: f64 = 44.0;
const ROW: f64 = 32.0;
const BAR: f64 = 11.0;

const TITLE: &str = "Tambo and wasmtime beside native code";
const HOW: &str = "Time for the same work, as a multiple of the native program's or of the aim: of medians, \
                   logarithmic, left of it is faster. Rates as time per unit.";

/// Colours that differ in lightness as well as in hue, on a ground of their own in either scheme.
const STYLE: &str = "\
text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f; }
.ground { fill: #ffffff; } .title { font-size: 18px; font-weight: 600; } .group { font-size: 13px; font-weight: 600; }
.quiet { fill: #59636e; font-size: 11px; } .label { font-size: 10.5px; } .end { text-anchor: end; }
.middle { text-anchor: middle; } .grid { stroke: #e3e7eb; } .base { stroke: #59636e; }
.tambo { fill: #1f6feb; } .wasmtime { fill: #a8b3bf; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .ground { fill: #0d1117; } .quiet { fill: #9198a1; }
.grid { stroke: #262c36; } .base { stroke: #9198a1; } .tambo { fill: #6cb0ff; } .wasmtime { fill: #59636e; }
}";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Draw what the committed figures are.
pub(crate) fn write() -> Result<()> {
    let picture = folder().join("figures.svg");
    std::fs::write(&picture, draw(&figures::read(&folder().join("figures.json"))?))?;
    println!("{}", picture.display());
    Ok(())
}

fn draw(rows: &[Row]) -> String {
    let groups: Vec<&[Row]> = rows.chunk_by(|one, next| one.group == next.group).collect();
    let axis = Axis::of(rows);
    let height = TOP + groups.len() as f64 * GROUP + rows.len() as f64 * ROW + MARGIN;
    let mut svg = String::new();
    let mut y = TOP;
    for group in groups {
        draw_group(&mut svg, &axis, group, y);
        y += GROUP + group.len() as f64 * ROW;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title how\">\n\
         <title id=\"title\">{TITLE}</title>\n<desc id=\"how\">{HOW}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n{}{svg}</svg>\n",
        heading()
    )
}

fn heading() -> String {
    let mut svg = text("title", MARGIN, 34.0, TITLE);
    svg += &text("quiet", MARGIN, 56.0, HOW);
    for (side, x) in [("tambo", MARGIN), ("wasmtime", MARGIN + 80.0)] {
        svg += &bar(side, x, 70.0, 12.0, "");
        svg += &text("label", x + 17.0, 80.0, side);
    }
    svg
}

/// Its name, an axis and the rows.
fn draw_group(svg: &mut String, axis: &Axis, rows: &[Row], top: f64) {
    let (names, bottom) = (top + 24.0, top + GROUP + rows.len() as f64 * ROW - 6.0);
    let base = if rows.iter().any(|row| row.native.is_some()) { "native" } else { "aim" };
    *svg += &text("group", MARGIN, names, rows.first().map_or("", |row| &row.group));
    for decade in axis.decades() {
        let x = axis.place(decade);
        let class = if decade == 1.0 { "base" } else { "grid" };
        let label = if decade == 1.0 { base.to_owned() } else { format!("{decade}×") };
        *svg += &text("quiet middle", x, names, &label);
        let _ = writeln!(
            svg,
            "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{bottom:.1}\"/>",
            names + 6.0
        );
    }
    for (index, row) in rows.iter().enumerate() {
        draw_row(svg, axis, row, top + GROUP + index as f64 * ROW);
    }
}

fn draw_row(svg: &mut String, axis: &Axis, row: &Row, top: f64) {
    *svg += &text("label end", LEFT - 12.0, top + 15.0, &row.name);
    for (index, (side, value)) in [("tambo", row.tambo), ("wasmtime", row.wasmtime)].into_iter().enumerate() {
        let (Some(value), Some(times)) = (value, value.and_then(|value| slowness(row, value))) else { continue };
        let (y, from, to) = (top + index as f64 * (BAR + 1.0), axis.place(1.0), axis.place(times));
        let label = format!("{}× · {}", three_digits(times), amount(row.unit, value));
        let about = format!("{}, {}: {side} {label}", row.group, row.name);
        // A bar of no length at all would say that nothing was measured.
        *svg += &bar(side, from.min(to), y, (from - to).abs().max(1.0), &about);
        *svg += &text("label", from.max(to) + 5.0, y + BAR - 1.5, &label);
    }
}

/// How many times as long as the base a unit of work takes.
fn slowness(row: &Row, value: f64) -> Option<f64> {
    let base = row.native.or(row.aim)?;
    let times = if row.unit.is_rate() { base / value } else { value / base };
    (times.is_finite() && times > 0.0).then_some(times)
}

/// Three digits, but not more than two behind the point.
fn three_digits(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// A value with its unit, shorter than in a table.
fn amount(unit: Unit, value: f64) -> String {
    let (size, name) = match value {
        _ if unit.is_rate() => return unit.show(value),
        value if value < 1e-6 => (1e-9, "ns"),
        value if value < 1e-3 => (1e-6, "µs"),
        value if value < 1.0 => (1e-3, "ms"),
        _ => (1.0, "s"),
    };
    format!("{} {name}", three_digits(value / size))
}

/// A logarithmic axis of whole decades.
struct Axis {
    first: i32,
    last: i32,
}

impl Axis {
    fn of(rows: &[Row]) -> Self {
        let values = |row: &Row| [row.tambo, row.wasmtime].into_iter().flatten().collect::<Vec<_>>();
        let times = rows.iter().flat_map(|row| values(row).into_iter().filter_map(|value| slowness(row, value)));
        let (low, high) = times.fold((1.0_f64, 1.0_f64), |(low, high), times| (low.min(times), high.max(times)));
        Self { first: (low.log10().floor() as i32).min(-1), last: (high.log10().ceil() as i32).max(1) }
    }

    fn decades(&self) -> impl Iterator<Item = f64> {
        (self.first..=self.last).map(|power| 10_f64.powi(power))
    }

    fn place(&self, times: f64) -> f64 {
        let part = (times.log10() - f64::from(self.first)) / f64::from(self.last - self.first);
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }
}

fn bar(side: &str, x: f64, y: f64, width: f64, about: &str) -> String {
    let about = escape(about);
    format!(
        "<rect class=\"{side}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"1.5\">\
         <title>{about}</title></rect>\n"
    )
}

fn text(class: &str, x: f64, y: f64, text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", escape(text))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, unit: Unit, native: f64, tambo: f64) -> Row {
        Row::new("a group", name, unit, [Some(native), Some(tambo), None])
    }

    /// Every element is closed by its own end, attributes are quoted, and no bare ampersand or bracket is left.
    fn check_well_formed(svg: &str) {
        let mut open = Vec::new();
        let mut rest = svg;
        while let Some(start) = rest.find('<') {
            check_text(&rest[..start]);
            let end = start + rest[start..].find('>').expect("a tag that ends");
            let tag = &rest[start + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
                continue;
            }
            assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "{tag}");
            // What is between quotes is no part of the tag's shape.
            let shape: String = tag.split('"').step_by(2).collect();
            let (name, attributes) = shape.split_once(' ').unwrap_or((&shape, ""));
            let attributes = attributes.trim_end_matches('/').split_whitespace();
            assert!(attributes.into_iter().all(|attribute| attribute.ends_with('=')), "{tag}");
            if !tag.ends_with('/') {
                open.push(&tag[..name.len()]);
            }
        }
        check_text(rest);
        assert!(open.is_empty(), "{open:?} is open");
    }

    fn check_text(text: &str) {
        let entities = ["amp;", "lt;", "gt;", "quot;"];
        for after in text.split('&').skip(1) {
            assert!(entities.iter().any(|entity| after.starts_with(entity)), "&{after}");
        }
        assert!(!text.contains('>'), "{text}");
    }

    #[test]
    fn the_picture_is_that_of_the_figures() {
        let rows = figures::read(&folder().join("figures.json")).unwrap();
        let picture = std::fs::read_to_string(folder().join("figures.svg")).unwrap();
        check_well_formed(&picture);
        assert_eq!(draw(&rows), picture, "draw it again: cargo run --release -p tambo-benches -- --plot");
        let bars = rows.iter().flat_map(|row| [row.tambo, row.wasmtime]).flatten().count();
        assert_eq!(
            picture.matches("<rect class=\"tambo\"").count() - 1 + picture.matches("\"wasmtime\"").count() - 1,
            bars
        );
    }

    #[test]
    fn names_cannot_break_it() {
        let svg = draw(&[row("<a & \"b\">", Unit::Seconds, 1.0, 2.0)]);
        check_well_formed(&svg);
        assert!(svg.contains("&lt;a &amp; &quot;b&quot;&gt;"));
    }

    #[test]
    #[should_panic(expected = "svg")]
    fn what_is_not_closed_is_seen() {
        check_well_formed("<svg><g></svg>");
    }

    #[test]
    fn a_rate_is_turned_over() {
        assert_eq!(slowness(&row("x", Unit::PerSecond, 100.0, 50.0), 50.0), Some(2.0));
        assert_eq!(slowness(&row("x", Unit::Seconds, 1.0, 2.0), 2.0), Some(2.0));
        assert_eq!(slowness(&Row::new("x", "x", Unit::Seconds, [None, Some(1.0), None]), 1.0), None);
    }

    #[test]
    fn the_axis_has_whole_decades() {
        let axis = Axis::of(&[row("x", Unit::Seconds, 1.0, 141.0), row("y", Unit::Seconds, 1.0, 0.09)]);
        assert_eq!((axis.first, axis.last), (-2, 3));
        assert_eq!((axis.place(0.01), axis.place(1000.0)), (LEFT, RIGHT));
        assert_eq!(axis.decades().count(), 6);
    }
}
