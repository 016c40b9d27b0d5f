//! The words by which a request is found again. The same for what is stored and what is asked.

use std::collections::BTreeSet;

/// Words kept of one request.
const MOST: usize = 200;
/// Shorter ones are everywhere.
const LEAST_CHARS: usize = 3;
/// Of a longer one the beginning is kept.
const MOST_CHARS: usize = 24;

/// The words of `texts`, folded: at most 200. Scripts that leave no space between words are taken by
/// pairs of their letters.
#[must_use]
pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for text in texts {
        for run in text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
            for word in folded(run) {
                if words.len() >= MOST {
                    return words;
                }
                words.insert(word);
            }
        }
    }
    words
}

fn folded(run: &str) -> Vec<String> {
    let letters: Vec<char> = run.chars().flat_map(char::to_lowercase).collect();
    if letters.iter().any(|c| is_unspaced(*c)) {
        return letters.windows(2).map(|pair| pair.iter().collect()).collect();
    }
    let long_enough = letters.len() >= LEAST_CHARS;
    long_enough.then(|| letters.into_iter().take(MOST_CHARS).collect()).into_iter().collect()
}

/// Kana, Han and Thai.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{0e00}'..='\u{0e7f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        of([text]).into_iter().collect()
    }

    #[test]
    fn words_are_folded_and_short_ones_left_out() {
        assert_eq!(words("My PHONE is new, Größe-9000"), ["9000", "größe", "new", "phone"]);
        assert_eq!(words("alex@acme.test"), ["acme", "alex", "test"]);
        assert!(words(" \n-- a bc").is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_found_by_pairs() {
        assert_eq!(words("電話が"), ["話が", "電話"]);
    }

    #[test]
    fn a_long_text_has_no_more_than_its_share() {
        let text: String = (0..9_999).map(|n| format!("word{n} ")).collect();
        assert_eq!(words(&text).len(), MOST);
        assert_eq!(words(&"x".repeat(4_000)), ["x".repeat(MOST_CHARS)]);
    }
}
