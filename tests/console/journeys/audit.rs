//! J-T7, an auditor finds out who changed what, sees the difference between two policies and takes the
//! log along as a file.

use std::path::Path;

use lockkeeper::store::team::Role;
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::error::WebDriverResult;

use super::super::policy::policy_form;
use super::super::{Office, assert_sent};
use super::hand::{Hand, audit, named, three_ways, until};
use crate::harness::browser::cdp;
use crate::harness::client::block_on;

const POLICY: &str = "/console/acme/policy";

struct Record {
    office: Office,
    downloads: TempDir,
    /// Facts before anybody looked.
    facts: usize,
}

impl AsRef<Office> for Record {
    fn as_ref(&self) -> &Office {
        &self.office
    }
}

fn record() -> Record {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let _eve = office.staff("eve", Some(&office.acme), Role::Auditor);
    block_on(async {
        assert_sent(&ana.post(POLICY, &policy_form("6", "1")).await, POLICY);
        let keys = ana.post("/console/acme/keys", &[("name", "Shop")]).await;
        assert_eq!(keys.status, 200);
    });
    let facts = audit(&office, &office.acme).len();
    Record { office, downloads: tempfile::tempdir().unwrap(), facts }
}

/// What a download has become, once it is whole.
async fn file(dir: &Path, name: &str) -> String {
    let path = dir.join(name);
    // Its place is kept by an empty file until all of it is there.
    let whole = async || std::fs::metadata(&path).is_ok_and(|file| file.len() > 0);
    until(name, whole).await;
    std::fs::read_to_string(path).unwrap()
}

impl Hand<'_> {
    async fn downloads_into(&self, dir: &Path) {
        let there = json!({ "behavior": "allow", "downloadPath": dir });
        cdp(self.driver, "Browser.setDownloadBehavior", there).await;
    }
}

async fn reads_the_log(eve: &Hand<'_>, record: &Record) -> WebDriverResult<()> {
    eve.menu("Audit log").await?;
    let log = async || eve.text_of("table.log tbody").await;
    let whole = log().await?;
    assert!(whole.contains("policy.saved") && whole.contains("key.created"), "{whole}");
    eve.choose("action", "policy.saved").await?;
    eve.press("Show these").await?;
    let row = log().await?;
    assert!(!row.contains("key.created"), "{row}");
    assert!(row.contains("ana") && row.contains("guessing since Monday"), "{row}");
    assert!(row.contains("8") && row.contains("→ 6"), "what was, and what is: {row}");
    let dir = record.downloads.path();
    eve.downloads_into(dir).await;
    eve.stay(&named("Download CSV")).await?;
    let csv = file(dir, "audit-acme.csv").await;
    assert!(csv.lines().count() == 2 && csv.contains("policy.saved"), "as filtered: {csv}");
    eve.press("Show all again").await?;
    eve.stay(&named("Download JSON")).await?;
    let whole = file(dir, "audit-acme.json").await;
    let whole: Vec<serde_json::Value> = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole.len(), record.facts, "all of it");
    Ok(())
}

#[test]
fn j_t7_an_auditor_learns_who_changed_what_and_takes_the_log_along() {
    three_ways(
        record,
        async |eve, record| {
            eve.sign_in("eve").await?;
            reads_the_log(eve, record).await?;
            eve.menu("Policy").await?;
            eve.press("Versions").await?;
            eve.press("Version 2").await?;
            eve.says("What it changed about version 1").await?;
            eve.says("Lock after 8 → 6").await?;
            eve.says("guessing since Monday").await?;
            eve.says_not("Go back to this").await;
            Ok(())
        },
        |record| {
            let after = audit(&record.office, &record.office.acme).len();
            assert_eq!(after, record.facts, "looking is no deed");
        },
    );
}
