//! `wasi:random/random`, `insecure` and `insecure-seed`.

use conformance::wasi::random::insecure::{get_insecure_random_bytes, get_insecure_random_u64};
use conformance::wasi::random::insecure_seed::insecure_seed;
use conformance::wasi::random::random::{get_random_bytes, get_random_u64};

conformance::cases! {
    "random/get-random-bytes":
        returns_len_bytes,
        returns_fresh_data,
        looks_random;
    "random/get-random-u64":
        returns_fresh_numbers;
    "insecure/get-insecure-random-bytes":
        returns_len_insecure_bytes;
    "insecure/get-insecure-random-u64":
        can_be_called;
    "insecure-seed/insecure-seed":
        can_be_called_for_a_seed;
    "attacks/11":
        four_gibibytes_trap,
        more_bytes_than_there_are_addresses_trap,
        four_insecure_gibibytes_trap,
        requests_that_are_too_large_by_little,
}

const SIZES: [u64; 9] = [0, 1, 7, 8, 9, 255, 256, 4097, 1 << 20];

fn returns_len_bytes() {
    for len in SIZES {
        assert_eq!(get_random_bytes(len).len() as u64, len);
    }
}

/// "This function must always return fresh data."
fn returns_fresh_data() {
    let (first, second) = (get_random_bytes(32), get_random_bytes(32));
    assert_ne!(first, second);
    assert_ne!(first, [0; 32]);
    assert_ne!(first[..16], first[16..]);
}

/// Every byte value, about as often as any other: a generator that is not secure passes too, one that is broken does not.
fn looks_random() {
    let bytes = get_random_bytes(1 << 16);
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    // 256 are expected, with a deviation of 16.
    assert!(counts.iter().all(|count| (128..=384).contains(count)), "{counts:?}");
}

fn returns_fresh_numbers() {
    let mut numbers: Vec<u64> = (0..64).map(|_| get_random_u64()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 64);
    let (any, all) = numbers.iter().fold((0, u64::MAX), |(any, all), number| (any | number, all & number));
    assert_eq!((any, all), (u64::MAX, 0), "every bit is set sometimes, and none always");
}

/// "There are no requirements on the values of the returned bytes".
fn returns_len_insecure_bytes() {
    for len in SIZES {
        assert_eq!(get_insecure_random_bytes(len).len() as u64, len);
    }
}

fn can_be_called() {
    get_insecure_random_u64();
}

/// "may even be entirely deterministic".
fn can_be_called_for_a_seed() {
    insecure_seed();
}

fn four_gibibytes_trap() {
    let bytes = get_random_bytes(1 << 32);
    panic!("it returned {} bytes", bytes.len());
}

fn more_bytes_than_there_are_addresses_trap() {
    let bytes = get_random_bytes(u64::MAX);
    panic!("it returned {} bytes", bytes.len());
}

fn four_insecure_gibibytes_trap() {
    let bytes = get_insecure_random_bytes(1 << 32);
    panic!("it returned {} bytes", bytes.len());
}

/// What a 32-bit list can hold, and no 32-bit memory that has a program in it.
fn requests_that_are_too_large_by_little() {
    let bytes = get_random_bytes((1 << 32) - 1);
    panic!("it returned {} bytes", bytes.len());
}
