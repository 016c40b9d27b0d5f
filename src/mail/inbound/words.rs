//! What the author of a mail wrote: the text of its parts without what was quoted from an earlier
//! mail, without markup and control characters, bounded, and the names of what was attached. Knows no
//! header of the message.

use super::parts::Part;

/// Longest text, in characters: as the form takes it.
const MOST_CHARS: usize = 4_000;
/// Attachments that are named, and the longest name, in characters.
const MOST_NAMES: usize = 10;
const NAME_CHARS: usize = 80;

/// Signatures of the whole message, which nobody attached.
const SIGNATURES: [&str; 3] =
    ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"];

/// What stands above a mail that is quoted without marks, in lower case; between dashes.
const ORIGINALS: [&str; 9] = [
    "original message",
    "original appointment",
    "forwarded message",
    "ursprüngliche nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "元のメッセージ",
    "原始邮件",
];

/// Fields that begin a quoted header under a line, in lower case.
const QUOTED_HEAD: [&str; 6] = ["from:", "von:", "de:", "de :", "差出人:", "发件人:"];

/// Elements whose content nobody reads, and the one that quotes.
const UNREAD: [&str; 5] = ["head", "style", "script", "title", "template"];
const QUOTE: &str = "blockquote";
/// Elements that begin a line of their own.
const BLOCKS: [&str; 15] =
    ["p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre"];
/// A line drawn across the page; below one, a quoted header.
const RULE: &str = "\n__________\n";

