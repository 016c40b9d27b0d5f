//! Branding in its states.

use lockkeeper::model::Colour;
use lockkeeper::model::branding::{BrandText, LogoFor};
use lockkeeper::store::team::Role;
use lockkeeper::web::console::view::branding::{
    BrandProblem, BrandTyped, BrandingPage, LogoShown, TextShown,
};
use lockkeeper::web::console::view::frame::{Entry, Frame};

use super::{LONG, Sample, frame, sample};

const PATH: &str = "/console/{slug}/branding";
const LOGO: &str = "/console/{slug}/branding/logo";
const TAGS: [&str; 5] = ["en", "de", "fr", "es", "ja"];

fn texts(words: &str) -> Vec<TextShown> {
    let of = |place| TextShown { place, words: TAGS.map(|tag| (tag, words.to_owned())).to_vec() };
    BrandText::ALL.map(of).to_vec()
}

fn logos(src: Option<&str>) -> Vec<LogoShown> {
    let logo = |ground| LogoShown { ground, src: src.map(str::to_owned) };
    LogoFor::ALL.map(logo).to_vec()
}

fn page() -> BrandingPage {
    BrandingPage {
        frame: frame(Entry::Branding),
        path: "/console/acme/branding".to_owned(),
        sign_in_path: "/t/acme/sign-in".to_owned(),
        may_change: true,
        shown: None,
        typed: BrandTyped {
            name: "Acme".to_owned(),
            colour: String::new(),
            support: String::new(),
            texts: texts(""),
        },
        logos: logos(None),
        problems: Vec::new(),
    }
}

fn full(name: &str, words: &str) -> BrandingPage {
    BrandingPage {
        shown: Colour::parse("#FFD400"),
        typed: BrandTyped {
            name: name.to_owned(),
            colour: "#FFD400".to_owned(),
            support: "help@acme.test".to_owned(),
            texts: texts(words),
        },
        logos: logos(Some("/t/acme/assets/logo.0123456789abcdef.png")),
        ..page()
    }
}

pub(super) fn all() -> Vec<Sample> {
    let problems = vec![
        BrandProblem::Name,
        BrandProblem::Colour,
        BrandProblem::Support,
        BrandProblem::Long(BrandText::SignInNote),
        BrandProblem::Long(BrandText::SupportHours),
        BrandProblem::Long(BrandText::MailPostal),
    ];
    let typed = BrandTyped {
        name: String::new(),
        colour: "<b>\"ana".to_owned(),
        support: "help".to_owned(),
        texts: texts(&"long ".repeat(61)),
    };
    let faults = BrandingPage { typed, problems, ..page() };
    let no_logo = vec![
        BrandProblem::NoFile(LogoFor::Light),
        BrandProblem::NoPicture(LogoFor::Dark),
        BrandProblem::Heavy(LogoFor::Dark),
        BrandProblem::Size(LogoFor::Dark),
        BrandProblem::Moves(LogoFor::Dark),
    ];
    let auditor = Frame { role: Some(Role::Auditor), ..frame(Entry::Branding) };
    let reader = BrandingPage { frame: auditor, may_change: false, ..full("Acme", "") };
    vec![
        sample(PATH, "plain", &page()),
        sample(PATH, "full", &full("Acme", "Mondays to Fridays, 9 to 17 CET")),
        sample(PATH, "long-names", &full(LONG, LONG)),
        sample(PATH, "reader", &reader),
        sample(PATH, "faults", &faults),
        sample(LOGO, "no-logo", &BrandingPage { problems: no_logo, ..full("Acme", "") }),
    ]
}
