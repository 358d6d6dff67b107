//! Cases of `wasi:filesystem`.

mod none { conformance::cases!{} }
