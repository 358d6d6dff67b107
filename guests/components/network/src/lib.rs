//! A command that uses the network as its first argument says, and prints what came of it: echo servers, and guests that
//! try what they may not.

mod address;
mod attempts;
mod echo;
mod hoard;
mod pump;

wit_bindgen::generate!({
    path: [
        "../../../wit/wasi-0.2/io.wit",
        "../../../wit/wasi-0.2/clocks.wit",
        "../../../wit/wasi-0.2/random.wit",
        "../../../wit/wasi-0.2/filesystem.wit",
        "../../../wit/wasi-0.2/sockets.wit",
        "../../../wit/wasi-0.2/cli.wit",
    ],
    world: "wasi:cli/command@0.2.12",
    generate_all,
});

use wasi::cli::{environment, stdout};

struct Network;

/// A line of standard output.
fn say(line: &str) {
    // Nobody is left to be told of a failure.
    let _ = stdout::get_stdout().blocking_write_and_flush(format!("{line}\n").as_bytes());
}

impl exports::wasi::cli::run::Guest for Network {
    fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        let [_, what, rest @ ..] = &arguments[..] else { return Err(()) };
        match &what[..] {
            "echo" => echo::serve(rest),
            "pump" => pump::serve(rest),
            "connect" => attempts::connect(rest),
            "send" => attempts::send(rest),
            "resolve" => attempts::resolve(rest),
            "listen" => attempts::listen(rest),
            "hear" => attempts::hear(rest),
            "sockets" => hoard::sockets(),
            "lookups" => hoard::lookups(rest),
            "streams" => hoard::datagram_streams(),
            "poll" => hoard::pollables(rest),
            "options" => hoard::options(),
            _ => return Err(()),
        }
        Ok(())
    }
}

export!(Network);
