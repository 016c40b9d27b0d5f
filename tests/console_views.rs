//! What holds for every page of the console, whatever it shows: whole, labelled, within its budget,
//! styled by what the sheets hold, and with a sample of each of its states.

use std::collections::BTreeSet;

use lockkeeper::web::page_table::{Page, Verb};
use lockkeeper::web::{assets, console};

use super::console_samples::{Sample, all};
use crate::harness::weight;

fn css() -> String {
    [assets::stylesheet(), assets::console_stylesheet()]
        .map(|sheet| String::from_utf8(sheet.bytes.to_vec()).unwrap())
        .concat()
}

#[test]
fn every_page_has_a_sample_of_every_state() {
    let listed: BTreeSet<_> = console::pages()
        .flat_map(|page| page.states.iter().map(|state| (page.path, *state)))
        .collect();
    let there: BTreeSet<_> = all()
        .iter()
        .filter(|sample| !sample.path.is_empty())
        .map(|sample| (sample.path, sample.state))
        .collect();
    assert_eq!(listed, there);
    // What is no page: a stream of tries, a mail in its frame, a file.
    let is_page = |page: &&Page| {
        let shown = !page.path.ends_with("/feed") && !page.path.ends_with("/frame");
        page.verb == Verb::Get && shown && !page.is_file()
    };
    for page in console::pages().filter(is_page) {
        assert!(!page.states.is_empty(), "{} shows nothing", page.path);
    }
}

#[test]
fn every_page_is_whole_and_within_its_budget() {
    for Sample { path, state, html } in all() {
        let name = format!("{path} {state}");
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\" dir=\"ltr\""), "{name}");
        assert!(html.contains("<title>") && html.contains("width=device-width"), "{name}");
        assert!(!html.contains("{$") && !html.contains("{ $"), "{name}: an argument is missing");
        for odd in ["style=", "javascript:", "\u{2068}", "<b>\"ana", "<Olympus>", "console-"] {
            let found = html.replace("/assets/console.", "").contains(odd);
            assert!(!found, "{name}: {odd}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{name} has one title");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        // One filled button a screen; beside a request one a pane.
        let filled = 1 + usize::from(path == "/console/{slug}/inbox/{reference}");
        assert!(html.matches("button primary").count() <= filled, "{name}");
        assert!(html.matches(" autofocus").count() <= 1, "{name}: one focus");
        let cost = weight::estimated(&html);
        assert!(cost <= weight::CONSOLE, "{name}: {cost} bytes, {} its own", html.len());
        assert_eq!(html.contains("<title>Error: "), html.contains("class=\"summary\""), "{name}");
    }
}

#[test]
fn every_field_has_a_label_and_every_form_of_the_staff_its_token() {
    for Sample { path, state, html } in all() {
        for rest in html.split("<input").skip(1) {
            let element = rest.split('>').next().unwrap();
            if element.contains("type=\"hidden\"") {
                continue;
            }
            let named = element.split("id=\"").nth(1).map(|id| id.split('"').next().unwrap());
            let labelled = match named {
                Some(id) => html.contains(&format!("<label for=\"{id}\">")),
                // Within its label.
                None => html.contains(&format!("<label><input{element}>")),
            };
            assert!(labelled, "{path} {state}: {element}");
        }
        for form in html.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")) {
            let form = form.split("</form>").next().unwrap();
            let stranger =
                path == "/console/welcome/{secret}" && form.contains("name=\"password\"");
            assert!(stranger || form.contains("name=\"form_token\""), "{path} {state}: {form}");
        }
    }
}

#[test]
fn every_class_on_a_page_is_in_a_stylesheet() {
    let css = css();
    for Sample { path, state, html } in all() {
        for value in html.split("class=\"").skip(1) {
            for class in value.split('"').next().unwrap().split_whitespace() {
                let known = [' ', ',', '.', ':', '>', '{']
                    .iter()
                    .any(|end| css.contains(&format!(".{class}{end}")));
                assert!(known, "{class} on {path} {state}");
            }
        }
    }
}

#[test]
fn the_second_sheet_keeps_its_budget_and_the_house_rules() {
    let css = String::from_utf8(assets::console_stylesheet().bytes.to_vec()).unwrap();
    assert!(css.len() <= 22_000, "{} bytes", css.len());
    assert!(!css.contains("!important") && !css.contains("url("));
    let mut depth = 0_usize;
    for line in css.lines().map(str::trim).filter(|line| !line.is_empty()) {
        assert!(depth > 0 || line.starts_with("/*") || line.starts_with("@layer"), "{line}");
        if line.contains('{') && !line.starts_with('@') {
            assert!(!line.split('{').next().unwrap().contains('#'), "an id selector: {line}");
        }
        depth += line.matches('{').count();
        depth -= line.matches('}').count();
    }
    assert_eq!(depth, 0, "braces match");
}

/// Who has chosen a scheme gets the colours that the device would have given.
#[test]
fn a_chosen_scheme_has_the_tokens_of_the_devices() {
    let house = String::from_utf8(assets::stylesheet().bytes.to_vec()).unwrap();
    let own = String::from_utf8(assets::console_stylesheet().bytes.to_vec()).unwrap();
    let colours = |block: &str| -> BTreeSet<String> {
        let declared = block.split('}').next().unwrap().split(';');
        declared.map(|part| part.trim().to_owned()).filter(|part| part.contains(": #")).collect()
    };
    let after = |sheet: &str, mark: &str| colours(sheet.split(mark).nth(1).unwrap());
    assert_eq!(after(&own, "[data-scheme=\"light\"] {"), after(&house, "\n:root {"));
    let dark = house.split("@media (prefers-color-scheme: dark) {").nth(1).unwrap();
    assert_eq!(after(&own, "[data-scheme=\"dark\"] {"), after(dark, ":root {"));
}
