//! Copying a whole database: every column of every table with what is hardest to carry, through both
//! kinds of database and back; what is refused; that nothing is left half done.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::store::copy::{CopiedTable, CopyFault, Side, Step, at_rest, copy, is_same, tables};
use lockkeeper::store::{DatabaseUrl, migrations};

use super::bench::Home;
use super::schema::declared_kinds;

/// Quotes of both kinds, what looks like an escape or a parameter, marks on letters, controls, and
/// what needs four bytes.
const ODD: &str = "a'b\"c\\d\\u0000 $1 ?1 {}[],:\n\r\t\u{1}e\u{301}\u{1f512}\u{2028}";

/// Rows of each table.
const ROWS: i64 = 3;

fn run(home: &Home, sql: &str) {
    home.url().open_writer().unwrap().batch_execute(sql).unwrap();
}

/// Rows in every table of a SQLite file, no two values alike where that is forbidden.
fn fill(home: &Home) {
    let mut db = home.url().open_writer().unwrap();
    for of_one in declared_kinds().chunk_by(|a, b| a.0 == b.0) {
        for row in 0..ROWS {
            let values: Vec<String> = of_one
                .iter()
                .map(|(table, column, kind)| match kind.as_str() {
                    kind if kind.starts_with("Nullable") && row == 1 => "NULL".to_owned(),
                    kind if kind.contains("Bool") => (row % 2).to_string(),
                    kind if kind.contains("BigInt") => {
                        [i64::MAX, i64::MIN, 0][usize::try_from(row).unwrap()].to_string()
                    }
                    _ => {
                        // More than a batch holds.
                        let long = table == "tenant_files" && column == "body";
                        let more = "ü".repeat(if long { 1_500_000 } else { 0 });
                        format!("'{}{row}{more}'", ODD.replace('\'', "''"))
                    }
                })
                .collect();
            let insert = format!("INSERT INTO {} VALUES ({})", of_one[0].0, values.join(", "));
            db.batch_execute(&insert).unwrap();
        }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// All rows of a SQLite file as SQLite writes them.
fn all_rows(home: &Home) -> Vec<String> {
    let mut db = home.url().open_writer().unwrap();
    let mut all = Vec::new();
    for of_one in declared_kinds().chunk_by(|a, b| a.0 == b.0) {
        let values: Vec<_> =
            of_one.iter().map(|(_, name, _)| format!("quote(\"{name}\")")).collect();
        let values = values.join(" || ',' || ");
        let query = format!("SELECT {values} AS line FROM {} ORDER BY line", of_one[0].0);
        let lines: Vec<Line> = sql_query(query).load(&mut db).unwrap();
        all.extend(lines.into_iter().map(|row| format!("{}: {}", of_one[0].0, row.line)));
    }
    all
}

fn copied(from: &Home, to: &Home) -> Result<Vec<CopiedTable>, CopyFault> {
    copy(&from.url(), &to.url(), &mut |_, _, _| {})
}

/// From one to the next; the first is filled here, the first and the last are SQLite.
fn handed_on(homes: &[Home]) {
    let [first, .., last] = homes else { panic!("too few") };
    fill(first);
    let before = all_rows(first);
    let mut told = Vec::new();
    for pair in homes.windows(2) {
        let tables = copied(&pair[0], &pair[1]).unwrap();
        assert!(tables.iter().all(|table| table.rows == 3), "{tables:?}");
        assert!(told.is_empty() || told == tables, "{told:?}\n{tables:?}");
        told = tables;
    }
    // Too long for a message.
    assert!(all_rows(last) == before, "rows changed on the way");
    assert!(all_rows(first) == before, "the source changed");
}

#[test]
fn every_column_of_every_table_of_the_schema_is_copied() {
    let columns = |table: lockkeeper::store::copy::Table| {
        assert!(!table.key.is_empty(), "{table:?}");
        table.columns.into_iter().map(move |column| (table.name.clone(), column))
    };
    let found: Vec<_> = tables().unwrap().into_iter().flat_map(columns).collect();
    let declared = declared_kinds().into_iter().map(|(table, column, _)| (table, column));
    assert_eq!(found, declared.collect::<Vec<_>>());
}

#[test]
fn a_file_is_copied_to_the_last_character() {
    handed_on(&[Home::sqlite(), Home::sqlite()]);
}

#[cfg(feature = "postgres")]
#[test]
fn a_file_is_copied_to_postgres_and_from_there_and_back() {
    handed_on(&[Home::sqlite(), Home::postgres(), Home::postgres(), Home::sqlite()]);
}

fn many_refusals(home: &Home, count: u32) {
    run(
        home,
        &format!(
            "INSERT INTO refusals (tenant_id, subject, source, minute, tries) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             SELECT 't', 's', 'x', i, 1 FROM n"
        ),
    );
}

#[test]
fn many_rows_travel_in_batches_and_each_is_told() {
    let (from, to) = (Home::sqlite(), Home::sqlite());
    many_refusals(&from, 2_500);
    let mut told = Vec::new();
    copy(&from.url(), &to.url(), &mut |step, table, rows| {
        told.push((step, table.to_owned(), rows));
    })
    .unwrap();
    told.retain(|(.., rows)| *rows > 0);
    let refusals = |step, rows| (step, "refusals".to_owned(), rows);
    let expected = [Step::Copy, Step::Compare]
        .into_iter()
        .flat_map(|step| [1_000, 1_000, 500].map(|rows| refusals(step, rows)));
    assert_eq!(told, expected.collect::<Vec<_>>());
}

/// A copy that must fail as said, and leave nothing.
fn fails(from: &Home, to: &Home, expected: impl Fn(&CopyFault) -> bool) {
    let fault = copied(from, to).unwrap_err();
    assert!(expected(&fault), "{fault:?}");
    let mut db = to.url().open_writer().unwrap();
    for table in tables().unwrap() {
        let query = format!("SELECT '' AS line FROM {}", table.name);
        let rows: Vec<Line> = sql_query(query).load(&mut db).unwrap();
        assert_eq!(rows.len(), 0, "{}", table.name);
    }
}

fn differs_in_users(fault: &CopyFault) -> bool {
    fault.to_string().starts_with("`users` did not arrive as it was sent (3 rows of hash ")
}

#[test]
fn a_row_that_arrives_changed_or_not_at_all_is_found() {
    let from = Home::sqlite();
    fill(&from);
    for planted in [
        "CREATE TRIGGER planted AFTER INSERT ON users WHEN NEW.banned BEGIN UPDATE users \
         SET banned = 0 WHERE tenant_id = NEW.tenant_id AND id = NEW.id; END",
        "CREATE TRIGGER planted BEFORE INSERT ON users WHEN NEW.banned BEGIN \
         SELECT RAISE(IGNORE); END",
    ] {
        let to = Home::sqlite();
        run(&to, planted);
        fails(&from, &to, differs_in_users);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn a_row_that_arrives_changed_on_postgres_is_found() {
    let (from, to) = (Home::sqlite(), Home::postgres());
    fill(&from);
    run(
        &to,
        "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         NEW.first_name := NEW.first_name || ' '; RETURN NEW; END $$; \
         CREATE TRIGGER planted BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION planted();",
    );
    fails(&from, &to, differs_in_users);
}

#[test]
fn a_copy_that_breaks_off_leaves_nothing() {
    let (from, to) = (Home::sqlite(), Home::sqlite());
    fill(&from);
    // The last table.
    run(
        &to,
        "CREATE TRIGGER planted BEFORE INSERT ON webhook_endpoints BEGIN \
         SELECT RAISE(ABORT, 'planted'); END",
    );
    let of_it = "the table `webhook_endpoints` of the target: ";
    fails(&from, &to, |fault| fault.to_string().starts_with(of_it));
}

#[test]
fn a_target_with_any_row_is_refused() {
    let (from, to) = (Home::sqlite(), Home::sqlite());
    run(&to, "INSERT INTO nodes VALUES ('n', 1)");
    let fault = copied(&from, &to).unwrap_err();
    assert!(matches!(&fault, CopyFault::NotEmpty { table } if table == "nodes"), "{fault:?}");
}

#[test]
fn a_file_that_somebody_has_open_is_refused_and_nobody_comes_in_meanwhile() {
    let (from, to) = (Home::sqlite(), Home::sqlite());
    fill(&from);
    let reader = from.url().open_writer().unwrap();
    assert!(matches!(at_rest(&from.url(), Side::Source), Err(CopyFault::InUse(Side::Source))));
    fails(&from, &to, |fault| matches!(fault, CopyFault::InUse(Side::Source)));
    drop(reader);
    at_rest(&from.url(), Side::Source).unwrap();
    let writer = to.url().open_writer().unwrap();
    assert!(matches!(copied(&from, &to), Err(CopyFault::InUse(Side::Target))));
    drop(writer);
    let mut tried = false;
    copy(&from.url(), &to.url(), &mut |_, _, _| {
        if !std::mem::replace(&mut tried, true) {
            assert!(from.url().open_writer().is_err());
            assert!(to.url().open_writer().is_err());
        }
    })
    .unwrap();
    assert!(tried);
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')";
    for (side, which) in [(Side::Source, 0), (Side::Target, 1)] {
        let homes = [Home::sqlite(), Home::sqlite()];
        run(&homes[which], newer);
        let fault = copied(&homes[0], &homes[1]).unwrap_err();
        assert!(matches!(fault, CopyFault::OtherSchema(of) if of == side), "{fault:?}");
    }
}

#[test]
fn one_file_by_two_names_is_one() {
    let home = Home::sqlite();
    let DatabaseUrl::Sqlite { path, .. } = home.url() else { panic!("no file") };
    let other = std::path::Path::new(&path).with_file_name("other.db");
    std::os::unix::fs::symlink(&path, &other).unwrap();
    let other: DatabaseUrl = format!("sqlite:{}", other.display()).parse().unwrap();
    assert!(is_same(&home.url(), &home.url()) && is_same(&home.url(), &other));
    assert!(!is_same(&home.url(), &Home::sqlite().url()));
    let missing: DatabaseUrl = "sqlite:not/there.db".parse().unwrap();
    assert!(!is_same(&home.url(), &missing));
}

/// Our doors let none in.
#[test]
fn a_zero_character_stays_where_it_is() {
    let (from, to) = (Home::sqlite(), Home::sqlite());
    fill(&from);
    run(&from, "UPDATE users SET last_name = 'a' || char(0) || 'b'");
    copied(&from, &to).unwrap();
    let query = "SELECT hex(last_name) AS line FROM users";
    let lines: Vec<Line> = sql_query(query).load(&mut to.url().open_writer().unwrap()).unwrap();
    assert!(lines.len() == 3 && lines.iter().all(|row| row.line == "610062"));
    #[cfg(feature = "postgres")]
    fails(&from, &Home::postgres(), |fault| {
        let of_it = "a row of `users` has a zero character in `last_name`, which PostgreSQL ";
        fault.to_string().starts_with(of_it)
    });
}

#[cfg(feature = "postgres")]
#[test]
fn a_postgres_that_a_node_listens_to_is_refused_on_either_side() {
    let (postgres, file) = (Home::postgres(), Home::sqlite());
    let mut node = postgres.url().open_writer().unwrap();
    node.batch_execute("SET application_name = 'lockkeeper listener'").unwrap();
    assert!(matches!(copied(&postgres, &file), Err(CopyFault::InUse(Side::Source))));
    assert!(matches!(copied(&file, &postgres), Err(CopyFault::InUse(Side::Target))));
    drop(node);
    assert!(matches!(at_rest(&file.url(), Side::Source), Ok(())));
}

#[cfg(feature = "postgres")]
#[test]
fn two_names_of_one_postgres_are_found_out() {
    let home = Home::postgres();
    let Home::Postgres(database) = &home else { panic!("no database") };
    let other = format!("{}&application_name=other", database.url()).parse().unwrap();
    let fault = copy(&home.url(), &other, &mut |_, _, _| {}).unwrap_err();
    assert!(matches!(fault, CopyFault::SameOrCopied), "{fault:?}");
}

#[cfg(feature = "postgres")]
#[test]
fn nobody_writes_to_either_postgres_meanwhile() {
    let (file, from, to) = (Home::sqlite(), Home::postgres(), Home::postgres());
    fill(&file);
    copied(&file, &from).unwrap();
    let writes = |home: &Home| {
        let mut db = home.url().open_writer().unwrap();
        db.batch_execute("SET lock_timeout = '50ms'").unwrap();
        db.batch_execute("INSERT INTO nodes VALUES ('late', 1)").is_ok()
    };
    let mut tried = false;
    copy(&from.url(), &to.url(), &mut |_, _, _| {
        if !std::mem::replace(&mut tried, true) {
            assert!(!writes(&from) && !writes(&to));
        }
    })
    .unwrap();
    assert!(tried && writes(&from) && writes(&to));
}

#[test]
fn an_older_schema_is_refused_until_it_is_brought_up_to_date() {
    let (from, to) = (Home::empty_sqlite(), Home::sqlite());
    assert!(copied(&from, &to).is_err(), "no schema at all");
    migrations::migrate(&from.url()).unwrap();
    copied(&from, &to).unwrap();
}
