//! A picture of every state of every page, to be looked at (`make screenshots`): hosted pages and the
//! console, light and dark, on a phone and on a screen. Judges nothing.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use serde_json::json;
use thirtyfour::prelude::*;

use super::server::{self, serve};
use super::{LOOKS, look, wear};
use crate::harness::browser::{Scheme, browse, cdp};

/// Taller pages are cut there: nobody looks further at a picture.
const TALLEST: f64 = 6_000.0;

/// With `PAGES=audit` only those whose name holds that word.
#[test]
#[ignore = "minutes of drawing; `make screenshots`"]
fn draw_every_state() {
    let wanted = std::env::var("PAGES").unwrap_or_default();
    let pages = server::hosted().into_iter().chain(server::console());
    let pages: Vec<_> = pages.filter(|page| page.name.contains(&wanted)).collect();
    let pages = Arc::new(pages);
    let base = serve(Arc::clone(&pages));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let looks = LOOKS.into_iter().filter(|(_, width)| *width != 768);
    browse(look(LOOKS[0]), async |driver| {
        for (scheme, width) in looks {
            wear(&driver, (scheme, width)).await;
            let scheme = match scheme {
                Scheme::Light => "light",
                Scheme::Dark => "dark",
            };
            for (number, page) in pages.iter().enumerate() {
                driver.goto(format!("{base}/{number}")).await?;
                let file = format!("{}.{scheme}.{width}.png", page.name);
                std::fs::write(folder.join(file), draw(&driver).await).unwrap();
            }
        }
        Ok(())
    });
    println!("{} pages drawn into {}", pages.len(), folder.display());
}

/// The whole page, also what a window would not show.
async fn draw(driver: &WebDriver) -> Vec<u8> {
    let metrics = cdp(driver, "Page.getLayoutMetrics", json!({})).await;
    let size = &metrics["cssContentSize"];
    let clip = json!({
        "x": 0, "y": 0, "scale": 1,
        "width": size["width"], "height": size["height"].as_f64().unwrap().min(TALLEST),
    });
    let shot = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
    let shot = cdp(driver, "Page.captureScreenshot", shot).await;
    base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()
}
