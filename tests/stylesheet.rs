//! The stylesheet keeps its promises: contrast recomputed from its tokens in both schemes, its
//! size, its layers, and nothing in the templates that the content policy would refuse.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lockkeeper::model::Colour;
use lockkeeper::model::colour::{DARK_GROUNDS, LIGHT_GROUNDS};
use lockkeeper::web::assets;

const TEXT: f64 = 4.5;
const CONTROL: f64 = 3.0;

type Tokens = BTreeMap<String, Colour>;

fn css() -> String {
    String::from_utf8(assets::stylesheet().bytes.to_vec()).unwrap()
}

/// Colours of the `--name: #RRGGBB;` declarations in `block`.
fn tokens(block: &str) -> Tokens {
    let mut found = Tokens::new();
    for declaration in block.split(';') {
        let Some((name, value)) = declaration.trim().rsplit_once(':') else { continue };
        let Some((_, name)) = name.rsplit_once("--") else { continue };
        if let Some(colour) = Colour::parse(value.trim()) {
            found.insert(name.trim().to_owned(), colour);
        }
    }
    found
}

fn schemes() -> [(&'static str, Tokens); 2] {
    let css = css();
    let layer = css.split("@layer token {").nth(1).unwrap().split("@layer base {").next().unwrap();
    let (light, dark) = layer.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (light, dark) = (tokens(light), tokens(dark));
    assert!(light.keys().eq(dark.keys()), "both schemes have the same colour roles");
    [("light", light), ("dark", dark)]
}

fn assert_pairs(inks: &[&str], grounds: &[&str], least: f64) {
    for (scheme, tokens) in schemes() {
        for ink in inks {
            for ground in grounds {
                let ratio = tokens[*ink].contrast(tokens[*ground]);
                assert!(ratio >= least, "{scheme}: {ink} on {ground} has only {ratio:.2}");
            }
        }
    }
}

#[test]
fn text_is_readable_on_every_ground() {
    let grounds = ["surface", "canvas", "sunken"];
    let tints = ["hold-tint", "stop-tint", "ok-tint", "note-tint", "accent-tint"];
    assert_pairs(&["ink", "ink2", "ink3", "link", "brand-text"], &grounds, TEXT);
    assert_pairs(&["ink", "ink2"], &tints, TEXT);
    assert_pairs(&["on-accent"], &["accent", "accent-hover"], TEXT);
    assert_pairs(&["brand-on"], &["brand"], TEXT);
    assert_pairs(&["accent", "link"], &["accent-tint"], TEXT);
    for state in ["hold", "stop", "ok", "note"] {
        assert_pairs(&[state], &["canvas", "surface", &format!("{state}-tint")], TEXT);
    }
}

#[test]
fn controls_series_and_focus_stand_out() {
    assert_pairs(&["edge"], &["surface", "canvas", "sunken"], CONTROL);
    assert_pairs(&["brand-edge"], &["surface", "canvas"], CONTROL);
    assert_pairs(&["c1", "c2", "c3", "c4"], &["surface"], CONTROL);
    assert_pairs(&["focus"], &["canvas", "surface"], CONTROL);
}

/// The lowest ratios of the specification's table, so that a changed token is noticed.
#[test]
fn the_specified_contrasts_are_kept() {
    let [(_, light), (_, dark)] = schemes();
    let lowest = |tokens: &Tokens, ink: &str, grounds: &[&str]| {
        let ratios = grounds.iter().map(|ground| tokens[ink].contrast(tokens[*ground]));
        (ratios.fold(f64::MAX, f64::min) * 10.0).round() / 10.0
    };
    let grounds = ["surface", "canvas", "sunken"];
    let table =
        |tokens: &Tokens| ["ink", "ink2", "ink3", "link"].map(|ink| lowest(tokens, ink, &grounds));
    assert_eq!(table(&light), [14.3, 6.8, 4.9, 6.8]);
    assert_eq!(table(&dark), [13.0, 8.3, 5.9, 8.9]);
    let states = |tokens: &Tokens| {
        ["hold", "stop", "ok", "note"]
            .map(|state| lowest(tokens, state, &[format!("{state}-tint").as_str()]))
    };
    assert_eq!(states(&light), [7.1, 6.6, 6.4, 6.7]);
    assert_eq!(states(&dark), [8.7, 7.8, 8.1, 7.9]);
}

#[test]
fn brand_colours_are_derived_for_the_grounds_that_the_stylesheet_has() {
    let [(_, light), (_, dark)] = schemes();
    let grounds = |tokens: &Tokens| ["surface", "canvas", "sunken"].map(|name| tokens[name]);
    assert_eq!(grounds(&light), LIGHT_GROUNDS);
    assert_eq!(grounds(&dark), DARK_GROUNDS);
}

#[test]
fn the_stylesheet_keeps_its_budget_and_its_rules() {
    let css = css();
    assert!(css.len() <= 24_000, "{} bytes", css.len());
    assert!(!css.contains("!important"));
    assert!(css.contains("@layer reset, token, base, layout, component, page, state;"));
    let mut depth = 0_usize;
    let mut deepest = 0_usize;
    for line in css.lines() {
        let line = line.trim();
        if depth == 0 && !line.is_empty() {
            let outside =
                line.starts_with("/*") || line.starts_with("Colours") || line.starts_with("@layer");
            assert!(outside, "a rule outside the layers: {line}");
        }
        if line.contains('{') && !line.starts_with('@') {
            let selector = line.split('{').next().unwrap();
            assert!(!selector.contains('#'), "an id selector: {line}");
        }
        depth += line.matches('{').count();
        deepest = deepest.max(depth);
        depth -= line.matches('}').count();
    }
    assert_eq!(depth, 0, "braces match");
    assert!(deepest <= 3, "a layer, a condition, a rule");
}

fn templates(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(templates(&path));
        } else if path.extension().is_some_and(|kind| kind == "html") {
            found.push(path);
        }
    }
    found
}

#[test]
fn pages_hold_nothing_that_their_policy_refuses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let pages: Vec<PathBuf> =
        templates(&root).into_iter().filter(|path| !path.starts_with(root.join("mail"))).collect();
    assert!(pages.len() > 15);
    for path in pages {
        let text = fs::read_to_string(&path).unwrap();
        // A file of ours, on pages whose policy lets it run.
        let of_page = if path.starts_with(root.join("console")) { "frame" } else { "self" };
        let ours = format!("<script src=\"{{{{ {of_page}.script_path() }}}}\" defer></script>");
        let text = text.replace(&ours, "");
        for odd in
            ["style=", "<style", "<script", " onclick", "placeholder=", "https://", "http://"]
        {
            assert!(!text.contains(odd), "{odd} in {}", path.display());
        }
    }
}

/// Classes on the pages exist, so that no looks are lost to a typing mistake.
#[test]
fn every_class_on_a_page_is_in_the_stylesheet() {
    let css = css();
    let unstyled = ["neutral", "open", "list"];
    for (name, html) in super::page_samples::all() {
        for value in html.split("class=\"").skip(1) {
            for class in value.split('"').next().unwrap().split_whitespace() {
                let known = [' ', ',', '.', ':', '>']
                    .iter()
                    .any(|end| css.contains(&format!(".{class}{end}")));
                assert!(known || unstyled.contains(&class), "{class} on {name}");
            }
        }
    }
}
