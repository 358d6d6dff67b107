//! The network of a guest that was granted none.

use std::rc::Rc;

use super::{Family, HostName, Lookup, Network, TcpSocket, UdpSocket};
use crate::{Error, Result};

/// Answers everything with [`Error::Access`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Denied;

impl Network for Denied {
    fn tcp(&self, _: Family) -> Result<Rc<dyn TcpSocket>> {
        Err(Error::Access)
    }

    fn udp(&self, _: Family) -> Result<Rc<dyn UdpSocket>> {
        Err(Error::Access)
    }

    fn look_up(&self, _: &HostName) -> Result<Rc<dyn Lookup>> {
        Err(Error::Access)
    }
}
