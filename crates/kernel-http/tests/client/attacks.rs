//! Attack cases 15, 17, 18, 19 and 22, as far as the client meets them.

use std::net::IpAddr;
use std::time::Duration;

use tambo_kernel::http::{HttpError, RequestOptions};
use tambo_kernel::net::HostName;
use tambo_kernel_http::ClientConfig;
use tokio::time::{Instant, sleep};

use crate::rig::*;

/// A client for which these names have these addresses.
fn config(hosts: &[(&str, &str)]) -> ClientConfig {
    let host = |&(name, address): &(&str, &str)| -> (HostName, Vec<IpAddr>) {
        (HostName::new(name).unwrap(), address.split(' ').map(|address| address.parse().unwrap()).collect())
    };
    ClientConfig { hosts: hosts.iter().map(host).collect(), ..ClientConfig::default() }
}

#[test]
fn attack_18_a_name_that_leads_home_is_not_followed() {
    in_runtime(async {
        let server = Server::start().await;
        let client = local_client(config(&[
            ("rebound.example", "127.0.0.1"),
            ("mapped.example", "::ffff:127.0.0.1"),
            ("metadata.example", "169.254.169.254"),
        ]));
        let guest = guest(&client, &["*://*:*"], &[]);
        for name in ["rebound.example", "mapped.example", "metadata.example"] {
            let uri = format!("http://{name}:{}/", server.address.port());
            assert_eq!(get_text(&guest, &uri).await, Err(HttpError::DestinationIpProhibited), "{name}");
        }
        assert_eq!(server.connections.get(), 0);
    });
}

#[test]
fn attack_18_only_addresses_that_are_allowed_are_tried() {
    in_runtime(async {
        let server = Server::start().await;
        let client = local_client(config(&[("two.example", "127.0.0.2 127.0.0.1")]));
        let port = server.address.port();
        let rule = format!("http://two.example:{port}");
        let both = guest(&client, &[&rule], &[&format!("tcp:connect:127.0.0.1:{port}")]);
        assert_eq!(get_text(&both, &format!("http://two.example:{port}/")).await.unwrap().0, 200);
        assert_eq!(server.connections.get(), 1);
    });
}

#[test]
fn attack_18_a_connection_of_another_guest_is_judged_again() {
    in_runtime(async {
        let server = Server::start().await;
        let client = local_client(config(&[("shared.example", "127.0.0.1")]));
        let port = server.address.port();
        let rule = format!("http://shared.example:{port}");
        let uri = format!("http://shared.example:{port}/");
        let trusted = guest(&client, &[&rule], &[&format!("tcp:connect:127.0.0.1:{port}")]);
        let other = guest(&client, &[&rule], &[]);
        assert_eq!(get_text(&trusted, &uri).await.unwrap().0, 200);
        assert_eq!(get_text(&other, &uri).await, Err(HttpError::DestinationIpProhibited));
        assert_eq!(get_text(&trusted, &uri).await.unwrap().0, 200);
        assert_eq!(server.connections.get(), 1);
    });
}

#[test]
fn attack_18_redirects_are_the_guests_business() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        assert_eq!(get_text(&guest, &server.uri("/redirect")).await.unwrap().0, 302);
        assert_eq!(server.requests.borrow().len(), 1);
    });
}

#[test]
fn attack_19_rules_for_sockets_allow_requests_to_where_they_lead() {
    in_runtime(async {
        let server = Server::start().await;
        let client = local_client(config(&[("near.example", "127.0.0.1")]));
        let port = server.address.port();
        let block = guest(&client, &[], &["tcp:connect:127.0.0.0/8:*"]);
        assert_eq!(get_text(&block, &server.uri("/")).await.unwrap().0, 200);
        let elsewhere = guest(&client, &[], &["tcp:connect:127.0.0.2:*", "udp:127.0.0.0/8:*", "tcp:*:*"]);
        assert_eq!(get_text(&elsewhere, &server.uri("/")).await, Err(HttpError::HttpRequestDenied));
        // A name that leads home is not followed, whichever kind of rule names it.
        let named = guest(&client, &[], &[&format!("tcp:near.example:{port}")]);
        let uri = format!("http://near.example:{port}/");
        assert_eq!(get_text(&named, &uri).await, Err(HttpError::DestinationIpProhibited));
        assert_eq!(server.requests.borrow().len(), 1);
    });
}

#[test]
fn attack_15_what_is_about_a_connection_is_not_received() {
    in_runtime(async {
        let guest = near_guest(&local_client(ClientConfig::default()));
        let server = blunt_server(
            b"HTTP/1.1 200 OK\r\nconnection: close, x-hop\r\nx-hop: 1\r\nkeep-alive: x\r\nx-end: 2\r\ncontent-length: 0\r\n\r\n",
        );
        let response = get(&guest, &server.await).await.unwrap();
        let mut names: Vec<_> = response.headers().map().keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        assert_eq!(names, ["content-length", "x-end"]);
    });
}

