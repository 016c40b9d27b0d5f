//! Argon2 hashes at rest: a published vector, round trips, and texts that are refused.

use lockkeeper::credential::decoy::Decoy;
use lockkeeper::credential::stored_hash::PhcFault;
use lockkeeper::credential::{Arena, HashAge, HashCost, Password, PhcHash, StoredHash, Verdict};

/// From the reference implementation's own tests: "password", salt "somesalt".
const PUBLISHED: &str =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

#[test]
fn a_published_hash_is_right_for_its_password_and_outdated_here() {
    let present = HashCost::below_floor_for_tests();
    let mut arena = Arena::for_cost(present);
    let hash = PhcHash::parse(PUBLISHED).unwrap();
    assert_eq!(hash.to_phc(), PUBLISHED);
    let check =
        |text: &str, arena: &mut Arena| hash.check(&password(text), present, arena).unwrap();
    assert_eq!(check("password", &mut arena), Verdict::Right(HashAge::Outdated));
    assert_eq!(check("Password", &mut arena), Verdict::Wrong);
}

#[test]
fn a_new_hash_is_current_and_never_the_same_twice() {
    let cost = HashCost::below_floor_for_tests();
    let mut arena = Arena::for_cost(cost);
    let secret = password(" spaces\0and nul ");
    let made = PhcHash::make(&secret, cost, &mut arena).unwrap();
    let again = PhcHash::make(&secret, cost, &mut arena).unwrap();
    assert_ne!(made, again);
    let read = PhcHash::parse(&made.to_phc()).unwrap();
    let verdict = read.check(&secret, cost, &mut arena).unwrap();
    assert_eq!(verdict, Verdict::Right(HashAge::Current));
    assert_eq!(read.check(&password(" spaces"), cost, &mut arena).unwrap(), Verdict::Wrong);
}

#[test]
fn the_default_costs_what_owasp_recommends() {
    let cost = HashCost::DEFAULT;
    let made = PhcHash::make(&password("x"), cost, &mut Arena::for_cost(cost)).unwrap();
    assert!(made.to_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[test]
fn a_decoy_costs_the_present_cost_and_is_always_wrong() {
    let cost = HashCost::below_floor_for_tests();
    let decoy = Decoy::for_cost(cost).unwrap();
    assert_eq!(decoy.cost(), cost);
    let mut arena = Arena::for_cost(cost);
    assert_eq!(decoy.check(&password("anything"), cost, &mut arena).unwrap(), Verdict::Wrong);
}

#[test]
fn texts_that_are_no_hash_of_ours_are_refused_with_the_reason() {
    let fault = |text: &str| StoredHash::parse(text).unwrap_err();
    let with = |from: &str, to: &str| PUBLISHED.replace(from, to);
    assert_eq!(fault(""), PhcFault::Shape);
    assert_eq!(fault("$2b$12$abcdefghijklmnopqrstuv"), PhcFault::Shape);
    assert_eq!(fault(&format!("x{PUBLISHED}")), PhcFault::Shape);
    assert_eq!(fault(&format!("{PUBLISHED}$")), PhcFault::Shape);
    assert_eq!(fault(&with("m=65536,t=2,p=1", "t=2,m=65536,p=1")), PhcFault::Shape);
    assert_eq!(fault(&with("t=2", "t=+2")), PhcFault::Shape);
    assert_eq!(fault(&with("p=1", "p=1,keyid=AA")), PhcFault::Shape);
    assert_eq!(fault(&"$".repeat(1000)), PhcFault::Shape);
    assert_eq!(fault(&with("argon2id", "argon2d")), PhcFault::Algorithm);
    assert_eq!(fault(&with("v=19", "v=16")), PhcFault::Version);
    assert_eq!(fault(&with("c29tZXNhbHQ", "c29t")), PhcFault::Salt);
    assert_eq!(fault(&with("c29tZXNhbHQ", "c29tZXNhbH!")), PhcFault::Salt);
    assert_eq!(fault(&with("CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "CTFh")), PhcFault::Tag);
}

#[test]
fn absurd_costs_are_refused_before_any_work() {
    for (from, to) in [
        ("m=65536", "m=4294967295"),
        ("m=65536", "m=99999999999999999999"),
        ("t=2", "t=4000000000"),
        ("p=1", "p=0"),
        ("p=1", "p=16777215"),
        ("m=65536", "m=4"),
    ] {
        let fault = StoredHash::parse(&PUBLISHED.replace(from, to)).unwrap_err();
        assert!(matches!(fault, PhcFault::Cost(_)), "{to}: {fault}");
        assert!(fault.to_string().contains("out of range"), "{fault}");
    }
}

#[test]
fn debug_output_shows_neither_salt_nor_hash() {
    let shown = format!("{:?}", StoredHash::parse(PUBLISHED).unwrap());
    assert!(
        !shown.contains("c29t") && !shown.contains("CTFh") && !shown.contains("115"),
        "{shown}"
    );
}
