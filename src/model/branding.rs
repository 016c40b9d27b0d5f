//! What a tenant's pages and mails wear beside its name and colour: logos and a few texts of its own,
//! per language. Kept as JSON on the tenant's row, so that no page asks for it apart. Plain text: it
//! holds no variables and is escaped wherever it is shown. Knows no page and no mail.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Longest text, in characters.
pub const MAX_TEXT_CHARS: usize = 300;

/// A place that has words of the tenant's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrandText {
    /// Over the sign-in form.
    SignInNote,
    /// Where people find support: when somebody answers.
    SupportHours,
    /// At the end of each mail: who sent it, and from where.
    MailPostal,
}

impl BrandText {
    pub const ALL: [Self; 3] = [Self::SignInNote, Self::SupportHours, Self::MailPostal];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignInNote => "sign_in_note",
            Self::SupportHours => "support_hours",
            Self::MailPostal => "mail_postal",
        }
    }
}

/// Which ground a logo is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogoFor {
    Light,
    Dark,
}

impl LogoFor {
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "logo",
            Self::Dark => "logo-dark",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A logo as pages name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// `logo.{hash}.png`: changes with the picture.
    pub file: String,
    /// Pixels.
    pub width: u32,
    pub height: u32,
}

/// Words by place, then by the tag of a language.
pub type BrandTexts = BTreeMap<BrandText, BTreeMap<String, String>>;

/// A tenant's logos and texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<Logo>,
    /// For dark grounds; shown only beside the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_dark: Option<Logo>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BrandTexts,
}

impl Branding {
    /// Reads what [`Branding::to_json`] wrote; nothing where it is something else.
    #[must_use]
    pub fn of_json(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// The words of a place in this language, else in English.
    #[must_use]
    pub fn text(&self, place: BrandText, language: &str) -> Option<&str> {
        let languages = self.texts.get(&place)?;
        languages.get(language).or_else(|| languages.get("en")).map(String::as_str)
    }

    #[must_use]
    pub const fn logo_for(&self, ground: LogoFor) -> Option<&Logo> {
        match ground {
            LogoFor::Light => self.logo.as_ref(),
            LogoFor::Dark => self.logo_dark.as_ref(),
        }
    }

    pub fn set_logo(&mut self, ground: LogoFor, logo: Option<Logo>) {
        match ground {
            LogoFor::Light => self.logo = logo,
            LogoFor::Dark => self.logo_dark = logo,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_from_its_json_and_odd_json_is_nothing() {
        let mut branding = Branding::default();
        assert_eq!(branding.to_json(), "{}");
        let logo = Logo { file: "logo.0f.png".to_owned(), width: 10, height: 20 };
        branding.set_logo(LogoFor::Dark, Some(logo));
        let words = BTreeMap::from([("de".to_owned(), "Mo bis Fr".to_owned())]);
        branding.texts.insert(BrandText::SupportHours, words);
        assert_eq!(Branding::of_json(&branding.to_json()), branding);
        for odd in ["", "[]", "{\"texts\":{\"no_such_place\":{}}}"] {
            assert_eq!(Branding::of_json(odd), Branding::default(), "{odd}");
        }
    }

    #[test]
    fn a_language_without_words_falls_back_to_english() {
        let mut branding = Branding::default();
        assert_eq!(branding.text(BrandText::SignInNote, "de"), None);
        let words = [("en", "Hello"), ("de", "Hallo")];
        let words = words.map(|(tag, text)| (tag.to_owned(), text.to_owned()));
        branding.texts.insert(BrandText::SignInNote, BTreeMap::from(words));
        assert_eq!(branding.text(BrandText::SignInNote, "de"), Some("Hallo"));
        assert_eq!(branding.text(BrandText::SignInNote, "fr"), Some("Hello"));
    }
}
