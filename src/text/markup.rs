//! Text that is HTML already. The only ways to make it are to escape plain text or to fill a
//! message of the (embedded, trusted) catalogue whose arguments are escaped one by one, so nothing
//! that a stranger typed can become a tag. Knows nothing of templates except that they print it.

use std::fmt;

/// A piece of HTML that is safe to print unescaped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Markup(String);

impl Markup {
    /// Escapes `text` for HTML content and double- or single-quoted attributes.
    #[must_use]
    pub fn escape(text: &str) -> Self {
        Self(escaped(text))
    }

    /// Takes HTML made inside `text`, from catalogue words and escaped values only.
    #[must_use]
    pub(super) fn trusted(html: String) -> Self {
        Self(html)
    }

    /// `text` escaped, with places where a long address may break: before `@`, after `.` and `-`.
    #[must_use]
    pub fn breakable(text: &str) -> Self {
        let mut html = String::with_capacity(text.len().saturating_mul(2));
        for c in text.chars() {
            if c == '@' {
                html.push_str("<wbr>");
            }
            push_escaped(&mut html, c);
            if matches!(c, '.' | '-') {
                html.push_str("<wbr>");
            }
        }
        Self(html)
    }

    /// `text` escaped, with every `part` of it marked (`em`).
    #[must_use]
    pub fn with_marked(text: &str, part: &str) -> Self {
        let around: Vec<String> = text.split(part).map(escaped).collect();
        Self(around.join(&format!("<em>{}</em>", escaped(part))))
    }

    /// `self`, a space, then `aside` as a part of its own that a narrow screen may put on a line
    /// of its own.
    #[must_use]
    pub fn and_aside(&self, aside: &Self) -> Self {
        Self(format!("{} <span class=\"aside\">{}</span>", self.0, aside.0))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Markup {
    fn write_into(
        &self,
        dest: &mut dyn fmt::Write,
        _values: &dyn askama::Values,
    ) -> askama::Result<()> {
        Ok(dest.write_str(&self.0)?)
    }
}

impl AsRef<Self> for Markup {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl askama::filters::HtmlSafe for Markup {}

fn push_escaped(html: &mut String, c: char) {
    match c {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        '\'' => html.push_str("&#39;"),
        _ => html.push(c),
    }
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        push_escaped(&mut html, c);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_typed_never_becomes_a_tag() {
        assert_eq!(Markup::escape("<b a='\"'>&").as_str(), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }

    #[test]
    fn long_addresses_break_at_their_joints() {
        let html = Markup::breakable("a-b.c@<d>.test");
        assert_eq!(html.as_str(), "a-<wbr>b.<wbr>c<wbr>@&lt;d&gt;.<wbr>test");
    }
}
