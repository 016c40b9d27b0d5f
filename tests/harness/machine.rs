//! How much of the machine's processors went to processes that are not of this test run: a figure
//! that was taken beside them says less. Knows Linux's `/proc` and nothing of what is measured.

use std::collections::HashMap;
use std::fs;

/// Processor time so far, in the kernel's ticks.
pub(crate) struct Ticks {
    /// Of all processors, idle or not.
    all: u64,
    /// Of these, in use, by whomever; what a hypervisor took away counts.
    used: u64,
    /// Of these, by this process and everything it started.
    ours: u64,
}

impl Ticks {
    pub(crate) fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap();
        let numbers: Vec<_> = numbers(stat.lines().next().unwrap()).collect();
        // user, nice, system, idle, iowait, irq, softirq, steal; the rest is part of user and nice.
        let [user, nice, system, idle, wait, irq, softirq, steal, ..] = numbers[..] else {
            panic!("{stat}")
        };
        let used = user + nice + system + irq + softirq + steal;
        Self { all: used + idle + wait, used, ours: ours() }
    }

    /// The share of the machine, 0 to 1, that others have had since `before`.
    pub(crate) fn others_since(&self, before: &Self) -> f64 {
        let ours = self.ours.saturating_sub(before.ours);
        let others = (self.used - before.used).saturating_sub(ours);
        let [others, all] = [others, self.all - before.all].map(|n| u32::try_from(n).unwrap());
        f64::from(others) / f64::from(all.max(1))
    }
}

fn numbers(line: &str) -> impl Iterator<Item = u64> + '_ {
    line.split_whitespace().skip(1).filter_map(|word| word.parse().ok())
}

/// What this process, its descendants, and those of them that have ended and were waited for used.
fn ours() -> u64 {
    let processes: HashMap<_, _> = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            // Whoever has just ended is counted by its parent.
            Some((pid, parent_and_ticks(&fs::read_to_string(entry.path().join("stat")).ok()?)?))
        })
        .collect();
    let is_ours = |pid: &u32| {
        let mut pid = *pid;
        while pid != std::process::id() {
            let Some((parent, _)) = processes.get(&pid) else { return false };
            pid = *parent;
        }
        true
    };
    processes.iter().filter(|(pid, _)| is_ours(pid)).map(|(_, (_, ticks))| ticks).sum()
}

/// The name in the middle may hold anything, parentheses included.
fn parent_and_ticks(stat: &str) -> Option<(u32, u64)> {
    let fields: Vec<_> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|word| word.parse::<u64>().ok());
    Some((fields.get(1)?.parse().ok()?, ticks.sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_process_is_read_behind_its_name() {
        let stat = "7 (a) b (c) S 4 7 7 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 99 0 0";
        assert_eq!(parent_and_ticks(stat), Some((4, 100)));
    }

    #[test]
    fn a_stranger_is_told_from_us() {
        let before = Ticks { all: 1000, used: 100, ours: 50 };
        let after = Ticks { all: 1200, used: 260, ours: 190 };
        assert!((after.others_since(&before) - 0.1).abs() < 1e-9);
        // Asking takes processor time, so it ends.
        while Ticks::now().ours == 0 {}
    }
}
