//! Moving in: every hash scheme, every refusal of a row, a run that was killed half way, and how long
//! a hundred thousand rows take.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use lockkeeper::credential::ImportedHash;
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::Identifier;
use lockkeeper::tenant::user_import::{Fate, ImportForm};
use lockkeeper::tenant::{AttemptAnswer, NewUserForm};
use serde_json::{Value, json};

use crate::attempt::try_password;
use crate::cli::{Place, Said};
use crate::credential::imported::{DIGESTS, PASSWORD, argon2id};
use crate::harness::app::TestApp;
use crate::harness::children::{self, Deadline};
use crate::harness::client::block_on;
use crate::harness::nodes::until;

/// The columns of Clerk's export, in its order.
const HEAD: &str = "id,first_name,last_name,username,primary_email_address,primary_phone_number,\
    verified_email_addresses,unverified_email_addresses,verified_phone_numbers,\
    unverified_phone_numbers,totp_secret,password_digest,password_hasher\n";

fn form(name: &str, hasher: &str, digest: &str) -> ImportForm {
    let user = NewUserForm {
        identifiers: vec![Identifier::parse(name).unwrap()],
        imported_hash: Some(ImportedHash::parse(hasher, digest).unwrap()),
        ..NewUserForm::default()
    };
    ImportForm { user, ..ImportForm::default() }
}

#[test]
fn each_hash_scheme_signs_in_once_and_is_rehashed() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    let argon2id = argon2id();
    let all: Vec<_> = DIGESTS.into_iter().chain([("argon2id", argon2id.as_str())]).collect();
    let stored = |hasher: &str| {
        let key = Identifier::parse(hasher).unwrap().key;
        let found = block_on(app.tenants.reader().identified(tenant.profile.id().clone(), key));
        found.unwrap().unwrap().user.password_hash.unwrap()
    };
    let forms: Vec<_> = all.iter().map(|(hasher, digest)| form(hasher, hasher, digest)).collect();
    let fates = block_on(app.tenants.import_users(&tenant.profile, forms)).unwrap();
    assert_eq!(fates, vec![Fate::Made; all.len()]);
    for (hasher, digest) in all {
        let moved_in = stored(hasher);
        assert!(moved_in.ends_with(digest), "{hasher}");
        let wrong = block_on(try_password(&app, &tenant, hasher, "correct horse"));
        assert_eq!(wrong, AttemptAnswer::Wrong { remaining: Some(7) }, "{hasher}");
        assert_eq!(stored(hasher), moved_in);
        let right = block_on(try_password(&app, &tenant, hasher, PASSWORD));
        assert!(matches!(right, AttemptAnswer::Complete(_)), "{hasher}: {right:?}");
        until(Duration::from_secs(60), || stored(hasher) != moved_in);
        assert!(stored(hasher).starts_with("$argon2id$"), "{hasher}");
        let again = block_on(try_password(&app, &tenant, hasher, PASSWORD));
        assert!(matches!(again, AttemptAnswer::Complete(_)), "{hasher}: {again:?}");
    }
}

#[test]
fn wrong_passwords_of_imported_users_count() {
    let app = TestApp::start();
    let policy = Policy { max_attempts: 2, ..Preset::Balanced.policy() };
    let tenant = app.tenant("acme", Some(policy));
    let (hasher, digest) = DIGESTS[0];
    let forms = vec![form("alex@acme.test", hasher, digest)];
    block_on(async {
        // Tried before its owner moved in: the count moves with the identifier.
        let before = try_password(&app, &tenant, "alex@acme.test", "wrong").await;
        assert_eq!(before, AttemptAnswer::Wrong { remaining: Some(1) });
        app.tenants.import_users(&tenant.profile, forms).await.unwrap();
        let after = try_password(&app, &tenant, "alex@acme.test", "wrong too").await;
        assert!(matches!(after, AttemptAnswer::WrongAndLocked(_)), "{after:?}");
        let right = try_password(&app, &tenant, "alex@acme.test", PASSWORD).await;
        assert!(matches!(right, AttemptAnswer::Locked(_)), "{right:?}");
    });
}

