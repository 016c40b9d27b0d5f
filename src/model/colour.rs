//! A tenant's colour: parsed once, and the four colours derived from it for each scheme, such that
//! text and edges always keep their contrast (WCAG 2.2). Knows nothing of stylesheets or mails;
//! both write these values.

use std::fmt;

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

/// Least contrast of text (WCAG 2.2, 1.4.3).
pub const TEXT_CONTRAST: f64 = 4.5;
/// Least contrast of a control's outline (WCAG 2.2, 1.4.11).
pub const EDGE_CONTRAST: f64 = 3.0;

/// The grounds that brand colours meet, as the stylesheet's tokens have them (a test compares):
/// surface, canvas, sunken.
pub const LIGHT_GROUNDS: [Colour; 3] =
    [Colour::new(0xFF, 0xFF, 0xFF), Colour::new(0xF4, 0xF6, 0xF5), Colour::new(0xEB, 0xEF, 0xEE)];
/// The same in the dark scheme.
pub const DARK_GROUNDS: [Colour; 3] =
    [Colour::new(0x14, 0x20, 0x1E), Colour::new(0x0D, 0x15, 0x14), Colour::new(0x1B, 0x29, 0x27)];

const BLACK: Colour = Colour::new(0, 0, 0);
const WHITE: Colour = Colour::new(0xFF, 0xFF, 0xFF);

/// One step of the walk towards black or white, in percent; 25 steps reach the end, which always
/// has contrast enough.
const STEP_PERCENT: u16 = 4;

impl Colour {
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#RRGGBB`; nothing else, so that no text of a stranger reaches a stylesheet.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = value.to_be_bytes();
        Some(Self { red, green, blue })
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2).
    #[must_use]
    pub fn luminance(self) -> f64 {
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// Contrast ratio of two colours, 1 to 21 (WCAG 2.2).
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Mixed towards `other` by `percent` (0 to 100), in sRGB.
    fn mixed(self, other: Self, percent: u16) -> Self {
        let mix = |from: u8, to: u8| {
            let keep = u16::from(from).saturating_mul(100_u16.saturating_sub(percent));
            let take = u16::from(to).saturating_mul(percent);
            let sum = keep.saturating_add(take).saturating_add(50);
            u8::try_from(sum.div_euclid(100)).unwrap_or(u8::MAX)
        };
        Self::new(
            mix(self.red, other.red),
            mix(self.green, other.green),
            mix(self.blue, other.blue),
        )
    }

    /// The first of `self`, then mixed towards `goal` step by step, with `ratio` on all `grounds`.
    fn walk(self, goal: Self, ratio: f64, grounds: &[Self]) -> Self {
        (0..=100 / STEP_PERCENT)
            .map(|step| self.mixed(goal, step.saturating_mul(STEP_PERCENT)))
            .find(|colour| grounds.iter().all(|ground| colour.contrast(*ground) >= ratio))
            .unwrap_or(goal)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02X}{:02X}{:02X}", self.red, self.green, self.blue)
    }
}

fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// What is shown of a tenant's colour in one scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrandShades {
    /// The colour itself, untouched: the ground of the filled button.
    pub brand: Colour,
    /// Text on it: white where that has 4.5:1, else black.
    pub on: Colour,
    /// Links: 4.5:1 on surface, canvas and sunken.
    pub text: Colour,
    /// The filled button's outline: 3:1 on surface and canvas.
    pub edge: Colour,
}

/// A tenant's colour in both schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrandColours {
    pub light: BrandShades,
    pub dark: BrandShades,
}

impl BrandColours {
    /// Derives both schemes from the tenant's one colour.
    #[must_use]
    pub fn of(brand: Colour) -> Self {
        Self {
            light: shades(brand, BLACK, LIGHT_GROUNDS),
            dark: shades(brand, WHITE, DARK_GROUNDS),
        }
    }
}

impl Default for BrandColours {
    /// Lockkeeper's own accent, for a tenant without a colour.
    fn default() -> Self {
        Self::of(Colour::new(0x0B, 0x5A, 0x66))
    }
}

fn shades(brand: Colour, goal: Colour, grounds: [Colour; 3]) -> BrandShades {
    let on = if brand.contrast(WHITE) >= TEXT_CONTRAST { WHITE } else { BLACK };
    let [surface, canvas, _sunken] = grounds;
    BrandShades {
        brand,
        on,
        text: brand.walk(goal, TEXT_CONTRAST, &grounds),
        edge: brand.walk(goal, EDGE_CONTRAST, &[surface, canvas]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> BrandColours {
        BrandColours::of(Colour::parse(text).unwrap())
    }

    #[test]
    fn the_named_examples_come_out_as_specified() {
        let acme = of("#5B3FD6");
        assert_eq!(acme.light.text.to_string(), "#5B3FD6");
        assert_eq!(acme.dark.text.to_string(), "#9684E5");
        let yellow = of("#FFD400");
        assert_eq!(yellow.light.on, BLACK);
        assert_eq!(yellow.light.text.to_string(), "#7A6600");
        assert_eq!(of("#111111").dark.edge.to_string(), "#707070");
    }

    #[test]
    fn only_six_hexadecimal_digits_are_a_colour() {
        for odd in ["", "#", "5B3FD6", "#5B3FD", "#5B3FD6}", "#+B3FD6", "#ééé", "red"] {
            assert_eq!(Colour::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn no_colour_of_the_grid_fails_in_either_scheme() {
        let axis = || (0..18_u16).map(|i| u8::try_from(i * 15).unwrap());
        for red in axis() {
            for green in axis() {
                for blue in axis() {
                    let colours = BrandColours::of(Colour::new(red, green, blue));
                    assert_readable(colours.light, LIGHT_GROUNDS);
                    assert_readable(colours.dark, DARK_GROUNDS);
                }
            }
        }
    }

    fn assert_readable(shades: BrandShades, grounds: [Colour; 3]) {
        let brand = shades.brand;
        assert!(shades.on.contrast(brand) >= TEXT_CONTRAST, "text on {brand}");
        for ground in grounds {
            assert!(shades.text.contrast(ground) >= TEXT_CONTRAST, "link of {brand} on {ground}");
        }
        for ground in [grounds[0], grounds[1]] {
            assert!(shades.edge.contrast(ground) >= EDGE_CONTRAST, "edge of {brand} on {ground}");
        }
    }
}
