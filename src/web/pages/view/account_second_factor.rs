//! The authenticator app and the recovery codes on one's own account. A secret stands only on the
//! page that answers the press, with a QR code drawn here.

use askama::Template;
use qrcode::{Color, QrCode};

use super::account::AccountNotice;
use super::frame::Frame;
use super::sign_in_steps::CodeProblem;
use crate::model::Millis;
use crate::text::Markup;
use crate::web::page::Problem;

/// Characters of a secret that are read together.
const GROUP: usize = 4;
/// Light modules around a QR code (ISO/IEC 18004 §5.3.8).
const QUIET: usize = 4;

/// `GET /t/{slug}/account/second-factor`
#[derive(Debug, Clone, Template)]
#[template(path = "pages/account_second_factor.html")]
pub struct SecondFactorStatePage {
    pub frame: Frame,
    pub notice: Option<AccountNotice>,
    pub has_app: bool,
    /// When the app was confirmed, where that is known.
    pub since: Option<Millis>,
    pub has_codes: bool,
}

impl SecondFactorStatePage {
    fn notice_words(&self) -> Option<String> {
        self.notice.map(|notice| notice.words(&self.frame))
    }

    fn since_words(&self) -> Markup {
        match &self.since {
            Some(at) => {
                let time = self.frame.time(at);
                self.frame.say("app-since").markup("time", time).html()
            }
            None => Markup::escape(&self.frame.line("account-app-on")),
        }
    }

    fn codes_words(&self) -> String {
        match self.has_codes {
            true => self.frame.line("recovery-some"),
            false => self.frame.line("recovery-none"),
        }
    }
}

/// The answer to a press of "Set up an app": the secret in three forms, and the field for a code.
#[derive(Clone, Template)]
#[template(path = "pages/app_set_up.html")]
pub struct AppSetUpPage {
    pub frame: Frame,
    /// In groups of four.
    pub secret: String,
    /// `otpauth:`
    pub uri: String,
    /// None where the address is longer than a QR code holds.
    pub qr: Option<Qr>,
}

impl AppSetUpPage {
    #[must_use]
    pub fn new(frame: Frame, secret: &str, uri: String) -> Self {
        Self { frame, secret: grouped(secret), qr: Qr::of(&uri), uri }
    }
}

/// Without the secret.
impl std::fmt::Debug for AppSetUpPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppSetUpPage").finish_non_exhaustive()
    }
}

/// A QR code as one SVG path of lines, a row each.
#[derive(Clone)]
pub struct Qr {
    /// Modules in a row, the quiet ones included.
    pub side: usize,
    pub path: String,
}

impl Qr {
    /// The code of `text`, if one holds it.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (row, modules) in code.to_colors().chunks(width).enumerate() {
            let y = row.saturating_add(QUIET);
            let mut x = QUIET;
            for run in modules.chunk_by(|one, next| one == next) {
                if run.first() == Some(&Color::Dark) {
                    path.push_str(&format!("M{x} {y}.5h{}", run.len()));
                }
                x = x.saturating_add(run.len());
            }
        }
        Some(Self { side: width.saturating_add(QUIET.saturating_mul(2)), path })
    }
}

/// The same without the secret, after a code that did not fit (422): it is in the app by now, or the
/// start is made again.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/app_code.html")]
pub struct AppCodePage {
    pub frame: Frame,
    pub problem: CodeProblem,
}

impl AppCodePage {
    fn title(&self) -> String {
        self.frame.title_with(&self.frame.line("app-title"), &self.problems())
    }

    fn problems(&self) -> Vec<Problem> {
        vec![self.problem.at(&self.frame)]
    }

    fn fault_words(&self) -> Option<String> {
        Some(self.problem.at(&self.frame).words)
    }

    /// Whether another code can still be right.
    fn goes_on(&self) -> bool {
        match self.problem {
            CodeProblem::Missing | CodeProblem::Wrong { .. } => true,
            CodeProblem::Expired | CodeProblem::Spent => false,
        }
    }
}

/// `GET /t/{slug}/account/recovery-codes`
#[derive(Debug, Clone, Template)]
#[template(path = "pages/account_recovery_codes.html")]
pub struct RecoveryCodesStatePage {
    pub frame: Frame,
    pub has_codes: bool,
}

impl RecoveryCodesStatePage {
    fn what(&self) -> String {
        match self.has_codes {
            true => self.frame.line("recovery-some"),
            false => self.frame.line("recovery-none"),
        }
    }
}

/// A new set, shown this once.
#[derive(Clone, Template)]
#[template(path = "pages/recovery_codes.html")]
pub struct RecoveryCodesPage {
    pub frame: Frame,
    pub notice: Option<AccountNotice>,
    pub codes: Vec<String>,
}

impl RecoveryCodesPage {
    fn notice_words(&self) -> Option<String> {
        self.notice.map(|notice| notice.words(&self.frame))
    }

    fn shown(&self) -> Vec<String> {
        self.codes.iter().map(|code| grouped(code)).collect()
    }
}

/// Without the codes.
impl std::fmt::Debug for RecoveryCodesPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoveryCodesPage").finish_non_exhaustive()
    }
}

/// Spaces between groups are forgiven wherever such a text is typed.
fn grouped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_is_square_with_its_three_eyes_and_stays_small() {
        let uri = format!("otpauth://totp/Acme:alex%40acme.test?secret={}", "A".repeat(100));
        let qr = Qr::of(&uri).unwrap();
        // The upper edges of the eyes: at both ends of the first row, and below.
        let last = qr.side - QUIET;
        assert!(qr.path.starts_with("M4 4.5h7"), "{}", qr.path);
        assert!(qr.path.contains(&format!("M{} 4.5h7", last - 7)), "{}", qr.path);
        assert!(qr.path.contains(&format!("M4 {}.5h7", last - 7)), "{}", qr.path);
        assert!(qr.path.len() < 8_000, "{}", qr.path.len());
        assert!(Qr::of(&"x".repeat(5_000)).is_none());
    }

    #[test]
    fn the_path_covers_exactly_the_dark_modules() {
        let text = "otpauth://totp/Acme:alex?secret=JBSWY3DPEHPK3PXP";
        let (qr, code) = (Qr::of(text).unwrap(), QrCode::new(text).unwrap());
        let mut drawn = vec![Color::Light; code.width() * code.width()];
        for line in qr.path.split('M').skip(1) {
            let (from, length) = line.split_once(".5h").unwrap();
            let (x, y) = from.split_once(' ').unwrap();
            let number = |text: &str| text.parse::<usize>().unwrap();
            let start = (number(y) - QUIET) * code.width() + number(x) - QUIET;
            drawn[start..start + number(length)].fill(Color::Dark);
        }
        assert!(drawn == code.to_colors());
    }

    #[test]
    fn secrets_are_read_in_groups() {
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
        assert_eq!(grouped(""), "");
    }
}
