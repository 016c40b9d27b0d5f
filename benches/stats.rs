//! Medians, percentiles and how they are printed.

/// The middle value; of an even number the lower one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}

/// The value below which `part` (0.99) of all lie.
pub(crate) fn percentile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    values[((last as f64) * part).round() as usize]
}

/// Prints every pair and returns the median of ours / theirs.
pub(crate) fn ratio(what: &str, unit: &str, pairs: &[(f64, f64)]) -> f64 {
    for (ours, theirs) in pairs {
        println!("  {what}: {ours:.1} {unit}, anchor {theirs:.1}, ratio {:.3}", ours / theirs);
    }
    let middle = median(pairs.iter().map(|(ours, theirs)| ours / theirs).collect());
    println!("{what}: median ratio {middle:.3} of {} pairs", pairs.len());
    middle
}
