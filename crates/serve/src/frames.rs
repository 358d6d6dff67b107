//! Counts the frames of HTTP/2 that cost something and carry nothing (RFC 9113, section 10.5): a flood of them is the
//! end of a connection, whatever the library behind makes of it.

use crate::ticks::Ticks;

/// The preface that comes before the first frame.
const PREFACE: usize = 24;
const HEADER: usize = 9;
/// How many such frames may come at once.
const BURST: u32 = 2_000;
/// How many more with each tick.
const EACH_TICK: u32 = 100;
/// For how many bytes that were sent a client may widen a window once. The least response is some 40 bytes, after which a
/// client may widen two.
const WIDENED_FOR: u64 = 16;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const PADDED: u8 = 8;

/// Follows the frames of one connection by their headers.
pub(crate) struct FrameMeter {
    ticks: Ticks,
    header: [u8; HEADER],
    filled: usize,
    /// Bytes to pass over before the next header.
    skip: usize,
    left: u32,
    refilled: u32,
    /// Bytes that were sent, and for which no window was widened yet.
    sent: u64,
}

impl FrameMeter {
    pub(crate) fn new(ticks: Ticks) -> Self {
        let refilled = ticks.now();
        Self { ticks, header: [0; HEADER], filled: 0, skip: PREFACE, left: BURST, refilled, sent: 0 }
    }

    /// So many bytes went to the client.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(bytes as u64);
    }

    /// Follow some bytes; whether they are still within bounds.
    pub(crate) fn follow(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                return true;
            }
            let taken = (HEADER - self.filled).min(bytes.len());
            self.header[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
            self.filled += taken;
            bytes = &bytes[taken..];
            if self.filled == HEADER && !self.frame() {
                return false;
            }
        }
    }

    fn frame(&mut self) -> bool {
        self.filled = 0;
        let [a, b, c, kind, flags, ..] = self.header;
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        self.skip = length;
        let carries = match kind {
            // Padding is at most 255 bytes and its length one.
            DATA => flags & END_STREAM != 0 || length > if flags & PADDED != 0 { 256 } else { 0 },
            // Bounded by the streams.
            HEADERS => true,
            WINDOW_UPDATE => self.widens(),
            _ => false,
        };
        carries || self.charge()
    }

    /// Whether there was something to widen a window for.
    fn widens(&mut self) -> bool {
        let rest = self.sent.checked_sub(WIDENED_FOR);
        self.sent = rest.unwrap_or(self.sent);
        rest.is_some()
    }

    fn charge(&mut self) -> bool {
        let now = self.ticks.now();
        let earned = now.saturating_sub(self.refilled).saturating_mul(EACH_TICK);
        self.refilled = now;
        self.left = self.left.saturating_add(earned).min(BURST);
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticks::TICK;

    fn frame(length: usize, kind: u8, flags: u8) -> Vec<u8> {
        let mut bytes = (length as u32).to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags, 0, 0, 0, 1]);
        bytes.resize(HEADER + length, 0);
        bytes
    }

    fn meter() -> (Ticks, FrameMeter) {
        let ticks = Ticks::default();
        let mut meter = FrameMeter::new(ticks.clone());
        assert!(meter.follow(&[b'P'; PREFACE]));
        (ticks, meter)
    }

    #[test]
    fn attack_16_frames_that_carry_nothing_are_counted() {
        for (kind, flags, length) in
            [(DATA, 0, 0), (DATA, PADDED, 200), (3, 0, 4), (4, 0, 0), (6, 0, 8), (WINDOW_UPDATE, 0, 4), (9, 0, 10)]
        {
            let (_, mut meter) = meter();
            let one = frame(length, kind, flags);
            assert!((0..BURST).all(|_| meter.follow(&one)), "{kind}");
            assert!(!meter.follow(&one), "{kind}");
        }
    }

    #[test]
    fn frames_with_contents_are_free() {
        let (_, mut meter) = meter();
        for (kind, flags, length) in [(DATA, 0, 1), (DATA, END_STREAM, 0), (HEADERS, 4, 30)] {
            let one = frame(length, kind, flags);
            assert!((0..=BURST).all(|_| meter.follow(&one)), "{kind}");
        }
    }

    #[test]
    fn windows_are_widened_for_what_was_sent() {
        let (_, mut meter) = meter();
        let one = frame(4, WINDOW_UPDATE, 0);
        meter.sent(10 * BURST as usize * WIDENED_FOR as usize);
        assert!((0..11 * BURST).all(|_| meter.follow(&one)));
        assert!(!meter.follow(&one));
    }

    #[test]
    fn headers_are_found_wherever_reads_end() {
        let (_, mut meter) = meter();
        let stream: Vec<u8> = (0..BURST).flat_map(|_| frame(8, 6, 0)).collect();
        assert!(stream.chunks(7).all(|piece| meter.follow(piece)));
        assert!(!meter.follow(&frame(8, 6, 0)));
    }

    #[test]
    fn time_earns_frames() {
        let (ticks, mut meter) = meter();
        let ping = frame(8, 6, 0);
        assert!((0..BURST).all(|_| meter.follow(&ping)));
        ticks.set(TICK);
        assert!((0..EACH_TICK).all(|_| meter.follow(&ping)));
        assert!(!meter.follow(&ping));
    }
}
