//! `db copy` of the real program: a house with a history moves to PostgreSQL and back and goes on
//! where it was; what is refused, with which words, and that no password is among them.

use diesel::connection::SimpleConnection as _;

use super::audit::database;
use super::serve::serving;
use super::*;

const DEADLINE: std::time::Duration = std::time::Duration::from_secs(120);

/// Rows of the copy by the program's own account.
fn rows(told: &Value, table: &str) -> u64 {
    let tables = told["tables"].as_array().unwrap();
    tables.iter().find(|one| one["table"] == table).unwrap()["rows"].as_u64().unwrap()
}

#[test]
fn a_file_is_copied_and_told_what_comes_next() {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", "alex@acme.test");
    let said = place.run("db copy --to sqlite:new.db");
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    let users = said.out.lines().find(|line| line.starts_with("users "));
    assert!(users.is_some_and(|line| line.ends_with(" 1")), "{}", said.out);
    for words in [
        "from sqlite:lockkeeper.db to sqlite:new.db; read back, every row is the same",
        "LOCKKEEPER_DATABASE_URL",
        "Keep the master key lockkeeper.key: nothing sealed opens without it",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    let key = ["--database-url", "sqlite:new.db", "--master-key-file", "lockkeeper.key"];
    let lock = ["user", "lock", "--tenant", "acme", "alex@acme.test", "--json"];
    assert_eq!(place.args(&[&lock[..], &key[..]].concat()).json()["locked"], true);
    let told = place.run("db copy --to sqlite:third.db --json").json();
    assert_eq!(
        (&told["from"], &told["to"]),
        (&"sqlite:lockkeeper.db".into(), &"sqlite:third.db".into())
    );
    assert_eq!((rows(&told, "tenants"), rows(&told, "users")), (1, 1));
    place.run("db copy --to sqlite:new.db").refused(1, "the target has tenants already");
}

#[test]
fn what_cannot_be_copied_is_refused_before_anything_is_made() {
    let place = Place::new();
    place.run("db copy --to sqlite:new.db").refused(1, "lockkeeper.db is not there");
    place.run("migrate");
    place.run("db copy --to sqlite:new.db").refused(1, "there is nothing to copy");
    place.tenant("acme");
    for same in ["sqlite:lockkeeper.db", "sqlite:./lockkeeper.db"] {
        place.run(&format!("db copy --to {same}")).refused(1, "the target is the source itself");
    }
    place.run("db copy --to sqlite:no/where.db").refused(1, "mkdir -p no");
    place
        .run("db copy --to new.db")
        .refused(2, "--to: a database URL is sqlite:PATH or postgres://");
    place.run("db copy").refused(2, "--to <URL>");
    let server = serving(&place, &[]);
    let words = "the source is in use; stop the servers on it first";
    place.run("db copy --to sqlite:new.db").refused(1, words);
    let (status, said) = server.terminate(DEADLINE);
    assert!(status.success(), "{said}");
    assert!(!place.path().join("new.db").exists());
    assert_eq!(place.run("db copy --to sqlite:new.db").code, 0);
}

#[test]
fn no_password_is_printed() {
    let place = Place::new();
    place.tenant("acme");
    for (to, code) in [
        (
            "postgres://me:planted-secret@127.0.0.1:1/lockkeeper",
            if cfg!(feature = "postgres") { 1 } else { 2 },
        ),
        (
            "postgres://127.0.0.1:1/lockkeeper?user=me&password=planted-secret",
            if cfg!(feature = "postgres") { 1 } else { 2 },
        ),
        ("mysql://me:planted-secret@127.0.0.1:1/lockkeeper", 2),
    ] {
        let said = place.run(&format!("db copy --to {to} --log trace"));
        assert_eq!((said.code, said.out.as_str()), (code, ""), "{to}: {}", said.err);
        assert!(!said.err.contains("planted"), "{}", said.err);
        let built = cfg!(feature = "postgres") || to.starts_with("mysql");
        assert!(built || said.err.contains("built without PostgreSQL"), "{}", said.err);
    }
}

#[test]
fn a_long_copy_says_how_far_it_is() {
    let place = Place::new();
    place.tenant("acme");
    let many = "INSERT INTO refusals (tenant_id, subject, source, minute, tries) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000) \
         SELECT 't', 's', 'x', i, 1 FROM n";
    database(&place).open_writer().unwrap().batch_execute(many).unwrap();
    let said = place.run("db copy --to sqlite:new.db");
    assert_eq!(said.code, 0, "{}", said.err);
    let lines: Vec<&str> = said.err.lines().collect();
    let [copied, compared] = lines[..] else { panic!("{}", said.err) };
    for (line, word) in [(copied, "copied"), (compared, "compared")] {
        assert!(line.ends_with(&format!(" rows {word}, now in refusals")), "{line}");
    }
}

#[cfg(feature = "postgres")]
mod to_postgres {
    use diesel::sql_types::BigInt;
    use diesel::{QueryableByName, RunQueryDsl, sql_query};

    use super::super::audit::seal;
    use super::super::serve::{attempt, base};
    use super::*;
    use crate::harness::client::{Client, block_on};
    use crate::harness::postgres;
    use crate::harness::process::Server;
    use crate::harness::waiting::until;

    const DEMO: &str = "sqlite:lockkeeper-demo/demo.db";
    const KEY: &str = "lockkeeper-demo/demo.key";

    /// The program with another database and the demo's key.
    fn on(place: &Place, url: &str, line: &str) -> Said {
        let more = ["--database-url", url, "--master-key-file", KEY];
        let args: Vec<&str> = line.split(' ').chain(more).collect();
        place.args(&args)
    }

    fn serve(place: &Place, url: &str) -> Server {
        serving(place, &["--database-url", url, "--master-key-file", KEY, "--drain-seconds", "0"])
    }

    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }

    const LISTENERS: &str = "SELECT count(*) AS n FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'lockkeeper listener'";

    /// The path of frank's unlock link, mailed before the copy.
    async fn link_of(client: &Client, name: &str) -> String {
        let mails = client.get("/mailbox/api/messages").await.json();
        let of_name = mails.as_array().unwrap().iter().filter(|mail| mail["to"] == name);
        let mut found = of_name.filter_map(|mail| {
            let text = mail["text"].as_str().unwrap();
            let start = text.find("/t/acme/unlock/")?;
            Some(text.split_at(start).1.split_whitespace().next().unwrap().to_owned())
        });
        found.next_back().unwrap()
    }

    #[test]
    fn a_house_with_a_history_moves_and_goes_on_where_it_was() {
        let place = Place::new();
        let demo = Server::start(place.command(&["demo", "--listen", "127.0.0.1:0"]));
        let (status, said) = demo.terminate(DEADLINE);
        assert!(status.success(), "{said}");
        let database = postgres::empty();
        let line = format!("db copy --json --to {}", database.url());
        let there = on(&place, DEMO, &line).json();
        assert!(rows(&there, "attempts") > 20 && rows(&there, "mailbox") > 3, "{there}");

        // And back, before the new house has written anything of its own.
        let back = on(&place, database.url(), "db copy --json --to sqlite:back.db").json();
        assert_eq!((&there["rows"], &there["tables"]), (&back["rows"], &back["tables"]));

        let server = serve(&place, database.url());
        block_on(async {
            let visitor = || Client::new(&base(&server));
            let alex = attempt(&visitor(), "alex@acme.test", "correct horse").await;
            assert_eq!(alex.status, 200, "{}", alex.body);
            for (locked, password) in
                [("grace@acme.test", "amber window"), ("frank@acme.test", "violet ladder")]
            {
                let answer = attempt(&visitor(), locked, password).await;
                assert_eq!(answer.json()["errors"][0]["code"], "user_locked", "{}", answer.body);
            }
            let frank = visitor();
            let link = link_of(&frank, "frank@acme.test").await;
            let pressed = frank.post_form(&link, &[]).await;
            assert_eq!((pressed.status, pressed.header("location")), (303, "/t/acme/unlocked"));
            let in_again = attempt(&visitor(), "frank@acme.test", "violet ladder").await;
            assert_eq!(in_again.status, 200, "{}", in_again.body);
            let mut db = database.connect();
            let listens =
                async || sql_query(LISTENERS).get_result::<Count>(&mut db).unwrap().n == 1;
            until("the node listens", listens).await;
        });
        let in_use = "is in use; stop the servers on it first";
        let refused = on(&place, database.url(), "db copy --to sqlite:late.db");
        refused.refused(1, &format!("the source {in_use}"));
        assert!(!place.path().join("late.db").exists());
        let (status, said) = server.terminate(DEADLINE);
        assert!(status.success(), "{said}");
        let full = on(&place, DEMO, &line);
        full.refused(1, "the target has tenants already");
    }

    #[test]
    fn a_sealed_audit_log_is_whole_in_the_copy() {
        let place = Place::new();
        place.tenant("acme");
        for preset in ["strict", "relaxed", "balanced"] {
            let applied = place.run(&format!("policy apply --tenant acme --preset {preset}"));
            assert_eq!(applied.code, 0, "{}", applied.err);
        }
        seal(&place);
        let head = place.run("audit verify --json").json()["tenants"][0]["head"].clone();
        let head = head.as_str().unwrap();
        let database = postgres::empty();
        let said = place.run(&format!("db copy --to {}", database.url()));
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
        let advice = "name it with master_key_file (LOCKKEEPER_MASTER_KEY_FILE) on every node";
        assert!(said.out.contains(advice), "{}", said.out);
        let verify = format!(
            "audit verify --tenant acme --expect {head} --master-key-file lockkeeper.key \
             --database-url {}",
            database.url()
        );
        let verified = place.run(&verify);
        let whole = format!("acme: 3 facts are as they were sealed; the newest is {head}\n");
        assert_eq!((verified.code, verified.out), (0, whole), "{}", verified.err);
    }
}
