//! All components on one worker: a request finds its component, and the component answers.

use std::cell::OnceCell;
use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use hyper::header::{HOST, HeaderValue, TRAILER};
use hyper::{Request, Response, StatusCode};
use tambo::TrapKind;
use tambo::component::CallError;
use tambo_kernel::http::uri::Scheme;
use tambo_kernel::http::{BodyReader, BodySource, IncomingRequest, Promised};
use tambo_wasi_p2::http::Answer as GuestAnswer;

use super::Tail;
use super::call::{Failure, GuestCall};
use super::instances::{Instances, Missing, Ready};
use super::report::trap_text;
use crate::body::Body;
use crate::budget::Taken;
use crate::exchange::refused;
use crate::handler::{Answer, Arrival, Handler, RequestId};
use crate::host::InvalidHost;
use crate::log::{Complaint, Deed, one_line};
use crate::place::Place;
use crate::routes::Routes;

/// For how many turns after its answer a guest that computes is let go on before the answer is looked at.
const TURNS: u32 = 4;

/// The components.
pub(crate) struct Site {
    pub(crate) place: Rc<Place>,
    pub(crate) routes: Routes<Rc<Instances>>,
}

impl Handler for Site {
    fn handle(self: Rc<Self>, request: Request<Box<dyn BodySource>>, arrival: Arrival) -> Answer {
        let component = self.routes.find(host(&request), request.uri().path()).map(Option::<&Rc<_>>::cloned);
        Box::pin(async move {
            let component = match component {
                Ok(Some(component)) => component,
                Ok(None) => return refused(StatusCode::NOT_FOUND),
                Err(InvalidHost) => return refused(StatusCode::BAD_REQUEST),
            };
            let Some(taken) = self.place.guests.take() else { return self.is_full() };
            let guest = Guest { site: self, component, id: arrival.id, _taken: taken };
            guest.answer(request, arrival.scheme).await.unwrap_or_else(refused)
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
    site: Rc<Site>,
    component: Rc<Instances>,
    id: RequestId,
    /// Its place among all guests.
    _taken: Taken,
}

impl Guest {
    async fn answer(self, request: Request<Box<dyn BodySource>>, scheme: Scheme) -> Result<Response<Body>, StatusCode> {
        let promised = Rc::new(OnceCell::new());
        let work = work(self.site.clone(), self.component.clone(), self.id, (request, scheme), promised.clone());
        let mut call = GuestCall::new(self.site.place.clone(), work);
        let mut turns = 0;
        let (response, ended) = poll_fn(|context| {
            let ended = match Pin::new(&mut call).poll(context) {
                Poll::Ready(ended) => Some(ended),
                Poll::Pending if !promised.get().is_some_and(Promised::is_settled) => return Poll::Pending,
                // It was interrupted between its answer and, often, the end of its body.
                Poll::Pending if call.gave_way() && turns < TURNS => {
                    turns += 1;
                    return Poll::Pending;
                }
                Poll::Pending => None,
            };
            Poll::Ready((promised.get().and_then(Promised::take), ended))
        })
        .await;
        // Nothing has been sent yet. What goes wrong from here on breaks the response off.
        let response = match (response, &ended) {
            // It is told below what went wrong.
            (_, Some(Err(failure))) => Err(failure.status()),
            (Some(Ok(response)), _) => self.whole(response.into_http()),
            (Some(Err(error)), _) => {
                Err(self.failed(&format!("answered with an error: {}", one_line(&error.to_string()))))
            }
            (None, _) => Err(self.failed("ended without a response")),
        };
        let name = self.component.name.clone();
        let tail = match ended {
            Some(ended) => {
                self.ended(ended);
                None
            }
            None => Some(self.goes_on(call)),
        };
        response.map(|response| response.map(|reader| Body::guest(reader, tail, name)))
    }

    /// A response that is one, and can still become complete.
    fn whole(&self, mut response: Response<BodyReader>) -> Result<Response<BodyReader>, StatusCode> {
        let status = response.status();
        if status.is_informational() {
            // Another response has to follow it (RFC 9110, section 15.2), and a 101 would end HTTP on the connection.
            return Err(self.failed(&format!("answered with status {}, which ends no exchange", status.as_u16())));
        }
        match response.body().failure() {
            Some(error) => {
                let why = one_line(&error.to_string());
                Err(self.failed(&format!("answered with a body that is not complete: {why}")))
            }
            None => {
                announce_trailers(&mut response);
                Ok(response)
            }
        }
    }

    fn failed(&self, what: &str) -> StatusCode {
        self.tell(Deed::Mistake, what);
        StatusCode::INTERNAL_SERVER_ERROR
    }

    /// The guest waits, and has answered: let it go on while its body is sent.
    fn goes_on(self, call: GuestCall) -> Rc<Tail> {
        let tail = Rc::new(Tail::default());
        let place = self.site.place.clone();
        let until = tail.clone();
        place.spawn(async move {
            match until.end(call, &self.site.place).await {
                Some(ended) => self.ended(ended),
                None => self.tell(Deed::Mistake, "stopped: it went on for too long after its response"),
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
        let place = &self.site.place;
        let what = match failure {
            Failure::Refused => return,
            Failure::Missing(Missing::Trap(trap)) | Failure::Call(CallError::Trap(trap)) => trap_text(&trap),
            Failure::Missing(Missing::Error(error)) => one_line(error.message()),
            Failure::Call(CallError::Misuse(message)) => one_line(&message),
            Failure::Computed => format!("stopped: it computed for more than {:?}", place.limits.compute),
        };
        place.counters.traps.add(1);
        self.tell(Deed::Trap, &what);
    }

    fn tell(&self, deed: Deed, what: &str) {
        let (name, id) = (&self.component.name, self.id);
        self.site.place.log.accuse(name, deed, || format!("[{name} {id}] {what}"));
    }
}

/// Over HTTP/1.1 only trailers are sent that the head names (RFC 9110, section 6.6.2).
fn announce_trailers(response: &mut Response<BodyReader>) {
    let names = response.body().trailer_names();
    if names.is_empty() || response.headers().contains_key(TRAILER) {
        return;
    }
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    // Names of fields, and commas between them, are a value of a field.
    if let Ok(names) = HeaderValue::try_from(names.join(", ")) {
        response.headers_mut().insert(TRAILER, names);
    }
}

/// All that the guest does for a request. Where its answer comes is known before it runs.
async fn work(
    site: Rc<Site>,
    component: Rc<Instances>,
    id: RequestId,
    (request, scheme): (Request<Box<dyn BodySource>>, Scheme),
    promised: Rc<OnceCell<GuestAnswer>>,
) -> Result<Ready, Failure> {
    let mut ready = site.instance(&component, id).await.map_err(Failure::Missing)?;
    let p2 = ready.instance.state_mut();
    let request = IncomingRequest::new(request, scheme, p2.host.http.account()).map_err(|_| Failure::Refused)?;
    let request = p2.new_incoming_request(request);
    let (slot, answer) = p2.new_response_outparam();
    // It is nobody else's.
    let _ = promised.set(answer);
    ready.handle.call_async(&mut ready.instance, (request, slot)).await.map_err(Failure::Call)?;
    Ok(ready)
}
