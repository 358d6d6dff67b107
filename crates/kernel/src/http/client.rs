//! Sending requests: what a client has to do, and what one guest may ask of it.

use std::rc::Rc;

use http::{Request, Response};

use super::{
    Account, BodyReader, BodySource, Fields, HttpError, HttpPolicy, OutgoingRequest, Permit, Promised, RequestOptions,
    Target,
};
use crate::{Grant, GuestId};

/// What a client answers in the end.
pub type ResponseFuture = Promised<Result<Response<Box<dyn BodySource>>, HttpError>>;

/// A request, and all that a client has to know of who sends it.
pub struct Exchange {
    /// The request, which has an absolute URI and nothing that is about a connection.
    pub request: Request<BodyReader>,
    /// What it is about. The request itself has been judged.
    pub target: Target,
    /// Bounds on time.
    pub options: RequestOptions,
    /// Judges every address that a connection is made to, and that of a connection that is used again.
    pub policy: HttpPolicy,
    /// Kept until the response's body has ended.
    pub permit: Permit,
    /// Who sends it: exchanges of one guest do not keep another's waiting.
    pub guest: GuestId,
}

/// Sends requests. Connections may be shared among guests; authority is not: it comes with each exchange.
///
/// A client never follows a redirect, and bounds connections and sizes by itself.
pub trait HttpClient {
    /// Begin an exchange, without waiting for anything. Dropping the future cancels it.
    fn send(&self, exchange: Exchange) -> ResponseFuture;
}

/// HTTP as one guest has it: what the doors use.
pub struct GuestHttp {
    id: GuestId,
    client: Option<Rc<dyn HttpClient>>,
    policy: HttpPolicy,
    account: Rc<Account>,
}

impl GuestHttp {
    /// What a grant gives.
    pub fn new(grant: &Grant) -> Self {
        Self {
            id: GuestId::new(),
            client: grant.http.clone(),
            policy: HttpPolicy { rules: grant.http_rules.clone(), network: grant.network_rules.clone() },
            account: Account::new(grant.budget.http.clone()),
        }
    }

    /// What the guest holds.
    pub fn account(&self) -> &Rc<Account> {
        &self.account
    }

    /// New fields.
    pub fn fields(&self) -> Fields {
        Fields::new(&self.account)
    }

    /// Send a request. Fails at once with what is known at once: [`HttpError::HttpRequestDenied`] if the rules do not
    /// allow it, [`HttpError::ConnectionLimitReached`] if too many are under way, and as [`Target::new`].
    pub fn send(&self, request: OutgoingRequest, options: RequestOptions) -> Result<ResponseFuture, HttpError> {
        let request = request.into_http()?;
        let target = Target::new(request.method(), request.uri())?;
        self.policy.check_request(&target)?;
        let client = self.client.as_ref().ok_or(HttpError::HttpRequestDenied)?;
        let permit = self.account.permit().ok_or(HttpError::ConnectionLimitReached)?;
        Ok(client.send(Exchange { request, target, options, policy: self.policy.clone(), permit, guest: self.id }))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;

    use http::uri::Authority;

    use super::*;
    use crate::budget::HttpBudget;
    use crate::http::{NoBody, promise};
    use crate::stream::Wait;

    /// Keeps what it is sent, and answers 204 at once.
    #[derive(Default)]
    struct Recorder(RefCell<Vec<Exchange>>);

    impl HttpClient for Recorder {
        fn send(&self, exchange: Exchange) -> ResponseFuture {
            self.0.borrow_mut().push(exchange);
            let (promise, promised) = promise();
            let mut response = Response::new(Box::new(NoBody) as Box<dyn BodySource>);
            *response.status_mut() = http::StatusCode::NO_CONTENT;
            promise.keep(Ok(response));
            promised
        }
    }

    fn guest(client: Option<Rc<Recorder>>, rules: &str) -> GuestHttp {
        let rules = Arc::new([rules.parse().unwrap()].into_iter().collect());
        let policy = HttpPolicy { rules, network: Arc::default() };
        let account = Account::new(HttpBudget { exchanges: 1, ..HttpBudget::default() });
        GuestHttp { id: GuestId::new(), client: client.map(|client| client as Rc<dyn HttpClient>), policy, account }
    }

    fn request(guest: &GuestHttp, authority: &'static str) -> OutgoingRequest {
        let mut request = OutgoingRequest::new(guest.fields(), guest.account());
        request.authority = Some(Authority::from_static(authority));
        request
    }

    #[test]
    fn a_request_is_judged_before_it_is_sent() {
        let client = Rc::new(Recorder::default());
        let guest = guest(Some(client.clone()), "https://a.example");
        let denied = guest.send(request(&guest, "b.example"), RequestOptions::default());
        assert_eq!(denied.err(), Some(HttpError::HttpRequestDenied));
        let future = guest.send(request(&guest, "a.example"), RequestOptions::default()).unwrap();
        assert_eq!(future.wait(Wait::Try).unwrap().unwrap().unwrap().status(), 204);
        assert_eq!(client.0.borrow().len(), 1);
    }

    #[test]
    fn attack_17_exchanges_under_way_are_bounded() {
        let client = Rc::new(Recorder::default());
        let guest = guest(Some(client.clone()), "*");
        guest.send(request(&guest, "a.example"), RequestOptions::default()).unwrap();
        let more = guest.send(request(&guest, "a.example"), RequestOptions::default());
        assert_eq!(more.err(), Some(HttpError::ConnectionLimitReached));
        client.0.borrow_mut().clear();
        guest.send(request(&guest, "a.example"), RequestOptions::default()).unwrap();
    }

    #[test]
    fn without_a_client_no_request_is_sent() {
        let guest = guest(None, "*");
        let sent = guest.send(request(&guest, "a.example"), RequestOptions::default());
        assert_eq!(sent.err(), Some(HttpError::HttpRequestDenied));
    }
}
