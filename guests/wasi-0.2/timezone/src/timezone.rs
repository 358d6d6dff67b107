//! `wasi:clocks/timezone`.

use crate::bindings::wasi::clocks::timezone::{Datetime, display, utc_offset};

conformance::cases! {
    "timezone/display":
        has_an_offset_of_less_than_a_day,
        utc_is_without_offset;
    "timezone/utc-offset":
        is_that_of_display;
    "attacks/25":
        times_beyond_all_calendars,
}

const DAY: i32 = 86_400;

/// 1970, some days of a summer and of a winter, and 2100.
const TIMES: [u64; 4] = [0, 1_719_835_200, 1_735_689_600, 4_102_444_800];

fn at(seconds: u64) -> Datetime {
    Datetime { seconds, nanoseconds: 0 }
}

/// "The returned value will always be less than 86400 which is the number of seconds in a day".
fn has_an_offset_of_less_than_a_day() {
    for seconds in TIMES {
        let shown = display(at(seconds));
        assert!(shown.utc_offset > -DAY && shown.utc_offset < DAY, "{}", shown.utc_offset);
        assert!(!shown.name.is_empty());
    }
}

/// "The name `UTC` indicates Coordinated Universal Time."
fn utc_is_without_offset() {
    for seconds in TIMES {
        let shown = display(at(seconds));
        assert!(shown.name != "UTC" || shown.utc_offset == 0 && !shown.in_daylight_saving_time);
    }
}

/// "The same as `display`, but only return the UTC offset."
fn is_that_of_display() {
    for seconds in TIMES {
        assert_eq!(utc_offset(at(seconds)), display(at(seconds)).utc_offset);
    }
}

/// "If the timezone cannot be determined for the given `datetime`, return a `timezone-display` for `UTC`".
fn times_beyond_all_calendars() {
    for seconds in [u64::MAX, i64::MAX as u64, i64::MAX as u64 + 1, 1 << 60] {
        for nanoseconds in [0, 999_999_999, u32::MAX] {
            let when = Datetime { seconds, nanoseconds };
            let shown = display(when);
            assert!(shown.utc_offset > -DAY && shown.utc_offset < DAY, "{}", shown.utc_offset);
            assert_eq!(utc_offset(when), shown.utc_offset);
        }
    }
}
