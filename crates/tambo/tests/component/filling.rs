//! Results that the host writes into the guest's memory in place.

use std::rc::Rc;
use std::task::Poll;

use tambo::component::{Answer, CallError, Component, Filled, Instance, Limits, Linker, Space, Val};
use tambo::{Runtime, TrapKind};

use crate::parking::executor::{Gate, open_until_done, poll, wait_at};
use crate::{load, on_each_engine, start};

/// `run` passes on what `read` gives. Its allocator keeps a list of the sizes it was asked for, and does as `behave` said.
const READS: &str = r#"(component
    (import "t:fill/io" (instance $io (export "read"
        (func (param "len" u32) (result (result (tuple (list u8) bool) (error string)))))))
    (core module $libc
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 4096))
        (global $how (mut i32) (i32.const 0))
        (global $sizes (mut i32) (i32.const 1024))
        (func (export "behave") (param i32) (global.set $how (local.get 0)))
        (func (export "sizes") (result i32)
            (i32.store (i32.const 64) (i32.const 1024))
            (i32.store (i32.const 68) (i32.shr_u (i32.sub (global.get $sizes) (i32.const 1024)) (i32.const 2)))
            (i32.const 64))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (if (i32.or (local.get 0) (local.get 1)) (then (unreachable)))
            (if (i32.eq (global.get $how) (i32.const 1)) (then (return (i32.const -16))))
            (if (i32.eq (global.get $how) (i32.const 2)) (then (unreachable)))
            (if (i32.eq (global.get $how) (i32.const 3)) (then
                (global.set $next (i32.mul (memory.grow (i32.const 20)) (i32.const 65536)))))
            (i32.store (global.get $sizes) (local.get 3))
            (global.set $sizes (i32.add (global.get $sizes) (i32.const 4)))
            (global.get $next)
            (global.set $next (i32.add (global.get $next) (local.get 3)))))
    (core instance $libc (instantiate $libc))
    (core func $read (canon lower (func $io "read") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
        (import "" "read" (func $read (param i32 i32)))
        (func (export "run") (param i32) (result i32)
            (call $read (local.get 0) (i32.const 16))
            (i32.const 16)))
    (core instance $i (instantiate $m (with "" (instance (export "read" (func $read))))))
    (func (export "run") (param "len" u32) (result (result (tuple (list u8) bool) (error string)))
        (canon lift (core func $i "run") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "behave") (param "how" u32) (canon lift (core func $libc "behave")))
    (func (export "sizes") (result (list u32)) (canon lift (core func $libc "sizes") (memory (core memory $libc "memory")))))"#;

#[derive(Clone, Default)]
struct State {
    data: Vec<u8>,
    /// How much the host believes there is.
    claims: u32,
    /// How `fill` fails.
    fails: Option<&'static str>,
    begun: u32,
    tried: u32,
    gate: Option<Rc<Gate>>,
    shared: Rc<()>,
}

type Read = (Result<(Filled, bool), String>,);

fn fill(state: &mut State, job: &mut (u32, Rc<()>), mut space: Space<'_>) -> Poll<Read> {
    state.tried += 1;
    assert_eq!(space.bytes().len(), job.0 as usize);
    if let Some(gate) = &state.gate
        && gate.pass(|| ()).is_pending()
    {
        return Poll::Pending;
    }
    if let Some(failure) = state.fails {
        return Poll::Ready((Err(failure.to_owned()),));
    }
    let count = space.bytes().len().min(state.data.len());
    space.bytes()[..count].copy_from_slice(&state.data[..count]);
    Poll::Ready((Ok((space.filled(count), count == state.data.len())),))
}

fn linker() -> Linker<State> {
    let mut linker = Linker::new();
    linker.func_filling::<(u32,), Read, _, _, _>(
        "t:fill/io#read",
        |state: &mut State, (len,)| {
            state.begun += 1;
            Ok(Poll::Ready(match state.claims {
                0 => Answer::Ready((Err("closed".to_owned()),)),
                claims => Answer::Fill { bytes: len.min(claims), job: (len.min(claims), state.shared.clone()) },
            }))
        },
        |state, job, space| Ok(fill(state, job, space)),
    );
    wait_at(&mut linker, |state: &State| match &state.gate {
        Some(gate) => gate,
        None => panic!("it waits, and there is no gate"),
    });
    linker
}

fn reading(runtime: &Runtime, data: &[u8]) -> Instance<State> {
    let state = State { data: data.to_vec(), claims: data.len() as u32, ..State::default() };
    start(&load(runtime, READS), &linker(), state)
}

type Answered = Result<Result<(Vec<u8>, bool), String>, CallError>;

fn read(instance: &mut Instance<State>, len: u32) -> Answered {
    let run = instance.func::<(u32,), (Result<(Vec<u8>, bool), String>,)>("run").unwrap();
    run.call(instance, (len,)).map(|(result,)| result)
}

fn sizes(instance: &mut Instance<State>) -> Vec<u32> {
    instance.func::<(), (Vec<u32>,)>("sizes").unwrap().call(instance, ()).unwrap().0
}

