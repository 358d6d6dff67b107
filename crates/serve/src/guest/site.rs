//! All components on one worker: a request finds its component, and the component answers.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use hyper::header::HOST;
use hyper::{Request, Response, StatusCode};
use tambo::TrapKind;
use tambo::component::CallError;
use tambo_kernel::http::{BodySource, IncomingRequest, OutgoingResponse};
use tambo_wasi_p2::http::Answer as Promised;

use super::Tail;
use super::call::{Failure, GuestCall};
use super::instances::{Instances, Missing, Ready};
use super::report::trap_text;
use crate::body::Body;
use crate::budget::Taken;
use crate::exchange::refused;
use crate::handler::{Answer, Arrival, Handler, RequestId};
use crate::log::Complaint;
use crate::place::Place;
use crate::routes::Routes;

/// The components.
pub(crate) struct Site {
    pub(crate) place: Rc<Place>,
    pub(crate) routes: Routes<Rc<Instances>>,
}

impl Handler for Site {
    fn handle(self: Rc<Self>, request: Request<Box<dyn BodySource>>, arrival: Arrival) -> Answer {
        let component = self.routes.find(host(&request), request.uri().path()).cloned();
        Box::pin(async move {
            let Some(component) = component else { return refused(StatusCode::NOT_FOUND) };
            let Some(taken) = self.place.guests.take() else { return self.is_full() };
            let ready = self.instance(&component, arrival.id).await;
            let guest = Guest { place: self.place.clone(), component, id: arrival.id, _taken: taken };
            guest.answer(ready, request, arrival).await.unwrap_or_else(refused)
        })
    }
}

impl Site {
    /// An instance for a request. If there is no room for one, instances of this worker that wait to be used again make
    /// some, whichever component they are of.
    async fn instance(&self, component: &Instances, id: RequestId) -> Result<Ready, Missing> {
        match component.take(id).await {
            Err(Missing::Trap(trap)) if matches!(trap.kind, TrapKind::Limit(_)) && self.drop_idle() => {
                component.take(id).await
            }
            taken => taken,
        }
    }

    fn drop_idle(&self) -> bool {
        self.routes.targets().filter(|component| component.drop_idle()).count() > 0
    }

    fn is_full(&self) -> Response<Body> {
        self.place.counters.refused.add(1);
        let most = self.place.limits.guests;
        self.place.log.complain(Complaint::Refused, || format!("requests refused: {most} guests run already"));
        refused(StatusCode::SERVICE_UNAVAILABLE)
    }
}

fn host<T>(request: &Request<T>) -> &str {
    let of_uri = request.uri().authority().map(|authority| authority.as_str());
    let of_field = || request.headers().get(HOST).and_then(|value| value.to_str().ok());
    of_uri.or_else(of_field).unwrap_or_default()
}

/// A guest that answers one request.
struct Guest {
    place: Rc<Place>,
    component: Rc<Instances>,
    id: RequestId,
    /// Its place among all guests.
    _taken: Taken,
}

impl Guest {
    async fn answer(
        self,
        ready: Result<Ready, Missing>,
        request: Request<Box<dyn BodySource>>,
        arrival: Arrival,
    ) -> Result<Response<Body>, StatusCode> {
        let mut ready = ready.map_err(|missing| self.is_missing(missing))?;
        let p2 = ready.instance.state_mut();
        let request = IncomingRequest::new(request, arrival.scheme, p2.host.http.account());
        let request = p2.new_incoming_request(request.map_err(|_| StatusCode::BAD_REQUEST)?);
        let (slot, answer) = p2.new_response_outparam();
        let mut call = GuestCall::new(self.place.clone(), async move {
            let result = ready.handle.call_async(&mut ready.instance, (request, slot)).await;
            (ready, result)
        });
        let (response, ended) = poll_fn(|context| match Pin::new(&mut call).poll(context) {
            Poll::Ready(ended) => Poll::Ready((answer.take(), Some(ended))),
            Poll::Pending if answer.is_settled() => Poll::Ready((answer.take(), None)),
            Poll::Pending => Poll::Pending,
        })
        .await;
        drop::<Promised>(answer);
        let failed = |what: String| {
            self.tell(&what);
            StatusCode::INTERNAL_SERVER_ERROR
        };
        let response = match response {
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) => Err(failed(format!("answered with an error: {error}"))),
            // Why it trapped is told below.
            None if matches!(ended, Some(Err(_))) => Err(StatusCode::INTERNAL_SERVER_ERROR),
            None => Err(failed("ended without a response".to_owned())),
        };
        let tail = match ended {
            Some(ended) => {
                self.ended(ended);
                None
            }
            None => Some(self.goes_on(call)),
        };
        response.map(|response| answered(response, tail))
    }

    /// The guest waits, and has answered: let it go on while its body is sent.
    fn goes_on(self, call: GuestCall) -> Rc<Tail> {
        let tail = Rc::new(Tail::default());
        let place = self.place.clone();
        let until = tail.clone();
        place.spawn(async move {
            match until.end(call, &self.place).await {
                Some(ended) => self.ended(ended),
                None => self.tell("stopped: it went on for too long after its response"),
            }
        });
        tail
    }

    /// The call is over: the instance may be used again, or something is to be told.
    fn ended(&self, ended: Result<Ready, Failure>) {
        let failure = match ended {
            Ok(ready) => return self.component.give_back(ready),
            Err(failure) => failure,
        };
        self.place.counters.traps.add(1);
        self.tell(&match failure {
            Failure::Call(CallError::Trap(trap)) => trap_text(&trap),
            Failure::Call(CallError::Misuse(message)) => message,
            Failure::Computed => format!("stopped: it computed for more than {:?}", self.place.limits.compute),
        });
    }

    fn is_missing(&self, missing: Missing) -> StatusCode {
        let (what, status) = match missing {
            Missing::Trap(trap) if matches!(trap.kind, TrapKind::Limit(_)) => {
                (trap_text(&trap), StatusCode::SERVICE_UNAVAILABLE)
            }
            Missing::Trap(trap) => (trap_text(&trap), StatusCode::INTERNAL_SERVER_ERROR),
            Missing::Error(error) => (error.message().to_owned(), StatusCode::INTERNAL_SERVER_ERROR),
        };
        self.place.counters.traps.add(1);
        self.tell(&what);
        status
    }

    fn tell(&self, what: &str) {
        let (name, id) = (&self.component.name, self.id);
        self.place.log.complain(Complaint::Guest, || format!("[{name} {id}] {what}"));
    }
}

fn answered(response: OutgoingResponse, tail: Option<Rc<Tail>>) -> Response<Body> {
    response.into_http().map(|reader| Body::guest(reader, tail))
}
