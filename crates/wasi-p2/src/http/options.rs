//! `request-options`. Every timeout is supported.

use std::time::Duration;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;

use super::taken;
use crate::P2;
use crate::bindings::wasi::http::types::{HostRequestOptions, RequestOptions};

/// Nanoseconds, as `wasi:clocks` counts a duration; what is longer than it can say is as long as it can say.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl P2 {
    fn options(&mut self, options: &Borrow<RequestOptions>) -> Result<&mut tambo_kernel::http::RequestOptions, Trap> {
        self.http.options.get_mut(options.rep())
    }
}

impl HostRequestOptions for P2 {
    fn new(&mut self) -> Result<Own<RequestOptions>, Trap> {
        Ok(Own::new(self.http.options.add(tambo_kernel::http::RequestOptions::default())))
    }

    fn connect_timeout(&mut self, options: Borrow<RequestOptions>) -> Result<Option<u64>, Trap> {
        Ok(self.options(&options)?.connect_timeout.map(nanoseconds))
    }

    fn set_connect_timeout(
        &mut self,
        options: Borrow<RequestOptions>,
        duration: Option<u64>,
    ) -> Result<Result<(), ()>, Trap> {
        self.options(&options)?.connect_timeout = duration.map(Duration::from_nanos);
        Ok(Ok(()))
    }

    fn first_byte_timeout(&mut self, options: Borrow<RequestOptions>) -> Result<Option<u64>, Trap> {
        Ok(self.options(&options)?.first_byte_timeout.map(nanoseconds))
    }

    fn set_first_byte_timeout(
        &mut self,
        options: Borrow<RequestOptions>,
        duration: Option<u64>,
    ) -> Result<Result<(), ()>, Trap> {
        self.options(&options)?.first_byte_timeout = duration.map(Duration::from_nanos);
        Ok(Ok(()))
    }

    fn between_bytes_timeout(&mut self, options: Borrow<RequestOptions>) -> Result<Option<u64>, Trap> {
        Ok(self.options(&options)?.between_bytes_timeout.map(nanoseconds))
    }

    fn set_between_bytes_timeout(
        &mut self,
        options: Borrow<RequestOptions>,
        duration: Option<u64>,
    ) -> Result<Result<(), ()>, Trap> {
        self.options(&options)?.between_bytes_timeout = duration.map(Duration::from_nanos);
        Ok(Ok(()))
    }

    fn drop(&mut self, options: Own<RequestOptions>) -> Result<(), Trap> {
        taken(self.http.options.remove(options.rep())).map(drop)
    }
}
