//! Options of sockets: what the system takes of each, and in which unit.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::sockopt;
use tambo_kernel::Result;
use tambo_kernel::net::{Family, SocketOption};

use crate::errno::kernel_error;

/// Linux's own limits: `MAX_TCP_KEEPIDLE`, `MAX_TCP_KEEPINTVL`, in seconds, and `MAX_TCP_KEEPCNT`.
const MAX_KEEP_SECONDS: u64 = 32_767;
const MAX_KEEP_COUNT: u64 = 127;
/// The system doubles a size for its own bookkeeping, and answers the double; it must not overflow there.
const MAX_BUFFER: u64 = (i32::MAX / 2) as u64;

/// The value of an option.
pub(super) fn get(fd: &OwnedFd, family: Family, option: SocketOption) -> Result<u64> {
    match option {
        SocketOption::KeepAlive => sockopt::socket_keepalive(fd).map(u64::from),
        SocketOption::KeepAliveIdle => sockopt::tcp_keepidle(fd).map(nanoseconds),
        SocketOption::KeepAliveInterval => sockopt::tcp_keepintvl(fd).map(nanoseconds),
        SocketOption::KeepAliveCount => sockopt::tcp_keepcnt(fd).map(u64::from),
        SocketOption::HopLimit => match family {
            Family::V4 => sockopt::ip_ttl(fd).map(u64::from),
            Family::V6 => sockopt::ipv6_unicast_hops(fd).map(u64::from),
        },
        SocketOption::ReceiveBuffer => sockopt::socket_recv_buffer_size(fd).map(|size| size as u64 / 2),
        SocketOption::SendBuffer => sockopt::socket_send_buffer_size(fd).map(|size| size as u64 / 2),
    }
    .map_err(kernel_error)
}

/// Set an option, to the nearest value that the system takes.
pub(super) fn set(fd: &OwnedFd, family: Family, option: SocketOption, value: u64) -> Result<()> {
    match option {
        SocketOption::KeepAlive => sockopt::set_socket_keepalive(fd, value != 0),
        SocketOption::KeepAliveIdle => sockopt::set_tcp_keepidle(fd, seconds(value)),
        SocketOption::KeepAliveInterval => sockopt::set_tcp_keepintvl(fd, seconds(value)),
        SocketOption::KeepAliveCount => sockopt::set_tcp_keepcnt(fd, value.min(MAX_KEEP_COUNT) as u32),
        SocketOption::HopLimit => {
            let value = value.min(u64::from(u8::MAX)) as u8;
            match family {
                Family::V4 => sockopt::set_ip_ttl(fd, u32::from(value)),
                Family::V6 => sockopt::set_ipv6_unicast_hops(fd, Some(value)),
            }
        }
        SocketOption::ReceiveBuffer => sockopt::set_socket_recv_buffer_size(fd, value.min(MAX_BUFFER) as usize),
        SocketOption::SendBuffer => sockopt::set_socket_send_buffer_size(fd, value.min(MAX_BUFFER) as usize),
    }
    .map_err(kernel_error)
}

/// Whole seconds, at least one.
fn seconds(nanoseconds: u64) -> Duration {
    Duration::from_secs(nanoseconds.div_ceil(1_000_000_000).clamp(1, MAX_KEEP_SECONDS))
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
