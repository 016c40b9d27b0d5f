//! A tenant's own stylesheet: the four brand properties per scheme, written from a parsed colour
//! and never from text. Loaded after the house's stylesheet, whose layers it overrides because it
//! stands in none. Knows nothing of how a tenant stores its colour.

use crate::model::{BrandColours, BrandShades};
use crate::web::assets::short_hash;

/// The second stylesheet, at most 400 bytes.
#[must_use]
pub fn stylesheet(colours: &BrandColours) -> String {
    format!(
        ":root{{{}}}@media(prefers-color-scheme:dark){{:root{{{}}}}}",
        properties(&colours.light),
        properties(&colours.dark)
    )
}

/// Name of the stylesheet with its content hash: `brand.{hash}.css`. Where it is served from
/// (`/t/{slug}/assets/…`) is the door's affair.
#[must_use]
pub fn stylesheet_name(colours: &BrandColours) -> String {
    format!("brand.{}.css", short_hash(stylesheet(colours).as_bytes()))
}

fn properties(shades: &BrandShades) -> String {
    format!(
        "--brand:{};--brand-on:{};--brand-text:{};--brand-edge:{}",
        shades.brand, shades.on, shades.text, shades.edge
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Colour;
    use proptest::prelude::*;

    #[test]
    fn the_second_sheet_holds_the_four_properties_per_scheme() {
        let sheet = stylesheet(&BrandColours::of(Colour::parse("#5B3FD6").unwrap()));
        insta::assert_snapshot!(sheet, @":root{--brand:#5B3FD6;--brand-on:#FFFFFF;--brand-text:#5B3FD6;--brand-edge:#5B3FD6}@media(prefers-color-scheme:dark){:root{--brand:#5B3FD6;--brand-on:#FFFFFF;--brand-text:#9684E5;--brand-edge:#6F56DB}}");
    }

    proptest! {
        #[test]
        fn every_colour_fits_the_budget(red: u8, green: u8, blue: u8) {
            let sheet = stylesheet(&BrandColours::of(Colour::new(red, green, blue)));
            prop_assert!(sheet.len() <= 400);
            prop_assert!(!sheet.contains('<'));
        }
    }
}
