//! `sock_*`: listeners that the guest was given, and the connections that it accepts.

use tambo_kernel::fs::OpenFlags;
use tambo_kernel::net::{Receive, Shutdown};
use tambo_kernel::wait::Interest;
use tambo_kernel::{Error, Result};

use crate::P1;
use crate::abi::{self, FdFlags, RiFlags, Rights, RoFlags, SdFlags, SiFlags};
use crate::buffers::{List, gather, scatter, total};
use crate::descriptor::{Descriptor, Object};
use crate::memory::Memory;
use crate::p1::{Outcome, or_park};

pub(crate) fn sock_accept(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, flags: u32, connection_fd: u32) -> Outcome {
    memory.check(connection_fd, 4)?;
    let flags = abi::flags::<FdFlags>(flags)?;
    if !FdFlags::NONBLOCK.contains(flags) {
        return Err(Error::Invalid.into());
    }
    // Before a connection is taken from the queue, where it would be lost.
    let room = p1.descriptors.check_room();
    let descriptor = p1.descriptors.get(fd)?;
    let listener = match &descriptor.object {
        Object::Listener(listener) => listener,
        Object::Connection(_) => return Err(Error::Invalid.into()),
        _ => return Err(Error::NotSocket.into()),
    };
    descriptor.require(Rights::SOCK_ACCEPT)?;
    room?;
    let result = listener.accept(p1.host.wait_for(descriptor.is_nonblocking()));
    let connection = or_park(&mut p1.host, descriptor, Interest::Read, result)?;
    let access = OpenFlags::READ | OpenFlags::WRITE;
    let accepted = Descriptor::new(Object::Connection(connection), access, flags).inherit(descriptor.inheriting());
    let number = p1.descriptors.insert(accepted)?;
    Ok(memory.write_u32(connection_fd, number)?)
}

#[expect(clippy::too_many_arguments, reason = "the parameters are the specification's")]
pub(crate) fn sock_recv(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    ri_data: u32,
    ri_data_len: u32,
    ri_flags: u32,
    ro_datalen: u32,
    ro_flags: u32,
) -> Outcome {
    memory.check(ro_datalen, 4)?;
    memory.check(ro_flags, 2)?;
    let how = abi::flags::<RiFlags>(ri_flags)?;
    let count = receive(p1, memory, fd, List::new(ri_data, ri_data_len), how)?;
    memory.write_u32(ro_datalen, count as u32)?;
    Ok(memory.write_u16(ro_flags, RoFlags::empty().bits())?)
}

/// Receive once, or with `RECV_WAITALL` until the buffers are full, the peer is done, or nothing more may be waited
/// for. What has come is in the guest's memory already when a try would block; the host's `progress` says how much.
fn receive(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, list: List, flags: RiFlags) -> Result<usize> {
    let P1 { host, descriptors, .. } = p1;
    let descriptor = descriptors.get(fd)?;
    let connection = descriptor.connection()?;
    descriptor.require(Rights::FD_READ)?;
    let wait = host.wait_for(descriptor.is_nonblocking());
    let peek = flags.contains(RiFlags::RECV_PEEK);
    let all = flags.contains(RiFlags::RECV_WAITALL) && !peek;
    let wanted = if all { total(memory, list, &host.budget)? } else { 0 };
    loop {
        let rest = List { skip: host.progress, ..list };
        let how = Receive { peek, all };
        match scatter(memory, rest, &host.budget, |buffers| connection.receive(buffers, how, wait)) {
            Ok(count) if all && count > 0 && host.progress + count < wanted => host.progress += count,
            Ok(count) => return Ok(host.progress + count),
            Err(Error::WouldBlock) if !descriptor.is_nonblocking() => {
                return or_park(host, descriptor, Interest::Read, Err(Error::WouldBlock));
            }
            Err(_) if host.progress > 0 => return Ok(host.progress),
            Err(error) => return Err(error),
        }
        host.interrupt.check()?;
    }
}

pub(crate) fn sock_send(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    si_data: u32,
    si_data_len: u32,
    si_flags: u32,
    so_datalen: u32,
) -> Outcome {
    memory.check(so_datalen, 4)?;
    abi::flags::<SiFlags>(si_flags)?;
    let P1 { host, descriptors, .. } = p1;
    let descriptor = descriptors.get(fd)?;
    let connection = descriptor.connection()?;
    descriptor.require(Rights::FD_WRITE)?;
    let wait = host.wait_for(descriptor.is_nonblocking());
    let list = List::new(si_data, si_data_len);
    let result = gather(memory, list, &host.budget, |buffers| connection.write(buffers, wait));
    let count = or_park(host, descriptor, Interest::Write, result)?;
    Ok(memory.write_u32(so_datalen, count as u32)?)
}

pub(crate) fn sock_shutdown(p1: &mut P1, _: &mut Memory<'_>, fd: u32, how: u32) -> Outcome {
    let descriptor = p1.descriptors.get(fd)?;
    let connection = descriptor.connection()?;
    descriptor.require(Rights::SOCK_SHUTDOWN)?;
    let how = abi::flags::<SdFlags>(how)?;
    let how = match (how.contains(SdFlags::RD), how.contains(SdFlags::WR)) {
        (true, true) => Shutdown::Both,
        (true, false) => Shutdown::Read,
        (false, true) => Shutdown::Write,
        (false, false) => return Err(Error::Invalid.into()),
    };
    Ok(connection.shutdown(how)?)
}
