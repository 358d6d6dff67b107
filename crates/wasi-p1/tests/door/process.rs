//! Arguments, environment, clocks, randomness, exit and signals.

use std::time::{SystemTime, UNIX_EPOCH};

use tambo_engine::TrapKind;
use tambo_kernel::Error;
use tambo_kernel::Grant;
use tambo_wasi_p1::{Errno, P1};

use crate::world::{BUFFER, OUT, World};

#[test]
fn arguments_and_environment_are_told() {
    let mut world = World::with(|grant| {
        grant.arguments = vec!["prog".into(), "two words".into()];
        grant.environment = vec![("A".into(), "1=2".into()), ("B".into(), String::new())];
    });
    for (sizes, get, count, strings) in [
        ("args_sizes_get", "args_get", 2, &b"prog\0two words\0"[..]),
        ("environ_sizes_get", "environ_get", 2, &b"A=1=2\0B=\0"[..]),
    ] {
        world.call(sizes, &[OUT, OUT + 4]).unwrap();
        assert_eq!((world.u32(OUT), world.u32(OUT + 4)), (count, strings.len() as u32));
        world.call(get, &[OUT, BUFFER + 1]).unwrap();
        assert_eq!(world.bytes(BUFFER + 1, strings.len() as u64), strings);
        assert_eq!(world.u32(OUT), BUFFER as u32 + 1);
        let end = world.memory.len() as u64;
        assert_eq!(world.call(get, &[OUT, end - 4]), Err(Errno::Fault));
        assert_eq!(world.call(get, &[end - 4, BUFFER]), Err(Errno::Fault));
        assert_eq!(world.call(sizes, &[end - 3, OUT]), Err(Errno::Fault));
    }
}

#[test]
fn grants_that_cannot_be_told_are_refused() {
    let refused = |spoil: fn(&mut Grant)| {
        let mut grant = Grant::new(tambo_kernel_os::system());
        spoil(&mut grant);
        P1::new(grant).err()
    };
    assert_eq!(refused(|_| {}), None);
    assert_eq!(refused(|grant| grant.arguments.push("a\0b".into())), Some(Error::Invalid));
    assert_eq!(refused(|grant| grant.environment.push(("A=B".into(), String::new()))), Some(Error::Invalid));
    assert_eq!(refused(|grant| grant.budget.descriptors = 2), Some(Error::TooManyDescriptors));
}

#[test]
fn four_clocks_go() {
    let mut world = World::new();
    let time = |world: &mut World, id| world.call("clock_time_get", &[id, 1, OUT]).map(|()| world.u64(OUT));
    let host = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!(time(&mut world, 0).unwrap().abs_diff(host) < 10_000_000_000);
    for id in 1..4 {
        let first = time(&mut world, id).unwrap();
        assert!(time(&mut world, id).unwrap() >= first);
    }
    for id in 0..4 {
        world.call("clock_res_get", &[id, OUT]).unwrap();
        assert!((1..1_000_000_000).contains(&world.u64(OUT)));
    }
    for id in [4, u64::from(u32::MAX)] {
        assert_eq!(time(&mut world, id), Err(Errno::Inval));
        assert_eq!(world.call("clock_res_get", &[id, OUT]), Err(Errno::Inval));
    }
    assert_eq!(world.call("clock_time_get", &[0, 0, 1 << 17]), Err(Errno::Fault));
}

#[test]
fn random_bytes_fill_the_buffer_and_no_more() {
    let mut world = World::new();
    world.call("random_get", &[BUFFER, 64]).unwrap();
    assert!(world.bytes(BUFFER, 64).iter().any(|&byte| byte != 0));
    assert_eq!(world.bytes(BUFFER + 64, 8), [0; 8]);
    let first = world.bytes(BUFFER, 64).to_vec();
    world.call("random_get", &[BUFFER, 64]).unwrap();
    assert_ne!(world.bytes(BUFFER, 64), first);
    assert_eq!(world.call("random_get", &[1 << 17, 0]), Ok(()));
    assert_eq!(world.call("random_get", &[1 << 16, (1 << 16) + 1]), Err(Errno::Fault));
}

#[test]
fn exit_ends_the_guest_with_its_code() {
    for code in [0, 1, 33, 255, 256, u32::MAX] {
        assert_eq!(World::new().trap("proc_exit", &[code.into()]).exit_code(), Some(code));
    }
}

#[test]
fn signals_do_what_they_do_by_default() {
    for (signal, code) in [(6, 134), (9, 137), (11, 139), (15, 143), (30, 158)] {
        assert_eq!(World::new().trap("proc_raise", &[signal]).kind, TrapKind::Exit(code));
    }
    let mut world = World::new();
    for ignored in [0, 13, 16, 17, 22, 27] {
        assert_eq!(world.call("proc_raise", &[ignored]), Ok(()), "{ignored}");
    }
    for stopping in 18..=21 {
        assert_eq!(world.call("proc_raise", &[stopping]), Err(Errno::Notsup), "{stopping}");
    }
    assert_eq!(world.call("proc_raise", &[31]), Err(Errno::Inval));
    assert_eq!(world.call("sched_yield", &[]), Ok(()));
}
