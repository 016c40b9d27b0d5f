//! The picture of somebody who has brought none: their initials on the tenant's colour. Its address
//! says all that is in it, so that it can be drawn by whoever is asked and be kept for ever; a changed
//! name or colour is another address. Knows no user and draws nothing.

use super::colour::{BrandColours, Colour};

/// What is on a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// None to two capital letters or digits.
    initials: String,
    pub colour: Colour,
}

/// Most bytes of initials: two characters of UTF-8.
const MAX_INITIALS_BYTES: usize = 8;

impl Avatar {
    /// Of the first letter of each name; where there is none, of `identifier`, if it begins with a
    /// letter. Nothing else of an identifier is told.
    #[must_use]
    pub fn of(names: [Option<&str>; 2], identifier: Option<&str>, colour: Colour) -> Self {
        let first = |name: &str| name.chars().find(|c| c.is_alphanumeric()).map(capital);
        let mut initials: String = names.into_iter().flatten().filter_map(first).collect();
        if initials.is_empty() {
            let letter = identifier.and_then(|name| name.chars().next());
            initials.extend(letter.filter(|c| c.is_alphabetic()).map(capital));
        }
        Self { initials, colour }
    }

    /// Letters or digits only: safe in any markup.
    #[must_use]
    pub fn initials(&self) -> &str {
        &self.initials
    }

    /// `avatar-{UTF-8 of the initials in hex}-{RRGGBB}.svg`.
    #[must_use]
    pub fn file_name(&self) -> String {
        let hex: String = self.initials.bytes().map(|byte| format!("{byte:02x}")).collect();
        let colour = self.colour.to_string();
        format!("avatar-{hex}-{}.svg", colour.trim_start_matches('#').to_ascii_lowercase())
    }

    /// Reads a name as [`Avatar::file_name`] writes it, and no other spelling of it.
    #[must_use]
    pub fn parse(file_name: &str) -> Option<Self> {
        let inner = file_name.strip_prefix("avatar-")?.strip_suffix(".svg")?;
        let (hex, colour) = inner.split_once('-')?;
        let initials = String::from_utf8(bytes_of(hex)?).ok()?;
        let read = Self { initials, colour: Colour::parse(&format!("#{colour}"))? };
        let fine = read.initials.chars().count() <= 2
            && read.initials.chars().all(char::is_alphanumeric)
            && read.file_name() == file_name;
        fine.then_some(read)
    }
}

/// One character: some letters have a capital of two.
fn capital(letter: char) -> char {
    letter.to_uppercase().next().filter(|c| c.is_alphanumeric()).unwrap_or(letter)
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    if hex.len() > 2 * MAX_INITIALS_BYTES || !hex.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)?.wrapping_shl(4) | digit(low)?),
        _ => None,
    };
    hex.as_bytes().chunks(2).map(pair).collect()
}

/// Where a tenant's pictures are.
#[derive(Debug, Clone)]
pub struct Avatars {
    /// Of the hosted pages, without a trailing slash.
    pages_url: String,
    colour: Colour,
}

impl Avatars {
    /// `brand_color` as the tenant has it; without one that can be read, our own.
    #[must_use]
    pub fn new(pages_url: &str, brand_color: Option<&str>) -> Self {
        let own = || BrandColours::default().light.brand;
        let colour = brand_color.and_then(Colour::parse).unwrap_or_else(own);
        Self { pages_url: pages_url.to_owned(), colour }
    }

    /// The address of somebody's picture.
    #[must_use]
    pub fn url(&self, names: [Option<&str>; 2], identifier: Option<&str>) -> String {
        let name = Avatar::of(names, identifier, self.colour).file_name();
        format!("{}/assets/{name}", self.pages_url)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEAL: Colour = Colour::new(0x0B, 0x5A, 0x66);

    #[test]
    fn a_picture_has_the_letters_of_the_names_else_of_the_identifier() {
        let on = |first, last, name| Avatar::of([first, last], name, TEAL).initials().to_owned();
        assert_eq!(on(Some("alexis"), Some("Aguilar"), Some("bob@a.test")), "AA");
        assert_eq!(on(Some("Alexis"), None, Some("bob@a.test")), "A");
        assert_eq!(on(Some(" «ß»"), Some("佐藤"), None), "S佐");
        assert_eq!(on(Some("<!>"), Some(""), Some("bob@a.test")), "B");
        assert_eq!(on(None, None, Some("+49301234567")), "");
        assert_eq!(on(None, None, None), "");
    }

    #[test]
    fn an_address_says_what_is_on_the_picture() {
        let avatars = Avatars::new("https://a.test/t/acme", Some("#5B3FD6"));
        let url = avatars.url([Some("Alex"), Some("Sommer")], None);
        assert_eq!(url, "https://a.test/t/acme/assets/avatar-4153-5b3fd6.svg");
        let plain = Avatars::new("https://a.test/t/acme", Some("red")).url([None, None], None);
        assert_eq!(plain, "https://a.test/t/acme/assets/avatar--0b5a66.svg");
    }

    #[test]
    fn nothing_but_a_picture_of_ours_is_read() {
        for odd in [
            "avatar.svg",
            "avatar-41-.svg",
            "avatar-4-0b5a66.svg",
            "avatar-3c3e-0b5a66.svg",
            "avatar-414141-0b5a66.svg",
            "avatar-ff-0b5a66.svg",
            "avatar-41-0B5A66.svg",
            "avatar-4A-0b5a66.svg",
            "avatar-41-0b5a66.png",
            "brand.css",
        ] {
            assert_eq!(Avatar::parse(odd), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn every_name_has_a_picture_that_can_be_read_again(
            first in proptest::option::of(".{0,5}"),
            last in proptest::option::of(".{0,5}"),
            name in proptest::option::of(".{0,5}"),
        ) {
            let avatar = Avatar::of([first.as_deref(), last.as_deref()], name.as_deref(), TEAL);
            prop_assert_eq!(Avatar::parse(&avatar.file_name()), Some(avatar));
        }
    }
}
