//! A server without guests: what the way of a request costs by itself. `plain ADDRESS`.

use std::rc::Rc;
use std::sync::Arc;

use hyper::{Request, Response};
use tambo_kernel::http::BodySource;
use tambo_serve::{Answer, Application, Arrival, Body, Handler, Limits, Options, Place, Source, serve};

struct Plain;

impl Handler for Plain {
    fn handle(self: Rc<Self>, _: Request<Box<dyn BodySource>>, _: Arrival) -> Answer {
        Box::pin(async { Response::new(Body::text("hello, world\n")) })
    }
}

impl Application for Plain {
    fn handler(&self, _: &Rc<Place>) -> Result<Rc<dyn Handler>, tambo::Error> {
        Ok(Rc::new(Self))
    }
}

impl Source for Plain {
    fn load(&mut self) -> Result<Arc<dyn Application>, tambo::Error> {
        Ok(Arc::new(Self))
    }

    fn has_changed(&mut self) -> bool {
        false
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let options = Options {
        listen: vec![address.parse()?],
        passed: Vec::new(),
        workers: tambo_serve::workers(None),
        limits: Limits::default(),
        tls: None,
        admin: Some("127.0.0.1:0".parse()?),
        access_log: None,
        watch: false,
        directories: Vec::new(),
    };
    serve(options, Box::new(Plain)).map_err(|error| error.message().into())
}
