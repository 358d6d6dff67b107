//! Cases of `wasi:filesystem`. The fixture is in `suites/wasi-0.2/fixture.json`.

mod attacks;
mod data;
mod directories;
mod entries;
mod links;
mod open;
mod preopens;
mod read_only;
mod rename;
mod stat;
mod times;
mod via_stream;

conformance::command!(
    attacks,
    data,
    directories,
    entries,
    links,
    open,
    preopens,
    read_only,
    rename,
    stat,
    times,
    via_stream,
);