#[test]
fn a_list_is_as_long_as_it_was_said() {
    on_each_engine(|runtime| {
        let data: Vec<u8> = (0..50_000).map(|n| n as u8).collect();
        let mut instance = reading(runtime, &data);
        assert_eq!(read(&mut instance, 10).unwrap(), Ok((data[..10].to_vec(), false)));
        assert_eq!(read(&mut instance, 0).unwrap(), Ok((Vec::new(), false)));
        // A guest may ask for 4 GiB; it allocates what there is.
        assert_eq!(read(&mut instance, u32::MAX).unwrap(), Ok((data, true)));
        assert_eq!(sizes(&mut instance), [10, 0, 50_000]);
        assert_eq!(instance.state().begun, 3);
        assert_eq!(Rc::strong_count(&instance.state().shared), 1, "jobs are dropped");
    });
}

#[test]
fn a_list_may_turn_out_shorter() {
    on_each_engine(|runtime| {
        let mut instance = reading(runtime, b"hello");
        instance.state_mut().claims = 8;
        assert_eq!(read(&mut instance, 100).unwrap(), Ok((b"hello".to_vec(), true)));
        instance.state_mut().data.clear();
        assert_eq!(read(&mut instance, 100).unwrap(), Ok((Vec::new(), true)));
        assert_eq!(sizes(&mut instance), [8, 8]);
    });
}

#[test]
fn a_call_may_fail_before_and_after_the_allocation() {
    on_each_engine(|runtime| {
        let mut instance = reading(runtime, b"hello");
        instance.state_mut().fails = Some("the disk is gone");
        assert_eq!(read(&mut instance, 3).unwrap(), Err("the disk is gone".to_owned()));
        // Without a text, nothing more is allocated for.
        instance.state_mut().fails = None;
        assert_eq!(read(&mut instance, 3).unwrap(), Ok((b"hel".to_vec(), false)));
        instance.state_mut().claims = 0;
        assert_eq!(read(&mut instance, 3).unwrap(), Err("closed".to_owned()));
        assert_eq!(sizes(&mut instance), [3, 16, 3, 6]);
        assert_eq!(instance.state().tried, 2);
    });
}

#[test]
fn an_allocator_that_misbehaves_harms_its_own_component_only() {
    on_each_engine(|runtime| {
        let behaving = |how: u32| {
            let mut instance = reading(runtime, b"hello");
            instance.call("behave", &[Val::U32(how)]).unwrap();
            let result = read(&mut instance, 5);
            (instance, result)
        };
        let (instance, result) = behaving(1);
        assert!(result.unwrap_err().to_string().contains("a block that realloc returned out-of-bounds"));
        assert!(instance.has_trapped());
        assert_eq!(instance.state().tried, 0, "the host is not asked to fill what is not there");
        let (instance, result) = behaving(2);
        assert!(matches!(result, Err(CallError::Trap(trap)) if trap.kind == TrapKind::Unreachable));
        assert_eq!(instance.state().tried, 0);
        // It grows its memory, which may move.
        let (_, result) = behaving(3);
        assert_eq!(result.unwrap(), Ok((b"hello".to_vec(), true)));
    });
}

#[test]
fn more_than_a_list_may_have_is_not_asked_for() {
    on_each_engine(|runtime| {
        let mut instance = reading(runtime, b"hello");
        instance.state_mut().claims = u32::MAX;
        let error = read(&mut instance, u32::MAX).unwrap_err().to_string();
        assert_eq!(error, "the host's function t:fill/io#read wants to fill 4294967295 bytes");
    });
}

#[test]
fn filling_may_wait() {
    on_each_engine(|runtime| {
        let component: Component = load(runtime, READS);
        let gate = Rc::<Gate>::default();
        let state = State { data: b"hello".to_vec(), claims: 5, gate: Some(gate.clone()), ..State::default() };
        let mut blocking = start(&component, &linker(), state.clone());
        assert_eq!(read(&mut blocking, 4).unwrap(), Ok((b"hell".to_vec(), false)));
        assert_eq!((blocking.state().begun, blocking.state().tried, gate.blocked.get()), (1, 2, 1));

        let linked = component.link(&linker()).unwrap();
        let limits = Limits::default();
        let mut instance = open_until_done(&gate, linked.instantiate_async(state.clone(), &limits)).1.unwrap();
        let run = instance.func::<(u32,), (Result<(Vec<u8>, bool), String>,)>("run").unwrap();
        for len in [5, 2] {
            let (opened, result) = open_until_done(&gate, run.call_async(&mut instance, (len,)));
            assert_eq!((opened, result.unwrap().0), (1, Ok((b"hello"[..len as usize].to_vec(), len == 5))));
        }
        assert_eq!((instance.state().begun, instance.state().tried, gate.blocked.get()), (2, 4, 1));
        instance.state_mut().fails = Some("too late");
        let (opened, result) = open_until_done(&gate, run.call_async(&mut instance, (5,)));
        assert_eq!((opened, result.unwrap().0), (1, Err("too late".to_owned())));
        assert_eq!(sizes(&mut instance), [5, 2, 5, 8]);

        let mut call = Box::pin(run.call_async(&mut instance, (5,)));
        assert!(poll(&mut call).is_pending());
        drop(call);
        assert!(instance.has_trapped());
        drop(instance);
        drop(blocking);
        assert_eq!(Rc::strong_count(&state.shared), 1, "a job that was cancelled is dropped");
    });
}
