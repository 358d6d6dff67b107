//! `wasi:io/poll`.

use conformance::files::{HELLO, open, root};
use conformance::wasi::cli::stdin::get_stdin;
use conformance::wasi::clocks::monotonic_clock::{now, subscribe_duration, subscribe_instant};
use conformance::wasi::io::poll::{Pollable, poll};

conformance::cases! {
    "poll/pollable.ready":
        is_true_after_the_event,
        is_false_before_the_event,
        does_not_consume_the_event;
    "poll/pollable.block":
        returns_at_once_if_ready,
        waits_for_the_event;
    "poll/poll":
        an_empty_list_traps,
        returns_the_index_of_the_one_that_is_ready,
        returns_every_index_that_is_ready,
        waits_for_the_first,
        one_pollable_twice_is_two_indices,
        a_timer_is_a_timeout,
        a_thousand_pollables;
    "attacks/10":
        zero_timeouts_in_a_loop,
        an_empty_poll_traps,
        a_huge_list,
}

const MILLISECOND: u64 = 1_000_000;
const HOUR: u64 = 3_600_000 * MILLISECOND;

/// Not before the case is over.
fn never() -> Pollable {
    subscribe_duration(HOUR)
}

fn past() -> Pollable {
    subscribe_instant(0)
}

fn is_true_after_the_event() {
    assert!(past().ready());
}

/// "This function never blocks."
fn is_false_before_the_event() {
    let before = now();
    assert!(!never().ready());
    assert!(now() - before < HOUR / 2);
}

fn does_not_consume_the_event() {
    let pollable = past();
    assert!(pollable.ready() && pollable.ready());
    pollable.block();
    assert_eq!(poll(&[&pollable]), [0]);
    assert!(pollable.ready());
}

fn returns_at_once_if_ready() {
    past().block();
}

fn waits_for_the_event() {
    let before = now();
    let pollable = subscribe_duration(30 * MILLISECOND);
    pollable.block();
    assert!(now() - before >= 30 * MILLISECOND);
    assert!(pollable.ready());
}

/// "This function traps if […] the list is empty".
fn an_empty_list_traps() {
    let ready = poll(&[]);
    panic!("it returned {ready:?}");
}

fn returns_the_index_of_the_one_that_is_ready() {
    let (never, past) = (never(), past());
    assert_eq!(poll(&[&never, &past]), [1]);
    assert_eq!(poll(&[&past, &never]), [0]);
    assert_eq!(poll(&[&never, &never, &past, &never]), [2]);
}

/// "contains one or more indices of handles in the argument list that is ready": at least one, and only such.
fn returns_every_index_that_is_ready() {
    let (never, past) = (never(), past());
    let ready = poll(&[&past, &never, &past]);
    assert!(!ready.is_empty() && ready.iter().all(|index| [0, 2].contains(index)), "{ready:?}");
    assert_eq!(ready, [0, 2], "both were ready before the call");
}

fn waits_for_the_first() {
    let before = now();
    let (late, soon) = (never(), subscribe_duration(20 * MILLISECOND));
    assert_eq!(poll(&[&late, &soon]), [1]);
    assert!(now() - before >= 20 * MILLISECOND);
}

fn one_pollable_twice_is_two_indices() {
    let (never, past) = (never(), past());
    assert_eq!(poll(&[&past, &never, &past]), [0, 2]);
    let soon = subscribe_duration(10 * MILLISECOND);
    let ready = poll(&[&soon, &soon]);
    assert!(!ready.is_empty() && ready.iter().all(|index| *index < 2), "{ready:?}");
}

/// "A timeout can be implemented by adding a pollable from the wasi-clocks API to the list." Standard input stays open
/// and empty.
fn a_timer_is_a_timeout() {
    let stdin = get_stdin();
    let input = stdin.subscribe();
    let timer = subscribe_duration(30 * MILLISECOND);
    assert!(!input.ready());
    assert_eq!(poll(&[&input, &timer]), [1]);
}

fn a_thousand_pollables() {
    let pollables: Vec<Pollable> = (0..1000).map(|number| if number == 777 { past() } else { never() }).collect();
    let list: Vec<&Pollable> = pollables.iter().collect();
    assert_eq!(poll(&list), [777]);
}

fn zero_timeouts_in_a_loop() {
    for _ in 0..10_000 {
        let timer = subscribe_duration(0);
        timer.block();
        assert_eq!(poll(&[&timer]), [0]);
    }
}

fn an_empty_poll_traps() {
    an_empty_list_traps();
}

/// One file's pollable and one timer, a hundred thousand times: it answers, or it traps.
fn a_huge_list() {
    let file = open(&root(), "file.txt").read_via_stream(0).expect("a stream");
    let (readable, never) = (file.subscribe(), never());
    let list: Vec<&Pollable> = (0..100_000).map(|index| if index % 2 == 0 { &readable } else { &never }).collect();
    let ready = poll(&list);
    assert!(!ready.is_empty() && ready.iter().all(|index| index % 2 == 0), "{} indices", ready.len());
    assert_eq!(file.blocking_read(100).expect("still readable"), HELLO);
}
