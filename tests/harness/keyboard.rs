//! A control is reached by Tab and Shift+Tab alone, one stop after the other, and each stop is looked
//! at on the way: it is the next one in the order of the document, it has not been left behind by a
//! change of the page, and one can see that it is it. Controls are named by CSS or by XPath. Knows no
//! page. Needs script.

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::waiting::until;

/// More stops than any page has between two that are used after one another.
const MOST_STOPS: usize = 250;
/// A date has a stop for each of its parts and its calendar, all in one element.
const PARTS: usize = 5;

/// Where the focus is, how it came there, where the wanted control is, and what one sees. `was` is the
/// stop before; a fresh page has none.
const LOOK: &str = r#"
const [path] = arguments;
const wanted = /^\(?\//.test(path)
  ? document.evaluate(path, document, null, 9, null).singleNodeValue
  : document.querySelector(path);
const here = document.activeElement, was = window.stopBefore;
const nowhere = here === null || here === document.body || here === document.documentElement;
window.stopBefore = nowhere ? was : here;
const side = (from, to) => {
  if (from === to) return 0;
  return from.compareDocumentPosition(to) & 4 ? 1 : -1;
};
const light = (color) => {
  const parts = color.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
  const [r, g, b] = parts.map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = () => {
  for (let part = here.parentElement; part; part = part.parentElement) {
    const color = getComputedStyle(part).backgroundColor;
    if (/^rgb\(/.test(color)) return color;
  }
  return "rgb(255, 255, 255)";
};
const told = {
  ready: document.readyState === "complete",
  nowhere, fresh: was === undefined,
  awaited: document.querySelector("[autofocus]") !== null && nowhere,
  missing: wanted === null, at: wanted !== null && wanted === here,
  way: wanted === null || nowhere ? 1 : side(here, wanted),
  came: was === undefined || nowhere ? null : side(was, here),
  console: document.querySelector("body > a.skip") !== null && location.hash === "",
};
if (!nowhere) {
  const style = getComputedStyle(here);
  const [a, b] = [light(style.outlineColor), light(ground())];
  told.kind = here.type ?? here.localName;
  told.skip = here.matches("a.skip");
  told.outline = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
  told.contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  told.name = `${here.localName}#${here.id}.${here.className} ${here.textContent.trim().slice(0, 40)}`;
}
return told;"#;

/// A key, or words, where the focus is.
pub(crate) async fn key(driver: &WebDriver, keys: impl Into<TypingData>) -> WebDriverResult<()> {
    // Not for a chooser of files, which takes what is typed for a path.
    driver.active_element().await?.send_keys(keys).await
}

async fn look(driver: &WebDriver, path: &str) -> WebDriverResult<Value> {
    Ok(driver.execute(LOOK, vec![json!(path)]).await?.json().clone())
}

/// The page is there with the control on it, and what takes the focus by itself has it.
async fn settled(driver: &WebDriver, path: &str) -> Value {
    let mut spot = Value::Null;
    until(path, async || {
        spot = look(driver, path).await.unwrap_or_default();
        spot["ready"] == true && spot["missing"] == false && spot["awaited"] == false
    })
    .await;
    spot
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    On,
    Back,
}

/// One key further, which must be the next stop on that way and must be seen. At the end of a page it is
/// nowhere.
async fn step(driver: &WebDriver, path: &str, from: &Value, way: Way) -> WebDriverResult<Value> {
    let direction = match way {
        Way::On => {
            driver.action_chain().send_keys(Key::Tab).perform().await?;
            1
        }
        Way::Back => {
            let shifted = driver.action_chain().key_down(Key::Shift).send_keys(Key::Tab);
            shifted.key_up(Key::Shift).perform().await?;
            -1
        }
    };
    let spot = look(driver, path).await?;
    if spot["nowhere"] == true {
        return Ok(spot);
    }
    let (name, before) = (&spot["name"], &from["name"]);
    let came = spot["came"].as_i64().unwrap_or(direction);
    assert!(came == direction || came == 0, "after {before} comes {name}: out of order");
    if from["nowhere"] == true && from["fresh"] == true && spot["console"] == true {
        assert_eq!(spot["skip"], true, "the first stop is {name}, short of {path}");
    }
    let (outline, contrast) = (spot["outline"].as_f64(), spot["contrast"].as_f64());
    // The parts of a date are marked by the browser.
    let seen = outline >= Some(2.0) && contrast >= Some(3.0) || came == 0;
    assert!(seen, "{name} is not seen: {spot}");
    Ok(spot)
}

/// Counts keys that led nowhere else: a date lets go after its parts, a trap never.
fn held(same: usize, spot: &Value) -> usize {
    let same = if spot["came"] == 0 { same + 1 } else { 0 };
    assert!(same < PARTS, "{} does not let go", spot["name"]);
    same
}

/// Goes to the control; what kind of control it is.
pub(crate) async fn reach(driver: &WebDriver, path: &str) -> WebDriverResult<String> {
    let mut spot = settled(driver, path).await;
    let lost = spot["nowhere"] == true && spot["fresh"] == false;
    assert!(!lost, "the page changed and the focus is gone: {spot}, short of {path}");
    let mut same = 0;
    for _ in 0..MOST_STOPS {
        if spot["at"] == true {
            return Ok(spot["kind"].as_str().unwrap_or_default().to_owned());
        }
        let way = if spot["way"] == -1 { Way::Back } else { Way::On };
        let next = step(driver, path, &spot, way).await?;
        assert_eq!(next["nowhere"], false, "after {} the focus is nowhere: {path}", spot["name"]);
        same = held(same, &next);
        spot = next;
    }
    panic!("no stop is {path}")
}

/// From the first stop of a fresh page to its last and out of it; how many there are.
pub(crate) async fn through(driver: &WebDriver) -> WebDriverResult<usize> {
    let mut spot = settled(driver, "main").await;
    assert_eq!(spot["nowhere"], true, "it begins at the beginning: {spot}");
    let mut same = 0;
    for stops in 0..MOST_STOPS {
        let next = step(driver, "main", &spot, Way::On).await?;
        if next["nowhere"] == true {
            return Ok(stops);
        }
        same = held(same, &next);
        spot = next;
    }
    panic!("there is no end: {spot}")
}
