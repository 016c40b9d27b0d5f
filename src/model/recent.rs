//! What was used recently, and no more than a stated number of it: the one way in which this
//! program remembers things that strangers can multiply (tenants, hosts, sources). Knows nothing of
//! what is remembered; forgetting may cost a read, never a decision.
//!
//! Two generations: new and used entries are young; when the young are half of the bound, the old
//! are dropped and the young become old. So nothing is written on a hit among the young, nothing
//! is linked or timed per entry, and whatever fewer than half the bound of others have followed is
//! still there.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::RwLock;

/// A map that holds at most `most` entries and forgets the least recently used half.
#[derive(Debug)]
pub struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// At most `most` entries (at least 2); memory is taken as they come.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half: (most / 2).max(1) }
    }

    /// The value, which counts as used.
    pub fn get<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some((key, value)) = self.old.remove_entry(key) {
            self.insert(key, value);
        }
        self.young.get_mut(key)
    }

    /// Puts a value in, in place of the one of the same key.
    pub fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.turn();
        }
        self.young.insert(key, value);
    }

    pub fn remove<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Keeps only what `keep` says. Looks at every entry: for what happens seldom.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.young.retain(|key, value| keep(key, value));
        self.old.retain(|key, value| keep(key, value));
    }

    /// Ends a generation: what was not used since the last turn is forgotten. Called now and then,
    /// it gives the memory of quiet times back.
    pub fn turn(&mut self) {
        self.old = std::mem::take(&mut self.young);
        // A table keeps its room for ever; what a flood made it take is not needed after it.
        self.old.shrink_to_fit();
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.young.len().saturating_add(self.old.len())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A [`Recent`] that many threads read.
#[derive(Debug)]
pub struct RecentShared<K, V> {
    inner: RwLock<Recent<K, V>>,
}

impl<K: Eq + Hash, V: Clone> RecentShared<K, V> {
    /// As [`Recent::new`].
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { inner: RwLock::new(Recent::new(most)) }
    }

    /// The value, which counts as used.
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        {
            let inner = self.inner.read();
            if let Some(value) = inner.young.get(key) {
                return Some(value.clone());
            }
            // Most keys that are not young are nowhere: they must not make the readers wait.
            inner.old.get(key)?;
        }
        self.inner.write().get(key).map(|value| value.clone())
    }

    pub fn insert(&self, key: K, value: V) {
        self.inner.write().insert(key, value);
    }

    pub fn remove<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.inner.write().remove(key);
    }

    /// As [`Recent::retain`].
    pub fn retain(&self, keep: impl FnMut(&K, &V) -> bool) {
        self.inner.write().retain(keep);
    }

    /// As [`Recent::turn`].
    pub fn turn(&self) {
        self.inner.write().turn();
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut inner = self.inner.write();
        inner.turn();
        inner.turn();
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.read().len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u8, u32),
        Get(u8),
        Remove(u8),
        Turn,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (any::<u8>(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
            6 => any::<u8>().prop_map(Step::Get),
            1 => any::<u8>().prop_map(Step::Remove),
            1 => Just(Step::Turn),
        ]
    }

    proptest! {
        /// Against a list that forgets nothing: what is found is the last value put in, what was
        /// used among the last half of the bound is found, and the bound holds after every step.
        #[test]
        fn it_is_bounded_right_and_remembers_the_last_used(
            most in 2_usize..40,
            steps in prop::collection::vec(step(), 1..400),
        ) {
            let mut recent = Recent::new(most);
            let mut truth: HashMap<u8, u32> = HashMap::new();
            // Newest last, each key once.
            let mut used: Vec<u8> = Vec::new();
            let mut turned = false;
            for step in steps {
                match step {
                    Step::Insert(key, value) => {
                        recent.insert(key, value);
                        truth.insert(key, value);
                        used.retain(|other| *other != key);
                        used.push(key);
                    }
                    Step::Get(key) => {
                        let found = recent.get(&key).copied();
                        if found.is_some() {
                            prop_assert_eq!(found, truth.get(&key).copied());
                        }
                        let last = used.iter().rev().take((most / 2).max(1)).any(|k| *k == key);
                        prop_assert!(turned || !last || found.is_some(), "{} was forgotten", key);
                        if found.is_some() {
                            used.retain(|other| *other != key);
                            used.push(key);
                        }
                    }
                    Step::Remove(key) => {
                        recent.remove(&key);
                        truth.remove(&key);
                        used.retain(|other| *other != key);
                        prop_assert_eq!(recent.get(&key), None);
                    }
                    Step::Turn => {
                        recent.turn();
                        turned = true;
                    }
                }
                prop_assert!(recent.len() <= most, "{} of {}", recent.len(), most);
            }
        }
    }

    #[test]
    fn three_times_the_bound_of_strangers_leaves_the_bound_and_the_one_in_use() {
        let recent = RecentShared::new(1_000);
        recent.insert(u64::MAX, "in use");
        for stranger in 0..3_000 {
            recent.insert(stranger, "stranger");
            assert_eq!(recent.get(&u64::MAX), Some("in use"));
            assert!(recent.len() <= 1_000);
        }
        assert_eq!(recent.get(&0), None);
    }

    #[test]
    fn what_is_not_used_between_two_turns_is_forgotten() {
        let recent = RecentShared::new(10);
        for key in 0..4 {
            recent.insert(key, ());
        }
        recent.turn();
        assert_eq!(recent.get(&0), Some(()));
        recent.turn();
        assert_eq!((recent.len(), recent.get(&0), recent.get(&1)), (1, Some(()), None));
        recent.clear();
        assert!(recent.is_empty());
    }
}
