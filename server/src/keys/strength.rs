//! The strength of a secret: repetitions, sequences and few distinct bytes make even a long one
//! easy to guess.

use crate::keys::{KeyError, SHORTEST_KEY};

/// The fewest bits that a secret must seem to hold.
const FEWEST_BITS: f64 = 64.0;

/// The fewest bytes of a repetition or a sequence. Random text holds shorter ones by chance.
const SHORTEST_PATTERN: usize = 4;

/// The rows of a keyboard, and its columns. Sequences of the alphabet are found by their bytes.
const KEYBOARD: [&[u8]; 2] = [
    b"qwertyuiopasdfghjklzxcvbnm",
    b"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
];

/// The most sequences that are looked for at once: `a1b2c3` is two, woven into each other.
const MOST_WOVEN: usize = 3;

/// Refuses a secret that is easy to guess. A random one passes: of text in hexadecimal, base64 or
/// Django's alphabet not one in a billion is refused.
///
/// # Errors
/// - [`KeyError::Repeats`] if it repeats a text that is shorter than [`SHORTEST_KEY`].
/// - [`KeyError::Guessable`] if it seems to hold fewer than 64 bits.
pub(super) fn check(secret: &[u8]) -> Result<(), KeyError> {
    if !seems_to_hold(secret, FEWEST_BITS) {
        return Err(KeyError::Guessable);
    }
    match period(secret) {
        Some(bytes) if bytes < SHORTEST_KEY => Err(KeyError::Repeats(bytes)),
        _ => Ok(()),
    }
}

/// The length of the text that a secret repeats, at least twice; `None` if it repeats none.
fn period(secret: &[u8]) -> Option<usize> {
    let lengths = 1..=secret.len() / 2;
    lengths.into_iter().find(|length| {
        let shifted = secret.iter().skip(*length);
        shifted.zip(secret).all(|(later, earlier)| later == earlier)
    })
}

/// Counts each byte as one choice among the different bytes of the secret, and a whole pattern as
/// one choice, too.
fn seems_to_hold(secret: &[u8], bits: f64) -> bool {
    let mut different = secret.to_vec();
    different.sort_unstable();
    different.dedup();
    let bits_of_choice = (different.len() as f64).log2();
    let (mut at, mut choices) = (0, 0.0);
    while at < secret.len() && choices * bits_of_choice < bits {
        let pattern = pattern_at(secret, at);
        at += if pattern < SHORTEST_PATTERN {
            1
        } else {
            pattern
        };
        choices += 1.0;
    }
    choices * bits_of_choice >= bits
}

/// The length of the longest pattern that begins here: what has been before, bytes at one distance
/// from each other (`aaaa`, `1234`, `zyxw`, `2468`, `a1b2c3`), or a row of a keyboard in either
/// direction.
fn pattern_at(secret: &[u8], at: usize) -> usize {
    let rest = &secret[at..];
    let lower: Vec<u8> = rest.iter().take(40).map(u8::to_ascii_lowercase).collect();
    let before = (0..at).map(|start| in_common(rest, &secret[start..]));
    let keys = KEYBOARD.iter().flat_map(|row| {
        let backwards: Vec<u8> = row.iter().rev().copied().collect();
        [row.to_vec(), backwards]
    });
    let rows = keys.map(|row| {
        let starts = (0..row.len()).map(|start| in_common(&lower, &row[start..]));
        starts.max().unwrap_or(0)
    });
    let longest = before.chain(rows).max().unwrap_or(0);
    let woven = (1..=MOST_WOVEN).map(|woven| evenly_spaced(rest, woven));
    woven.fold(longest, usize::max)
}

fn in_common(one: &[u8], other: &[u8]) -> usize {
    let pairs = one.iter().zip(other);
    pairs.take_while(|(one, other)| one == other).count()
}

/// The length of so many sequences that are woven into each other, the distances of each being the
/// same; 0 if they are so short that random text holds them by chance.
fn evenly_spaced(bytes: &[u8], woven: usize) -> usize {
    let steps: Vec<u8> = bytes
        .windows(2)
        .map(|pair| pair[1].wrapping_sub(pair[0]))
        .collect();
    let again = in_common(&steps, steps.get(woven..).unwrap_or_default());
    let length = 1 + woven + again;
    if length >= 2 * woven + 2 { length } else { 0 }
}
