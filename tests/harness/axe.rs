//! axe-core in the page that a browser shows: what of it people with a screen reader, a keyboard or
//! weak eyes cannot use. Scripts must be on. Knows no page.

use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// Which rules are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// WCAG 2.2 A and AA, and what axe calls best practice.
    All,
    /// Of those the ones that a scheme or a width can break.
    OfLooks,
}

/// What can change with colours and sizes alone.
const OF_LOOKS: [&str; 4] =
    ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"];

const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// The checker itself, as `make tools` installed it.
pub(crate) struct Axe(String);

impl Axe {
    pub(crate) fn installed() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let file = target.join("test-tools/clients/node_modules/axe-core/axe.min.js");
        let source = std::fs::read_to_string(&file);
        Self(source.unwrap_or_else(|_| panic!("no {}: run `make tools`", file.display())))
    }

    /// Puts the checker into the page; it goes with the page.
    pub(crate) async fn enter(&self, driver: &WebDriver) -> WebDriverResult<()> {
        driver.execute(self.0.as_str(), Vec::new()).await?;
        Ok(())
    }

    /// What is wrong with the page as it looks now, one line each.
    pub(crate) async fn violations(
        &self,
        driver: &WebDriver,
        rules: Rules,
    ) -> WebDriverResult<Vec<String>> {
        let only = match rules {
            Rules::All => json!({ "type": "tag", "values": TAGS }),
            Rules::OfLooks => json!({ "type": "rule", "values": OF_LOOKS }),
        };
        let options = json!({ "runOnly": only, "resultTypes": ["violations"] });
        let found = driver.execute_async(ASK, vec![options]).await?;
        let found: Vec<Value> = found.convert()?;
        Ok(found.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect())
    }
}

const ASK: &str = r#"
const [options, done] = arguments;
axe.run(document, options).then(
  (found) => done(found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`))),
  (error) => done([`axe failed: ${error}`]));
"#;
