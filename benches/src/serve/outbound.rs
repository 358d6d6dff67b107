//! Requests that a guest sends, to bare hyper: by `tambo run`, `wasmtime run` and a client of hyper.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::servers;
use crate::figures::{Figures, Unit};
use crate::library::AnyError;
use crate::sides::{Samples, Side, Table};
use crate::{Options, children, measure, programs};

/// Requests of a run.
const COUNT: &str = "20000";
const LIMIT: Duration = Duration::from_secs(180);

pub(crate) fn run(options: &Options, figures: &mut Figures) -> Result<(), AnyError> {
    let guest = tambo_guests::component("requests");
    let server = servers::hyper()?.start(Path::new(""))?;
    let clients = clients(server.address, &guest)?;
    let mut table = Table::new("HTTP request of a guest", Unit::Seconds);
    for (name, flight) in [("one after the other", "1"), ("16 at once", "16")] {
        let mut samples = Samples::default();
        for round in 0..=options.rounds {
            for (side, command) in &clients {
                let said = children::output(command(flight), LIMIT)?;
                if round > 0 {
                    samples.push(*side, measure::nanoseconds(&said)?);
                }
            }
        }
        table.put(name, &samples, figures);
    }
    table.print();
    Ok(())
}

type Client = (Side, Box<dyn Fn(&str) -> Command>);

fn clients(address: SocketAddr, guest: &Path) -> Result<Vec<Client>, AnyError> {
    let (this, tambo) = (std::env::current_exe()?, programs::tambo()?);
    let url = format!("http://{address}/hello");
    let runner = |program: std::path::PathBuf, options: Vec<String>| {
        let (guest, url) = (guest.to_owned(), url.clone());
        move |flight: &str| {
            let mut command = Command::new(&program);
            command.arg("run").args(&options).arg(&guest).args([&url, COUNT, flight]);
            command
        }
    };
    let native = move |flight: &str| {
        let mut command = Command::new(&this);
        command.args(["native", "requests", &address.to_string(), COUNT, flight]);
        command
    };
    let allowed = vec!["--allow-http".to_owned(), format!("http://{address}")];
    let mut clients: Vec<Client> =
        vec![(Side::Native, Box::new(native)), (Side::Tambo, Box::new(runner(tambo, allowed)))];
    if let Some(wasmtime) = programs::peer("wasmtime") {
        clients.push((Side::Wasmtime, Box::new(runner(wasmtime, vec!["-S".to_owned(), "http".to_owned()]))));
    }
    Ok(clients)
}
