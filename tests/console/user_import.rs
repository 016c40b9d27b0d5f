//! Users from a file, in the console: looked at row by row before anything is made, run when somebody
//! says so, taken up where it stood, and kept no longer than needed.

use std::fmt::Write as _;

use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::model::Identifier;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::user_import::{
    ImportCounts, ImportRows, ImportState, KEPT, MAX_FILE_BYTES, Pass,
};
use reqwest::Method;

use super::{Office, Worker, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::credential::imported::{DIGESTS, PASSWORD};
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::waiting::until;

const PATH: &str = "/console/acme/users/import";

struct Case {
    office: Office,
    ana: Worker,
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Nullable<Text>)]
    sealed: Option<String>,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Case {
    fn open() -> Self {
        let office = Office::open();
        let ana = office.staff("ana", Some(&office.acme), Role::Admin);
        Self { office, ana }
    }

    fn get(&self) -> Answer {
        block_on(self.ana.get(PATH))
    }

    /// As a browser sends a file.
    fn send(&self, file: &[u8]) -> Answer {
        let mut body = format!(
            "--b0undary\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{}\r\n\
             --b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"u.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n",
            self.ana.token
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--b0undary--\r\n");
        let request = self.ana.client.request(Method::POST, PATH).body(body);
        let request = request.header("content-type", "multipart/form-data; boundary=b0undary");
        block_on(Client::send(request.header("sec-fetch-site", "same-origin")))
    }

    /// A deed about the file of this id.
    fn deed(&self, deed: &str, id: &str) -> Answer {
        block_on(self.ana.post(&format!("{PATH}/{deed}"), &[("import", id)]))
    }

    fn kept(&self) -> Option<Kept> {
        let mut db = self.office.home.url().open_writer().unwrap();
        let of = self.office.acme.profile.id();
        let asked = format!("SELECT id, sealed FROM user_imports WHERE tenant_id = '{of}'");
        sql_query(asked).load(&mut db).unwrap().pop()
    }

    fn id(&self) -> String {
        self.kept().unwrap().id
    }

    fn tell(&self, statement: &str) {
        let mut db = self.office.home.url().open_writer().unwrap();
        let statement = statement.replace("{tenant}", self.office.acme.profile.id().as_str());
        assert_eq!(sql_query(statement).execute(&mut db).unwrap(), 1);
    }

    fn users(&self) -> i64 {
        let mut db = self.office.home.url().open_writer().unwrap();
        let of = self.office.acme.profile.id();
        let asked = format!("SELECT count(*) AS count FROM users WHERE tenant_id = '{of}'");
        sql_query(asked).load::<Counted>(&mut db).unwrap().pop().unwrap().count
    }

    fn state(&self) -> Option<(ImportState, ImportCounts)> {
        let found = block_on(self.office.app.tenants.user_import(&self.office.acme.profile));
        found.unwrap().map(|found| (found.state, found.counts))
    }

    /// Upkeep of the server runs beside this one: whichever of them takes the work, it is done soon.
    fn until(&self, is: impl Fn(&Option<(ImportState, ImportCounts)>) -> bool) {
        let tenants = &self.office.app.tenants;
        block_on(until("the import", async || {
            tenants.upkeep().await;
            let found = tenants.user_import(&self.office.acme.profile).await.unwrap();
            is(&found.map(|found| (found.state, found.counts)))
        }));
    }

    fn actions(&self) -> Vec<String> {
        let tenant = self.office.acme.profile.id().clone();
        let rows = block_on(self.office.app.tenants.reader().audit_rows(tenant, 50)).unwrap();
        let ours = rows.into_iter().filter(|row| row.action.starts_with("users."));
        let mut ours: Vec<_> = ours
            .map(|row| {
                assert!(row.actor.starts_with("staff:user_"), "{}", row.actor);
                row.action
            })
            .collect();
        ours.sort();
        ours
    }
}

fn csv(rows: usize) -> String {
    let mut csv = "id,primary_email_address\n".to_owned();
    for n in 0..rows {
        writeln!(csv, "user_2{n:026},person{n}@example.com").unwrap();
    }
    csv
}

#[test]
fn what_would_become_of_each_row_is_told_before_anybody_is_made() {
    let case = Case::open();
    case.office.app.user(&case.office.acme, "alex@acme.test", "correct horse");
    assert_page(&case.get(), 200, &["Import users", "up to 4 MB and 50,000 rows", "--tenant acme"]);
    let (hasher, digest) = DIGESTS[0];
    let file = format!(
        "username,primary_email_address,password_hasher,password_digest,favourite_colour\n\
         nova,nova@acme.test,{hasher},{digest},red\n\
         ,alex@acme.test,,,\n\
         <b>,no address,,,\n\
         ,nova@acme.test,,,\n"
    );
    assert_sent(&case.send(file.as_bytes()), PATH);
    let page = case.get();
    let facts = [
        "What would become of the file",
        "Would be created",
        "<th scope=\"row\" class=\"end\">2</th>",
        "email address: user_",
        "primary_email_address: is no email address",
        "email address: the same as in row 1",
        "favourite_colour",
        "Run it",
        "from ana, sent",
    ];
    assert_page(&page, 200, &facts);
    assert!(!page.body.contains(digest), "nothing of the file but its faults");
    assert_eq!(case.users(), 1, "nobody is made yet");
    let refused = block_on(case.ana.client.get(&format!("{PATH}/refused.csv")));
    assert_eq!(refused.body.lines().count(), 4, "{}", refused.body);

    let id = case.id();
    assert_sent(&case.deed("run", &id), PATH);
    let counts = ImportCounts { rows: 4, made: 1, there: 0, refused: 3 };
    assert_eq!(case.state(), Some((ImportState::Done, counts)));
    assert_page(
        &case.get(),
        200,
        &["The file is imported", "See the users", "the same as in row 1"],
    );
    assert_eq!(case.kept().unwrap().sealed, None, "the file is needed no more");
    let tried = block_on(try_password(&case.office.app, &case.office.acme, "nova", PASSWORD));
    assert!(format!("{tried:?}").starts_with("Complete"), "{tried:?}");
    assert_eq!(case.actions(), ["users.file_staged", "users.import_started", "users.imported"]);

    assert_sent(&case.deed("run", &id), PATH);
    assert_page(&case.get(), 200, &["The file had changed meanwhile"]);
    assert_sent(&case.send(file.as_bytes()), PATH);
    let counts = ImportCounts { rows: 4, made: 0, there: 1, refused: 3 };
    assert_eq!(case.state(), Some((ImportState::Checked, counts)));
    let again = case.get();
    assert_page(&again, 200, &["There is nobody in it to be imported"]);
    assert!(!again.body.contains("Run it"));
}

#[test]
fn what_is_no_file_of_users_is_refused_in_words() {
    let case = Case::open();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice();
    let odd: [(&[u8], &str); 8] = [
        (b"", "Choose a file, or paste the rows"),
        (b" \n\n", "it is empty"),
        (b"username,first_name\n", "no row in the file"),
        (b"a,b\n1,2\n", "names no column that is known here"),
        (b"username,username\n1,2\n", "is there twice"),
        (b"[{\"username\":", "row 1 cannot be read"),
        (b"[7]", "an object was expected"),
        (png, "This is no file of users: it is no text in UTF-8"),
    ];
    for (file, words) in odd {
        let answer = case.send(file);
        assert_page(&answer, 422, &["<title>Error: ", words, "href=\"#file\""]);
        assert!(case.kept().is_none(), "{words}");
    }
    let mut large = csv(1).into_bytes();
    large.resize(MAX_FILE_BYTES + 1, b'\n');
    assert_page(&case.send(&large), 413, &["larger than 4 MB", "href=\"#file\""]);
    large.resize(MAX_FILE_BYTES * 3, b'\n');
    assert_page(&case.send(&large), 413, &["larger than 4 MB"]);
    assert!(case.kept().is_none());
    assert!(case.actions().is_empty());

    // What is cut off further on is told with what was read of it.
    assert_sent(&case.send(b"[{\"username\":\"ann\"},{\"username\":\"bob\"}"), PATH);
    let facts = ["The import has stopped", "row 3 cannot be read", "ends before its list does"];
    assert_page(&case.get(), 200, &facts);
    assert_eq!((case.kept().unwrap().sealed, case.users()), (None, 0));
}

#[test]
fn rows_can_be_pasted_and_thrown_away() {
    let case = Case::open();
    let rows = [("rows", "username\r\nnova\r\n")];
    assert_sent(&block_on(case.ana.post(PATH, &rows)), PATH);
    assert_page(&case.get(), 200, &["No row is refused", "thrown away"]);
    assert_sent(&case.deed("drop", "imp_1"), PATH);
    assert_page(&case.get(), 200, &["The file had changed meanwhile", "Run it"]);
    assert_sent(&case.deed("drop", &case.id()), PATH);
    assert_page(&case.get(), 200, &["The file is thrown away.", "Send a file"]);
    assert!(case.kept().is_none());
    assert_eq!(case.actions(), ["users.file_dropped", "users.file_staged"]);
    for odd in ["", "user_1", "imp_'"] {
        assert_eq!(case.deed("run", odd).status, 400, "{odd}");
    }
}

#[test]
fn another_tenants_file_is_as_none_and_waits_for_its_own() {
    let case = Case::open();
    let kim = case.office.staff("kim", Some(&case.office.globex), Role::Owner);
    assert_sent(&case.send(csv(2).as_bytes()), PATH);
    let (id, theirs) = (case.id(), "/console/globex/users/import");
    for deed in ["run", "drop"] {
        let sent = block_on(kim.post(&format!("{theirs}/{deed}"), &[("import", &id)]));
        assert_sent(&sent, theirs);
        assert_page(&block_on(kim.get(theirs)), 200, &["had changed meanwhile", "Send a file"]);
    }
    assert!(matches!(case.state(), Some((ImportState::Checked, _))));
    assert_eq!(case.users(), 0);
}

#[test]
fn whose_node_died_half_way_goes_on_where_it_stood_and_makes_no_row_twice() {
    let case = Case::open();
    let file = csv(1_200);
    assert_sent(&case.send(file.as_bytes()), PATH);
    let counts = ImportCounts { rows: 1_200, made: 1_200, there: 0, refused: 0 };
    assert_eq!(case.state(), Some((ImportState::Checked, counts)));
    // What a node leaves that dies after its first transaction.
    let (tenants, profile) = (&case.office.app.tenants, &case.office.acme.profile);
    block_on(async {
        let now = lockkeeper::model::Clock::now(&case.office.app.clock);
        let input = Box::new(std::io::Cursor::new(file.clone().into_bytes()));
        let mut rows = ImportRows::open(input, now).unwrap();
        tenants.import_batch(profile, &mut rows, Pass::Make).await.unwrap();
    });
    assert_eq!(case.users(), 500);
    case.tell(
        "UPDATE user_imports SET state = 'running', run_by = staged_by, turn = 9, rows = 500, \
         made = 500, due_at = 1 WHERE tenant_id = '{tenant}'",
    );
    case.until(|state| matches!(state, Some((ImportState::Done, _))));
    assert_eq!(case.state(), Some((ImportState::Done, counts)), "nobody was there before");
    assert_eq!(case.users(), 1_200);
}

#[test]
fn a_file_that_nobody_runs_is_thrown_away_and_a_running_one_is_shown_with_its_way() {
    let case = Case::open();
    assert_sent(&case.send(csv(3).as_bytes()), PATH);
    let running = "UPDATE user_imports SET state = 'running', run_by = staged_by, total = 30, \
        rows = 10, made = 10, turn = 9 WHERE tenant_id = '{tenant}'";
    case.tell(running);
    let facts = ["10 of 30 rows", "Check again", "max=\"30\" value=\"10\"", "data-live", "Stop it"];
    assert_page(&case.get(), 200, &facts);
    assert_page(&case.send(csv(3).as_bytes()), 409, &["Another file is being imported"]);
    assert_sent(&case.deed("drop", &case.id()), PATH);
    assert_page(&case.get(), 200, &["The import is stopped.", "Somebody stopped it"]);
    assert_eq!(case.kept().unwrap().sealed, None);

    assert_sent(&case.send(csv(3).as_bytes()), PATH);
    assert!(case.kept().unwrap().sealed.is_some_and(|sealed| !sealed.contains("person")));
    case.office.app.advance(KEPT);
    case.until(Option::is_none);
    assert_eq!(case.users(), 0);
}

#[test]
fn what_the_console_hands_out_it_takes_in_again() {
    for ending in ["csv", "json"] {
        let case = Case::open();
        let kim = case.office.staff("kim", Some(&case.office.globex), Role::Owner);
        for name in ["alex@globex.test", "+4366012345678", "bea"] {
            case.office.app.user(&case.office.globex, name, "correct horse");
        }
        let path = format!("/console/globex/settings/users.{ending}");
        let file = block_on(kim.client.get(&path)).body;
        assert_sent(&case.send(file.as_bytes()), PATH);
        assert_sent(&case.deed("run", &case.id()), PATH);
        let counts = ImportCounts { rows: 3, made: 3, there: 0, refused: 0 };
        assert_eq!(case.state(), Some((ImportState::Done, counts)), "{file}");
        let page = case.get();
        assert!(!page.body.contains("Not taken over"), "{}", page.body);
        let list = block_on(case.ana.get("/console/acme/users"));
        assert_page(&list, 200, &["alex@globex.test", "+4366012345678", ">bea<"]);
    }
}

#[test]
fn only_who_may_change_the_tenant_is_led_there() {
    let office = Office::open();
    for (role, may) in [(Role::Owner, true), (Role::Admin, true), (Role::Auditor, false)] {
        let who = office.staff(role.as_str(), Some(&office.acme), role);
        let list = block_on(who.get("/console/acme/users"));
        assert_eq!(list.body.contains(PATH), may, "{}", role.as_str());
        let page = block_on(who.get(PATH));
        assert_eq!(page.status == 200, may, "{}", role.as_str());
    }
}

/// The names stay nobody's until the run, also for sign-up.
#[test]
fn a_look_takes_no_name() {
    let case = Case::open();
    assert_sent(&case.send(b"username\nnova\n"), PATH);
    case.office.app.user(&case.office.acme, "nova", "correct horse");
    assert_sent(&case.deed("run", &case.id()), PATH);
    let counts = ImportCounts { rows: 1, made: 0, there: 0, refused: 1 };
    assert_eq!(case.state(), Some((ImportState::Done, counts)));
    assert_page(&case.get(), 200, &["username: user_"]);
    let key = Identifier::parse("nova").unwrap().key;
    let tenant = case.office.acme.profile.id().clone();
    let found = block_on(case.office.app.tenants.reader().identified(tenant, key)).unwrap();
    assert!(found.is_some());
}
