//! The variables of saved answers: `{{name}}` and the like, filled in for one request. What is no
//! variable is refused when an answer is saved, so that nobody is ever sent one.

/// What a saved answer can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variable {
    /// The person's name, else what they sign in with.
    Name,
    Reference,
    /// When the lock ends, in the person's own words.
    LockEnds,
    /// Address of the page that sends an unlock mail.
    UnlockPage,
    /// Address of the page that sends a code for a new password.
    ResetPage,
    Tenant,
}

impl Variable {
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Reference,
        Self::LockEnds,
        Self::UnlockPage,
        Self::ResetPage,
        Self::Tenant,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Reference => "reference",
            Self::LockEnds => "lock_ends",
            Self::UnlockPage => "unlock_page",
            Self::ResetPage => "reset_page",
            Self::Tenant => "tenant",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variable| variable.as_str() == text.trim())
    }
}

/// A piece of a saved answer.
enum Piece<'t> {
    Text(&'t str),
    Named(&'t str),
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        found.push(Piece::Text(before));
        found.push(Piece::Named(name));
        rest = behind;
    }
    found.push(Piece::Text(rest));
    found
}

/// The first name in double braces that is no variable.
#[must_use]
pub fn unknown(template: &str) -> Option<String> {
    let named = pieces(template).into_iter().filter_map(|piece| match piece {
        Piece::Named(name) => Some(name),
        Piece::Text(_) => None,
    });
    named.into_iter().find(|name| Variable::parse(name).is_none()).map(str::to_owned)
}

/// `template` with its variables filled in, each once: what a value holds is left as it is.
#[must_use]
pub fn filled(template: &str, value: impl Fn(Variable) -> String) -> String {
    let filled = pieces(template).into_iter().map(|piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Named(name) => {
            Variable::parse(name).map_or_else(|| format!("{{{{{name}}}}}"), &value)
        }
    });
    filled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(variable: Variable) -> String {
        match variable {
            Variable::Name => "{{tenant}}".to_owned(),
            other => other.as_str().to_uppercase(),
        }
    }

    #[test]
    fn variables_are_filled_once() {
        let template = "Hello {{name}}, {{ reference }} {{lock_ends}} }} {{ open";
        assert_eq!(filled(template, value), "Hello {{tenant}}, REFERENCE LOCK_ENDS }} {{ open");
        assert_eq!(filled("", value), "");
        assert_eq!(filled("{{x}}", value), "{{x}}");
    }

    #[test]
    fn an_unknown_one_is_named() {
        assert_eq!(unknown("{{name}} {{password}}").as_deref(), Some("password"));
        assert_eq!(unknown("{{}}").as_deref(), Some(""));
        assert_eq!(unknown("{{name}} { name } {{"), None);
    }
}
