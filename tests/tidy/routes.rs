//! Routes of the two interfaces are made by `web::operation::register` alone, those of the console by
//! `web::page_table::register`: no handler may be reached by a way that its table does not name.

use super::sources::Source;
use super::tokens::{Token, tokens};

const INTERFACES: [&str; 3] = ["src/web/frontend_api/", "src/web/backend_api/", "src/web/console/"];

/// How actix-web is told of a route beside `web::to`, which only makes a handler of a function.
const BY_HAND: [&str; 9] =
    ["resource", "route", "get", "post", "put", "patch", "delete", "head", "method"];

pub(super) fn offences(source: &Source) -> Vec<String> {
    if !INTERFACES.iter().any(|folder| source.path.starts_with(folder)) {
        return Vec::new();
    }
    let tokens = tokens(&source.text);
    let calls = tokens.windows(3).filter_map(|three| match three {
        [(Token::Word("web"), line), (Token::Colons, _), (Token::Word(name), _)]
            if BY_HAND.contains(name) =>
        {
            Some((*line, *name))
        }
        // `config.route(…)`
        [(Token::Mark('.'), line), (Token::Word(name @ "route"), _), (Token::Mark('('), _)] => {
            Some((*line, *name))
        }
        _ => None,
    });
    calls.map(|(line, name)| format!("{}:{line}: {name}", source.path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_by_hand_is_caught() {
        for text in [
            "config.service(web::resource(\"/me\").route(web::get().to(me)));",
            "config.route(\"/me\", x);",
            "web::scope(\"/x\").service(web::resource(\"/a\"))",
        ] {
            for folder in INTERFACES {
                let planted = Source::planted(&format!("{folder}a.rs"), text);
                assert!(!offences(&planted).is_empty(), "{text}");
            }
            let page = Source::planted("src/web/pages/mod.rs", text);
            assert_eq!(offences(&page), Vec::<String>::new());
        }
        let table = "Operation::clerks(Verb::Get, \"/me\", \"getMe\", NOTHING, || web::to(me))";
        let planted = Source::planted("src/web/frontend_api/me.rs", table);
        assert_eq!(offences(&planted), Vec::<String>::new());
    }
}
