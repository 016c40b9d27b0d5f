//! Every state of every page under axe: no violation, in both colour schemes and at three widths;
//! nothing to scroll sideways; and what went wrong has the focus. Browsers walk through the samples of
//! `page_samples` and `console_samples`. Every rule is asked at the first look and what looks can break at
//! the others; `make axe` asks every rule at every look.

mod pictures;
mod server;
mod states;

use std::sync::Arc;

use serde_json::json;
use thirtyfour::prelude::*;

use self::server::{Shown, serve};
use crate::harness::axe::{Axe, Rules};
use crate::harness::browser::{Look, Scheme, Scripts, browse, cdp};

/// The first is asked everything, the others what looks can break.
const LOOKS: [(Scheme, u32); 6] = [
    (Scheme::Light, 1280),
    (Scheme::Light, 768),
    (Scheme::Light, 320),
    (Scheme::Dark, 320),
    (Scheme::Dark, 768),
    (Scheme::Dark, 1280),
];

fn look((scheme, width): (Scheme, u32)) -> Look {
    Look { scripts: Scripts::On, scheme, width, height: 900 }
}

/// Colours change within a tenth of a second, but not for people who want nothing to move.
async fn wear(driver: &WebDriver, seen: (Scheme, u32)) {
    let screen = json!({
        "width": seen.1, "height": 900, "deviceScaleFactor": 1, "mobile": false,
    });
    cdp(driver, "Emulation.setDeviceMetricsOverride", screen).await;
    let scheme = match seen.0 {
        Scheme::Light => "light",
        Scheme::Dark => "dark",
    };
    let features = json!({ "features": [
        { "name": "prefers-color-scheme", "value": scheme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ] });
    cdp(driver, "Emulation.setEmulatedMedia", features).await;
}

/// How far the page is wider than its window, in pixels.
const BEYOND: &str = "const page = document.documentElement; \
    return page.scrollWidth - page.clientWidth;";

/// Whether what went wrong is where the reader is, on a page that says so: asked behind the first two
/// frames, because a browser gives the focus as it draws.
const SUMMARY_FOCUSED: &str = "const tell = arguments[arguments.length - 1]; \
    requestAnimationFrame(() => requestAnimationFrame(() => { \
        const summary = document.querySelector('.summary'); \
        tell(summary === null || summary === document.activeElement); \
    }));";

/// Which rules are asked at a look, by its place among them.
type Asked = fn(usize) -> Rules;

const fn once(turn: usize) -> Rules {
    if turn == 0 { Rules::All } else { Rules::OfLooks }
}

const fn everywhere(_turn: usize) -> Rules {
    Rules::All
}

/// What keeps somebody out of these pages, one line each.
fn offences(samples: Vec<Shown>, asked: Asked) -> Vec<String> {
    let samples = Arc::new(samples);
    let base = serve(Arc::clone(&samples));
    let axe = Axe::installed();
    let mut found = Vec::new();
    browse(look(LOOKS[0]), async |driver| {
        for (number, Shown { name, .. }) in samples.iter().enumerate() {
            driver.goto(format!("{base}/{number}")).await?;
            if !driver.execute_async(SUMMARY_FOCUSED, Vec::new()).await?.convert::<bool>()? {
                found.push(format!("{name}: the summary of faults has not the focus"));
            }
            axe.enter(&driver).await?;
            for (turn, seen) in LOOKS.into_iter().enumerate() {
                wear(&driver, seen).await;
                let offences = axe.violations(&driver, asked(turn)).await?;
                found.extend(offences.into_iter().map(|one| format!("{name} {seen:?}: {one}")));
                let beyond: i64 = driver.execute(BEYOND, Vec::new()).await?.convert()?;
                if beyond > 0 {
                    found.push(format!("{name} {seen:?}: scrolls sideways by {beyond}"));
                }
            }
        }
        Ok(())
    });
    found
}

fn assert_open(samples: Vec<Shown>, asked: Asked) {
    assert!(samples.len() > 40);
    let found = offences(samples, asked);
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n\n"));
}

#[test]
fn no_hosted_page_keeps_anybody_out() {
    assert_open(server::hosted(), once);
}

#[test]
fn no_page_of_the_console_keeps_anybody_out() {
    assert_open(server::console(), once);
}

/// With `PAGES=audit` only those whose name holds that word.
#[test]
#[ignore = "a quarter of an hour of looking; `make axe`"]
fn axe_all_rules_everywhere() {
    let wanted = std::env::var("PAGES").unwrap_or_default();
    let pages = server::hosted().into_iter().chain(server::console());
    let pages: Vec<_> = pages.filter(|page| page.name.contains(&wanted)).collect();
    let count = pages.len();
    let found = offences(pages, everywhere);
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n\n"));
    println!("{count} pages, every rule at each of {} looks: no violation", LOOKS.len());
}

#[test]
fn a_page_that_keeps_somebody_out_is_noticed() {
    let bad = "<!doctype html><html lang=en><title>t</title><main><h1>t</h1>\
        <p style='color:#bbb;background:#fff'>pale</p><input>\
        <div class=summary tabindex=-1>wrong</div>\
        <p style='inline-size:700px'>wide</p></main>";
    let found = offences(vec![Shown { name: "bad".to_owned(), html: bad.to_owned() }], once);
    let told = |what: &str| found.iter().filter(|one| one.contains(what)).count();
    assert_eq!(told(": label: "), 1, "{found:?}");
    assert_eq!(told(": color-contrast: "), LOOKS.len(), "{found:?}");
    assert_eq!(told("has not the focus"), 1, "{found:?}");
    assert_eq!(told("scrolls sideways"), 2, "{found:?}");
}
