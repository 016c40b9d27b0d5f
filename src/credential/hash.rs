//! The cost of argon2id and its one computation, in memory that the caller keeps and reuses
//! (a fresh 46 MiB costs more than twice the hash itself in page faults). Knows neither the text
//! form of hashes (`stored_hash`) nor threads (`pool`).

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::password::Password;

/// Least cost of a new hash as (memory in KiB, iterations), any row will do: OWASP Password Storage
/// Cheat Sheet, "Argon2id", which calls them equal in strength.
pub const OWASP_FLOOR: [(u32, u32); 5] =
    [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// Ceilings of what is computed at all. A stored hash comes from imports too, and one line of a file
/// must not be able to take a gigabyte or a minute of a worker.
const MAX_MEMORY_KIB: u32 = 262_144;
const MAX_ITERATIONS: u32 = 64;
const MAX_LANES: u32 = 16;
/// Memory × iterations: about 0.4 s on the machine of the measurements.
const MAX_WORK: u64 = 1_310_720;

/// Argon2's own least memory: 8 blocks a lane (RFC 9106 §3.1).
const BLOCKS_PER_LANE: u32 = 8;

/// What one hash costs. Every value of this type can be computed: within the ceilings above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HashCost {
    memory_kib: u32,
    iterations: u32,
    lanes: u32,
}

/// Why a cost is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CostFault {
    #[error(
        "hash cost m={memory_kib},t={iterations} is below the floor; use at least one of \
         m=47104,t=1  m=19456,t=2  m=12288,t=3  m=9216,t=4  m=7168,t=5"
    )]
    BelowFloor { memory_kib: u32, iterations: u32 },
    #[error(
        "hash cost m={memory_kib},t={iterations},p={lanes} is out of range; memory goes to \
         {MAX_MEMORY_KIB} KiB (at least 8 per lane), iterations to {MAX_ITERATIONS}, lanes to \
         {MAX_LANES}, memory times iterations to {MAX_WORK}"
    )]
    OutOfRange { memory_kib: u32, iterations: u32, lanes: u32 },
}

/// A computation that failed: never for a wrong password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashFault {
    #[error("argon2 refused its input: {0}")]
    Argon2(argon2::Error),
    #[error("the function of an imported hash refused its input")]
    Imported,
    #[error("the system gave no random bytes")]
    Random,
}

impl HashCost {
    /// OWASP's second row, which needs no huge memory: 19 MiB, 2 iterations, 1 lane.
    pub const DEFAULT: Self = Self { memory_kib: 19_456, iterations: 2, lanes: 1 };

    /// A cost for new hashes.
    ///
    /// # Errors
    /// [`CostFault`] below [`OWASP_FLOOR`] or above what is computed at all.
    pub fn checked(memory_kib: u32, iterations: u32, lanes: u32) -> Result<Self, CostFault> {
        let cost = Self::computable(memory_kib, iterations, lanes)?;
        let strong = OWASP_FLOOR.iter().any(|(m, t)| memory_kib >= *m && iterations >= *t);
        if !strong {
            return Err(CostFault::BelowFloor { memory_kib, iterations });
        }
        Ok(cost)
    }

    /// A cost that a stored hash may have: the floor is for new ones.
    ///
    /// # Errors
    /// [`CostFault::OutOfRange`].
    pub fn computable(memory_kib: u32, iterations: u32, lanes: u32) -> Result<Self, CostFault> {
        let work = u64::from(memory_kib).saturating_mul(u64::from(iterations));
        let in_range = (1..=MAX_LANES).contains(&lanes)
            && (1..=MAX_ITERATIONS).contains(&iterations)
            && memory_kib <= MAX_MEMORY_KIB
            && memory_kib >= lanes.saturating_mul(BLOCKS_PER_LANE)
            && work <= MAX_WORK;
        if !in_range {
            return Err(CostFault::OutOfRange { memory_kib, iterations, lanes });
        }
        Ok(Self { memory_kib, iterations, lanes })
    }

    /// The cheapest hash there is, some microseconds: only tests may go below the floor.
    #[must_use]
    pub const fn below_floor_for_tests() -> Self {
        Self { memory_kib: 8, iterations: 1, lanes: 1 }
    }

    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    #[must_use]
    pub const fn iterations(self) -> u32 {
        self.iterations
    }

    #[must_use]
    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    /// Blocks filled by one hash: what its time is proportional to.
    #[must_use]
    pub fn work(self) -> u64 {
        u64::from(self.memory_kib).saturating_mul(u64::from(self.iterations))
    }
}