#[test]
fn unproved_addresses_and_accounts_elsewhere_come_along_and_sign_nobody_in() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    let (hasher, digest) = DIGESTS[0];
    let claim = || Identifier::parse("shared@acme.test").unwrap();
    let account = json!({ "id": "idn_7", "object": "external_account", "provider": "oauth_x" });
    let mut forms = vec![form("ann", hasher, digest), form("bob", hasher, digest)];
    for form in &mut forms {
        form.unproved = vec![claim()];
        form.external = vec![("idn_7".to_owned(), account.to_string())];
    }
    block_on(async {
        let fates = app.tenants.import_users(&tenant.profile, forms).await.unwrap();
        assert_eq!(fates, [Fate::Made, Fate::Made], "a claim is in nobody's way");
        for name in ["ann", "bob"] {
            let key = Identifier::parse(name).unwrap().key;
            let found = app.tenants.reader().identified(tenant.profile.id().clone(), key).await;
            let id = found.unwrap().unwrap().user.id;
            let card = app.tenants.user(&tenant.profile, id).await.unwrap().unwrap();
            let pending: Vec<_> = card.pending.iter().map(|p| p.value.as_str()).collect();
            assert_eq!(pending, ["shared@acme.test"]);
            assert_eq!(card.external[0].document, account.to_string());
        }
        let claimed = try_password(&app, &tenant, "shared@acme.test", PASSWORD).await;
        assert_eq!(claimed, AttemptAnswer::Wrong { remaining: Some(7) });
    });
}

/// A file in the folder of the place.
fn written(place: &Place, name: &str, text: &str) {
    std::fs::write(place.path().join(name), text).unwrap();
}

/// The counts that a run prints at its end: imported, there already, refused.
fn counts(said: &Said) -> [u64; 3] {
    let last = said.out.lines().last().unwrap_or_else(|| panic!("{}", said.err));
    let last: Value = serde_json::from_str(last).unwrap();
    ["imported", "already_there", "refused"].map(|name| last[name].as_u64().unwrap())
}

