//! Cases of `wasi:sockets`.

mod none { conformance::cases!{} }