impl Default for HashCost {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Which of the family computed a hash; new ones are always `Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Id,
    /// Known from imports.
    I,
}

impl Variant {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "argon2id",
            Self::I => "argon2i",
        }
    }

    const fn algorithm(self) -> Algorithm {
        match self {
            Self::Id => Algorithm::Argon2id,
            Self::I => Algorithm::Argon2i,
        }
    }
}

/// Working memory of one thread. It keeps what the usual cost needs and gives back what a costlier
/// imported hash took on top.
pub struct Arena {
    blocks: Vec<Block>,
    kept: usize,
}

impl Arena {
    /// Memory for hashes of `cost`, touched now so that the first hash does not pay for it.
    #[must_use]
    pub fn for_cost(cost: HashCost) -> Self {
        let kept = usize::try_from(cost.memory_kib).unwrap_or(0);
        Self { blocks: vec![Block::new(); kept], kept }
    }

    /// The same, taken by the first hash: for a thread that may never run one.
    #[must_use]
    pub fn when_needed(cost: HashCost) -> Self {
        Self { blocks: Vec::new(), kept: usize::try_from(cost.memory_kib).unwrap_or(0) }
    }

    /// Computes a hash into `out`, whose length is the hash's.
    ///
    /// # Errors
    /// [`HashFault::Argon2`] for a salt under 8 bytes or an output under 4.
    pub fn compute(
        &mut self,
        variant: Variant,
        cost: HashCost,
        password: &Password,
        salt: &[u8],
        out: &mut [u8],
    ) -> Result<(), HashFault> {
        let params = Params::new(cost.memory_kib, cost.iterations, cost.lanes, Some(out.len()))
            .map_err(HashFault::Argon2)?;
        let needed = params.block_count();
        if self.blocks.len() < needed {
            self.blocks.resize(needed, Block::new());
        }
        let argon2 = Argon2::new(variant.algorithm(), Version::V0x13, params);
        let done = argon2.hash_password_into_with_memory(
            password.expose(),
            salt,
            out,
            self.blocks.as_mut_slice(),
        );
        if self.blocks.len() > self.kept {
            self.blocks.truncate(self.kept);
            self.blocks.shrink_to_fit();
        }
        done.map_err(HashFault::Argon2)
    }
}

impl std::fmt::Debug for Arena {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Arena({} KiB)", self.blocks.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_owasps_any_row_and_nothing_less() {
        for (memory, iterations) in OWASP_FLOOR {
            assert!(HashCost::checked(memory, iterations, 1).is_ok());
            assert!(HashCost::checked(memory - 1, iterations, 1).is_err());
        }
        assert!(HashCost::checked(7_168, 4, 1).is_err());
        assert!(HashCost::checked(65_536, 3, 4).is_ok());
        let HashCost { memory_kib, iterations, lanes } = HashCost::DEFAULT;
        assert_eq!(HashCost::checked(memory_kib, iterations, lanes), Ok(HashCost::DEFAULT));
    }

    #[test]
    fn absurd_costs_are_refused_with_the_range() {
        let absurd =
            [(u32::MAX, 1, 1), (8, u32::MAX, 1), (8, 1, 0), (8, 0, 1), (8, 1, 2), (262_144, 6, 1)];
        for (m, t, p) in absurd {
            let fault = HashCost::computable(m, t, p).unwrap_err();
            assert!(fault.to_string().contains("out of range"), "{m} {t} {p}");
        }
    }

    #[test]
    fn reused_memory_changes_no_result_and_extra_memory_is_given_back() {
        let small = HashCost::below_floor_for_tests();
        let large = HashCost::computable(64, 2, 2).unwrap();
        let password = Password::parse("secret").unwrap();
        let mut arena = Arena::for_cost(small);
        let mut run = |cost| {
            let mut out = [0; 32];
            arena.compute(Variant::Id, cost, &password, b"saltsalt", &mut out).unwrap();
            (out, arena.blocks.len())
        };
        let first = run(small);
        let (large_hash, blocks_after) = run(large);
        assert_eq!(blocks_after, 8);
        assert_eq!(run(small), first);
        assert_eq!(Arena::for_cost(large).compute_for_test(large, &password), large_hash);
    }

    impl Arena {
        fn compute_for_test(&mut self, cost: HashCost, password: &Password) -> [u8; 32] {
            let mut out = [0; 32];
            self.compute(Variant::Id, cost, password, b"saltsalt", &mut out).unwrap();
            out
        }
    }
}