/// The words of a message.
pub(super) fn of(leaves: &[Part<'_>]) -> String {
    let of_kind = |mime: &str, reader: fn(&str) -> String| {
        let parts =
            leaves.iter().filter(|part| part.mime() == mime && part.attached_as().is_none());
        let texts: Vec<String> = parts.map(|part| reader(&part.text())).collect();
        texts.join("\n\n")
    };
    let plain = plain(&of_kind("text/plain", str::to_owned));
    // The same in other words stands beside it, mostly.
    let whole =
        if plain.is_empty() { self::plain(&of_kind("text/html", without_markup)) } else { plain };
    let mut text = bounded(&own(&whole));
    let names = attached(leaves);
    if !names.is_empty() {
        let gap = if text.is_empty() { "" } else { "\n\n" };
        text = format!("{text}{gap}[Attached, and not kept: {}]", names.join(", "));
    }
    text
}

fn attached(leaves: &[Part<'_>]) -> Vec<String> {
    let names = leaves.iter().filter(|part| !SIGNATURES.contains(&part.mime()));
    let names = names.filter_map(Part::attached_as).map(|name| {
        let shown: String = plain(&name).replace('\n', " ").chars().take(NAME_CHARS).collect();
        if shown.is_empty() { "without a name".to_owned() } else { shown }
    });
    names.take(MOST_NAMES).collect()
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

/// One kind of line end, nothing that controls a screen or turns the direction of a line, no runs of
/// empty lines.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut kept = String::with_capacity(text.len());
    let mut empty = 0_usize;
    for line in text.lines() {
        let shown: String = line.chars().filter_map(shown).collect();
        let shown = shown.trim_end();
        empty = if shown.is_empty() { empty.saturating_add(1) } else { 0 };
        if empty <= 1 {
            kept.push_str(shown);
            kept.push('\n');
        }
    }
    kept.trim().to_owned()
}

fn shown(c: char) -> Option<char> {
    match c {
        '\t' | '\u{a0}' | '\u{2028}' | '\u{2029}' => Some(' '),
        // Overrides of direction, and marks without width.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// Without what was quoted; the whole where nothing else is left.
fn own(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let end = (0..lines.len()).find(|at| begins_original(&lines, *at)).unwrap_or(lines.len());
    let mut kept: Vec<&str> = Vec::new();
    let mut within = false;
    for line in lines.iter().take(end) {
        let quoted = line.starts_with('>');
        if quoted && !within {
            drop_attribution(&mut kept);
        }
        within = quoted || within && line.is_empty();
        if !quoted {
            kept.push(line);
        }
    }
    let own = plain(&kept.join("\n"));
    if own.is_empty() { text.to_owned() } else { own }
}

/// "On Saturday at 12:00 Acme wrote:", over one line or two, above a quotation.
fn drop_attribution(kept: &mut Vec<&str>) {
    let filled = kept.iter().rposition(|line| !line.is_empty());
    let Some(last) = filled.filter(|at| at.saturating_add(2) >= kept.len()) else { return };
    if !kept.get(last).is_some_and(|line| line.ends_with([':', '：'])) {
        return;
    }
    let before = last.checked_sub(1).and_then(|at| kept.get(at));
    let names_somebody =
        |line: &&str| line.contains('@') || line.contains(|c: char| c.is_ascii_digit());
    let is_whole = kept.get(last).is_some_and(names_somebody);
    let two = !is_whole && before.is_some_and(|line| !line.is_empty() && names_somebody(line));
    kept.truncate(if two { last.saturating_sub(1) } else { last });
}

fn begins_original(lines: &[&str], at: usize) -> bool {
    let Some(line) = lines.get(at).map(|line| line.trim()) else { return false };
    let words = line.trim_matches(['-', ' ']);
    if line.starts_with("---") && ORIGINALS.contains(&words.to_lowercase().as_str()) {
        return true;
    }
    let is_rule = line.len() >= 10 && line.bytes().all(|byte| matches!(byte, b'_' | b'-'));
    let next = lines.iter().skip(at.saturating_add(1)).find(|line| !line.trim().is_empty());
    is_rule
        && next.is_some_and(|line| {
            let line = line.trim_matches(['*', ' ']).to_lowercase();
            QUOTED_HEAD.iter().any(|field| line.starts_with(field))
        })
}

/// The text of an HTML part, a line for each block. Reads marks as browsers would, roughly: what it
/// gets wrong is text all the same, and is shown as text.
fn without_markup(html: &str) -> String {
    let mut text = String::new();
    // The element that is passed over, and how often it stands open within itself.
    let mut passed: Option<(String, usize)> = None;
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once('<') {
        if passed.is_none() {
            push_words(&mut text, before);
        }
        if let Some(comment) = behind.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = behind.split_once('>') else {
            rest = "";
            break;
        };
        rest = after;
        let (name, closes) = tag_name(tag);
        passed = match passed.take() {
            // What is above it ends here, closed or not.
            Some((open, _)) if name == "body" && open != QUOTE => None,
            Some((open, depth)) if open == name => {
                let depth = if closes { depth.saturating_sub(1) } else { depth.saturating_add(1) };
                (depth > 0).then_some((open, depth))
            }
            Some(open) => Some(open),
            None if closes || tag.ends_with('/') => None,
            None if name == QUOTE => {
                text.push_str("\n>\n");
                Some((name.clone(), 1))
            }
            None => UNREAD.contains(&name.as_str()).then(|| (name.clone(), 1)),
        };
        if passed.is_none() && name == "hr" {
            text.push_str(RULE);
        } else if passed.is_none() && BLOCKS.contains(&name.as_str()) {
            text.push('\n');
        }
    }
    if passed.is_none() {
        push_words(&mut text, rest);
    }
    text
}

/// Name of a tag in lower case, and whether it closes.
fn tag_name(tag: &str) -> (String, bool) {
    let closes = tag.starts_with('/');
    let name = tag.trim_start_matches('/');
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    (name.get(..end).unwrap_or_default().to_ascii_lowercase(), closes)
}

/// Text between tags: white space is one space, entities are what they stand for.
fn push_words(text: &mut String, raw: &str) {
    let begins_apart = raw.starts_with(|c: char| c.is_ascii_whitespace());
    if begins_apart && !text.ends_with(['\n', ' ']) && !text.is_empty() {
        text.push(' ');
    }
    let words: Vec<&str> = raw.split_ascii_whitespace().collect();
    push_entities(text, &words.join(" "));
    if !words.is_empty() && raw.ends_with(|c: char| c.is_ascii_whitespace()) {
        text.push(' ');
    }
}

fn push_entities(text: &mut String, raw: &str) {
    let mut rest = raw;
    while let Some((before, behind)) = rest.split_once('&') {
        text.push_str(before);
        // The longest that are known here have eight characters.
        let end = behind.char_indices().take(9).find(|(_, c)| *c == ';').map(|(at, _)| at);
        let named = end.and_then(|end| Some((entity(behind.get(..end)?)?, end)));
        match named {
            Some((c, end)) => {
                text.push(c);
                rest = behind.get(end.saturating_add(1)..).unwrap_or_default();
            }
            None => {
                text.push('&');
                rest = behind;
            }
        }
    }
    text.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "euro" => '€',
        _ => return None,
    })
}