#[test]
fn attack_15_two_lengths_are_no_message() {
    in_runtime(async {
        let guest = near_guest(&local_client(ClientConfig::default()));
        let server = blunt_server(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab").await;
        assert_eq!(get_text(&guest, &server).await, Err(HttpError::HttpProtocolError));
    });
}

#[test]
fn attack_15_a_head_without_end_is_refused() {
    in_runtime(async {
        let guest = near_guest(&local_client(ClientConfig { head_bytes: 8 << 10, ..ClientConfig::default() }));
        let endless = format!("HTTP/1.1 200 OK\r\n{}", "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(500));
        let server = blunt_server(endless.leak().as_bytes()).await;
        let failed = get_text(&guest, &server).await;
        assert_eq!(failed, Err(HttpError::HttpResponseHeaderSectionSize(None)));
    });
}

#[test]
fn attack_17_connections_are_bounded() {
    in_runtime(async {
        let server = Server::start().await;
        let other = Server::start().await;
        let connect_timeout = Duration::from_millis(200);
        let config = ClientConfig { connections: 2, connect_timeout, ..ClientConfig::default() };
        let guest = near_guest(&local_client(config));
        let first = get(&guest, &server.uri("/stalled")).await.unwrap();
        // An idle one makes room for another host's.
        assert_eq!(get_text(&guest, &server.uri("/")).await.unwrap().0, 200);
        let second = get(&guest, &other.uri("/stalled")).await.unwrap();
        let begun = Instant::now();
        let third = get_text(&guest, &server.uri("/")).await;
        assert_eq!(third, Err(HttpError::ConnectionLimitReached));
        assert!((180..1_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
        drop((first, second));
        assert_eq!(get_text(&guest, &server.uri("/")).await.unwrap().0, 200);
        assert_eq!(server.connections.get() + other.connections.get(), 4);
    });
}

#[test]
fn attack_17_who_finds_no_room_waits_for_it() {
    in_runtime(async {
        let (server, other) = (Server::start().await, Server::start().await);
        let guest = near_guest(&local_client(ClientConfig { connections: 1, ..ClientConfig::default() }));
        assert_eq!(get_text(&guest, &server.uri("/")).await.unwrap().0, 200);
        // All at once, of which one at a time can have the room that an idle one leaves.
        let uris = [other.uri("/"), server.uri("/"), other.uri("/"), other.uri("/")];
        let (one, two, three, four) = tokio::join!(
            get_text(&guest, &uris[0]),
            get_text(&guest, &uris[1]),
            get_text(&guest, &uris[2]),
            get_text(&guest, &uris[3])
        );
        for answered in [one, two, three, four] {
            assert_eq!(answered.unwrap().0, 200);
        }
    });
}

#[test]
fn attack_17_exchanges_of_one_guest_leave_connections_to_others() {
    in_runtime(async {
        let server = Server::start().await;
        let config = ClientConfig { connections: 8, guest_exchanges: 4, ..ClientConfig::default() };
        let client = local_client(config);
        let (greedy, other) = (near_guest(&client), near_guest(&client));
        let under_way: Vec<_> = (0..50)
            .map(|_| greedy.send(request(&greedy, &server.uri("/stalled")), RequestOptions::default()).unwrap())
            .collect();
        for _ in 0..20 {
            assert_eq!(get_text(&other, &server.uri("/close")).await.unwrap().0, 200);
        }
        drop(under_way);
        assert_eq!(get_text(&greedy, &server.uri("/")).await.unwrap().0, 200);
    });
}

#[test]
fn all_steps_to_a_connection_have_one_time_together() {
    in_runtime(async {
        let server = Server::start().await;
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://{}/", silent.local_addr().unwrap());
        let connect_timeout = Duration::from_millis(400);
        let config = ClientConfig { connections: 1, connect_timeout, ..ClientConfig::default() };
        let guest = near_guest(&local_client(config));
        let stalled = get(&guest, &server.uri("/stalled")).await.unwrap();
        let begun = Instant::now();
        let waits = async {
            sleep(Duration::from_millis(250)).await;
            drop(stalled);
        };
        let (failed, ()) = tokio::join!(get_text(&guest, &uri), waits);
        assert_eq!(failed, Err(HttpError::ConnectionTimeout));
        assert!((380..600).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    });
}

#[test]
fn attack_15_malformed_chunks_are_no_mistake_of_ours() {
    in_runtime(async {
        let guest = near_guest(&local_client(ClientConfig::default()));
        for chunks in ["zz\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "fffffffffffffffff\r\n", "5 5\r\nhello\r\n"] {
            let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
            let server = blunt_server(answer.leak().as_bytes()).await;
            assert_eq!(get_text(&guest, &server).await, Err(HttpError::HttpProtocolError), "{chunks:?}");
        }
        let server = blunt_server(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel").await;
        assert_eq!(get_text(&guest, &server).await, Err(HttpError::HttpResponseIncomplete));
    });
}

#[test]
fn nobody_changes_the_protocol() {
    in_runtime(async {
        let guest = near_guest(&local_client(ClientConfig::default()));
        let server =
            blunt_server(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nxyz").await;
        assert_eq!(get_text(&guest, &server).await, Err(HttpError::HttpUpgradeFailed));
    });
}

#[test]
fn attack_22_whoever_drops_an_exchange_ends_it() {
    in_runtime(async {
        let server = Server::start().await;
        let client = local_client(ClientConfig { connections: 1, ..ClientConfig::default() });
        let guest = near_guest(&client);
        for path in ["/slow", "/stalled"] {
            // Before it began, while it waits, and after the head.
            drop(guest.send(request(&guest, &server.uri(path)), RequestOptions::default()).unwrap());
            let waiting = guest.send(request(&guest, &server.uri(path)), RequestOptions::default()).unwrap();
            sleep(Duration::from_millis(20)).await;
            drop(waiting);
            sleep(Duration::from_millis(20)).await;
        }
        let read_a_little = get(&guest, &server.uri("/stalled")).await.unwrap();
        drop(read_a_little);
        sleep(Duration::from_millis(20)).await;
        // Its connection is free for others.
        assert_eq!(get_text(&guest, &server.uri("/")).await.unwrap().0, 200);
    });
}
