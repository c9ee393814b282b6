//! A memory that is bounded: what was put into it last is there, what is older may be gone.

use std::collections::HashMap;

use crate::clock::{Duration, Timestamp};

/// Keys of one generation. Each takes some 40 bytes, so that a memory under attack stays below
/// three mebibytes.
const GENERATION: usize = 25_000;

/// A map with two generations and a bounded size. When the young generation is full or old enough,
/// the old one is dropped as a whole and the young one replaces it, so no entry is ever searched
/// for.
#[derive(Debug)]
pub(super) struct Recent<V> {
    young: HashMap<u64, V>,
    old: HashMap<u64, V>,
    /// The start of the young generation.
    began: Timestamp,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            began: Timestamp::MIN,
        }
    }
}

impl<V> Recent<V> {
    /// Returns the value of a key.
    pub(super) fn get(&self, key: u64) -> Option<&V> {
        self.young.get(&key).or_else(|| self.old.get(&key))
    }

    /// Stores a value for this duration, or until too many newer keys follow.
    pub(super) fn put(&mut self, key: u64, value: V, keep: Duration, now: Timestamp) {
        let age = now.duration_since(self.began);
        if self.young.len() >= GENERATION || age > keep {
            self.old = std::mem::take(&mut self.young);
            self.began = now;
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn what_is_put_there_stays_for_as_long_as_was_said() {
        let mut memory = Recent::default();
        memory.put(1, "one", MINUTE, at(0));
        memory.put(2, "two", MINUTE, at(59));
        memory.put(3, "three", MINUTE, at(61));
        assert_eq!(memory.get(2), Some(&"two"));
        memory.put(2, "again", MINUTE, at(62));
        assert_eq!(memory.get(2), Some(&"again"));
        memory.put(4, "four", MINUTE, at(125));
        assert_eq!((memory.get(1), memory.get(2)), (None, Some(&"again")));
    }

    #[test]
    fn it_never_holds_more_than_two_generations() {
        let mut memory = Recent::default();
        for key in 0..10 * GENERATION as u64 {
            memory.put(key, (), MINUTE, at(0));
            assert!(memory.young.len() + memory.old.len() <= 2 * GENERATION);
            assert!(memory.get(key).is_some());
        }
        assert!(memory.get(0).is_none());
    }
}
