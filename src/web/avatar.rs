//! Draws the pictures that addresses of ours name: plain SVG without script, style sheet or anything
//! from elsewhere. Knows no user.

use crate::model::{Avatar, BrandColours};

/// The picture, at most 600 bytes.
#[must_use]
pub fn drawn(avatar: &Avatar) -> String {
    let shades = BrandColours::of(avatar.colour).light;
    let (ground, on) = (shades.brand, shades.on);
    let within = match avatar.initials() {
        // Head and shoulders.
        "" => format!(
            "<g fill=\"{on}\"><circle cx=\"48\" cy=\"37\" r=\"15\"/>\
             <path d=\"M18 84a30 26 0 0 1 60 0z\"/></g>"
        ),
        // Letters and digits: nothing in them could be markup.
        initials => format!(
            "<text x=\"48\" y=\"48\" dy=\".35em\" fill=\"{on}\" font-family=\"system-ui,sans-serif\" \
             font-size=\"38\" font-weight=\"600\" text-anchor=\"middle\">{initials}</text>"
        ),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"96\" height=\"96\" viewBox=\"0 0 96 96\">\
         <rect width=\"96\" height=\"96\" fill=\"{ground}\"/>{within}</svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_stand_on_the_colour_and_can_be_read() {
        let avatar = Avatar::parse("avatar-4153-ffee00.svg").unwrap();
        insta::assert_snapshot!(drawn(&avatar), @r##"<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96"><rect width="96" height="96" fill="#FFEE00"/><text x="48" y="48" dy=".35em" fill="#000000" font-family="system-ui,sans-serif" font-size="38" font-weight="600" text-anchor="middle">AS</text></svg>"##);
    }

    #[test]
    fn who_has_no_name_has_a_head() {
        let avatar = Avatar::parse("avatar--0b5a66.svg").unwrap();
        let picture = drawn(&avatar);
        assert!(picture.contains("<circle") && !picture.contains("<text"), "{picture}");
        assert!(picture.len() <= 600);
    }
}