#[test]
fn the_dry_run_names_every_row_it_would_refuse_and_changes_nothing() {
    let place = Place::new();
    place.tenant("acme");
    let alex = place.user("acme", "alex@acme.test")["id"].as_str().unwrap().to_owned();
    let bcrypt = DIGESTS[0].1;
    let mut csv = format!("{},favourite_colour\n", HEAD.trim_end());
    for row in [
        format!(
            "user_1,Ann,Lee,ann,ann@acme.test,+49301234567,ann@acme.test|a2@acme.test,,+49301234567,,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ,{bcrypt},bcrypt,red"
        ),
        // Proved by nobody: moves in without it.
        "user_2,,,,bob@acme.test,,,bob@acme.test,,,,,,".to_owned(),
        "usr-3,,,,no,,,,,,short,,,".to_owned(),
        "user_4,,,,ALEX@acme.test,,,,,,,,,".to_owned(),
        "user_5,,,,Ann@acme.test,,,,,,,,,".to_owned(),
        "user_1,,,other,,,,,,,,,,".to_owned(),
        "user_6,,,mia,,,,,,,,5f4dcc3b5aa765d61d8327deb882cf99,md5,".to_owned(),
        "user_7,,,noa,,,,,,,,$2b$31$x,bcrypt,".to_owned(),
        "user_8,,,kim,,,,,,,,x,,".to_owned(),
        "user_9,too,few".to_owned(),
        ",,,,,,,,,,,,,".to_owned(),
        ",Eve,,eve,,,,,,,,,,".to_owned(),
        format!("{alex},,,alex2,alex@acme.test,,,,,,,,,"),
    ] {
        writeln!(csv, "{row}").unwrap();
    }
    written(&place, "users.csv", &csv);
    let dry = place.run("user import --tenant acme users.csv --dry-run");
    assert_eq!((dry.code, dry.err.as_str()), (1, ""), "{}", dry.out);
    insta::assert_snapshot!(dry.out.replace(&alex, "user_alex"), @"
        row 3: id: is not `user_` with letters and digits; name it external_id instead; primary_email_address: is no email address; totp_secret: is not base32 of 16 to 64 bytes
        row 5 (user_5): email address: the same as in row 1
        row 6 (user_1): id: the same as in row 1
        row 7 (user_6): password_hasher: hashes of this kind are guessed by the billion a second and are not taken; import without them and let these users set a new password
        row 8 (user_7): password_digest: the digest is not of the form $2b$<cost>$<salt and hash, 53 characters>
        row 9 (user_8): password_hasher: is missing beside password_digest
        row 10: has 3 cells where the head line has 14
        row 11: has neither an id nor a verified identifier
        row 13 (user_alex): email address: the same as in row 4
        row 4 (user_4): email address: user_alex has it
        13 rows: 3 would be imported, 0 there already, 10 refused
        not taken over: favourite_colour
    ");
    let again = place.run("user import --tenant acme users.csv --dry-run");
    assert_eq!(again.out, dry.out, "the first one changed something");
    let real = place.run("user import --tenant acme users.csv");
    let as_foretold = dry.out.replace("would be imported", "imported");
    assert_eq!((real.code, real.out), (1, as_foretold));
    let resumed = place.run("user import --tenant acme users.csv --json");
    assert_eq!(counts(&resumed), [0, 3, 10]);
}

#[test]
fn clerks_json_is_taken_as_a_list_or_line_by_line() {
    let place = Place::new();
    place.tenant("acme");
    let address = |value: &str, id: &str, status: &str| {
        json!({ "id": id, "object": "email_address", "email_address": value,
                "verification": { "status": status, "strategy": "email_code" }, "linked_to": [] })
    };
    let one = json!({
        "id": "user_2abc", "object": "user", "username": null, "first_name": "Ann",
        "primary_email_address_id": "idn_2",
        "email_addresses": [
            address("first@acme.test", "idn_1", "verified"),
            address("main@acme.test", "idn_2", "verified"),
            address("maybe@acme.test", "idn_3", "unverified"),
        ],
        "external_accounts": [{ "id": "idn_4", "object": "external_account" }],
        "phone_numbers": [], "external_id": "7", "banned": false, "locked": true,
        "public_metadata": { "plan": "pro" }, "private_metadata": null,
        "created_at": 1_577_836_800_000_i64, "last_sign_in_at": null,
        "password_digest": DIGESTS[0].1, "password_hasher": "bcrypt",
    });
    let two = json!({ "username": "bob", "created_at": "2020-01-01 00:00:00 +0000 UTC" });
    let bad = json!({ "id": 7, "username": ["x"], "public_metadata": [], "created_at": "soon",
                      "banned": "maybe", "email_addresses": {}, "verified_phone_numbers": 1,
                      "external_accounts": [{ "provider": "x" }] });
    written(&place, "list.json", &json!([one, two, bad]).to_string());
    let said = place.run("user import --tenant acme list.json");
    insta::assert_snapshot!(said.out, @"
        row 3: id: is not a text; email_addresses: is not a list; verified_phone_numbers: is not a list; username: is not a text; created_at: is no time up to now (milliseconds since 1970, or as 2026-11-21T09:30:00Z); public_metadata: is not a JSON object; banned: is neither true nor false; external_accounts: an entry has no id
        3 rows: 2 imported, 0 there already, 1 refused
    ");
    written(&place, "lines.json", &format!("{one}\n{two}\n"));
    let said = place.run("user import --tenant acme lines.json --json");
    assert_eq!(counts(&said), [0, 2, 0]);
    let shown = place.run("user unlock --tenant acme main@acme.test --json").json();
    assert_eq!(shown["id"], "user_2abc");
    let lacking = place.run("user unlock --tenant acme maybe@acme.test");
    assert!(lacking.err.contains("has no user"), "{}", lacking.err);
    let fed = place.fed("user import --tenant acme --json -", &format!("{one}"));
    assert_eq!(counts(&fed), [0, 1, 0]);
}

#[test]
fn a_file_that_is_no_export_is_refused_and_said_so() {
    let place = Place::new();
    place.tenant("acme");
    for file in ["users\n", "a,b\n1,2\n", "the wrong file altogether"] {
        written(&place, "users.csv", file);
        let said = place.run("user import --tenant acme users.csv");
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{file}");
        assert!(said.err.contains("users.csv is no export of users"), "{}", said.err);
    }
    written(&place, "users.csv", HEAD);
    assert_eq!(counts(&place.run("user import --tenant acme users.csv --json")), [0, 0, 0]);
}

/// Rows as Clerk writes them, with a hash each.
fn export(rows: usize) -> String {
    let mut csv = HEAD.to_owned();
    let bcrypt = DIGESTS[0].1;
    for n in 0..rows {
        let mail = format!("person{n}@example.com");
        writeln!(csv, "user_2{n:026},Per,Son {n},,{mail},,{mail},,,,,{bcrypt},bcrypt").unwrap();
    }
    csv
}

/// The first run gets its rows by a pipe that stays open, so that it is certainly in the middle of
/// its work when it is killed.
#[test]
fn killed_half_way_and_resumed_no_row_is_twice() {
    let place = Place::new();
    place.tenant("acme");
    let csv = export(1_800);
    written(&place, "users.csv", &csv);
    let mut command = place.command(&["user", "import", "--tenant", "acme", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = children::spawn(command);
    let mut pipe = first.stdin.take().unwrap();
    let most: String = csv.split_inclusive('\n').take(1_300).collect();
    pipe.write_all(most.as_bytes()).unwrap();
    pipe.flush().unwrap();
    let there = || {
        let seen = place.run("user import --tenant acme users.csv --dry-run --json");
        let [missing, there, refused] = counts(&seen);
        assert_eq!((missing + there, refused), (1_800, 0), "{}", seen.out);
        there
    };
    until(Duration::from_secs(60), || there() > 0);
    first.kill().unwrap();
    first.wait().unwrap();
    drop(pipe);
    let kept = there();
    assert!((500..1_800).contains(&kept), "{kept}");
    let resumed = place.run("user import --tenant acme users.csv --json");
    assert_eq!(counts(&resumed), [1_800 - kept, kept, 0], "{}", resumed.err);
    let again = place.run("user import --tenant acme users.csv --json");
    assert_eq!(counts(&again), [0, 1_800, 0]);
}

/// Set `LOCKKEEPER_TEST_PROGRAM` to a release build for the whole of it; the program of the tests
/// is not made for speed and gets a tenth.
#[test]
#[ignore = "runs alone: `make test` starts it by itself"]
fn alone_a_hundred_thousand_rows_in_a_minute() {
    let rows = match std::env::var_os("LOCKKEEPER_TEST_PROGRAM") {
        Some(_) => 100_000,
        None => 10_000,
    };
    let place = Place::new();
    place.tenant("acme");
    written(&place, "users.csv", &export(rows));
    let most = Duration::from_secs(60);
    let end = Deadline::after(most);
    let said = place.run("user import --tenant acme users.csv --json");
    let took = most - end.left();
    println!("{rows} rows in {took:.1?}");
    assert_eq!(counts(&said), [u64::try_from(rows).unwrap(), 0, 0], "{}", said.err);
    assert!(took < most, "{rows} rows took {took:?} or longer");
}
