//! Master keys: derivation, sealing at rest, the key file, and names of phantoms.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lockkeeper::model::{IdentificationId, Identifier};
use lockkeeper::token::{
    CodeLength, KeyFault, MasterKeyFileFault, MasterKeys, PhantomKeys, Purpose, ShortCodes,
};
use secrecy::ExposeSecret;

use super::{key, keys, other_tenant, tenant};

#[test]
fn every_purpose_tenant_and_master_key_gives_another_key() {
    let purposes = [Purpose::UnlockLink, Purpose::ClientToken, Purpose::SubjectDigest];
    let mut seen = HashSet::new();
    for master in [key(1), key(2)] {
        for purpose in purposes {
            for tenant in [tenant(), other_tenant()] {
                assert!(seen.insert(*master.derive(purpose, &tenant).expose()));
            }
        }
    }
    let again = key(1).derive(Purpose::UnlockLink, &tenant());
    assert!(seen.contains(again.expose()));
    assert_eq!(again.id().len(), 8);
}

#[test]
fn a_sealed_secret_opens_only_whole_and_where_it_belongs() {
    let sealed = keys().seal(Purpose::TotpAtRest, &tenant(), b"a secret").unwrap();
    assert_ne!(sealed, keys().seal(Purpose::TotpAtRest, &tenant(), b"a secret").unwrap());
    let open = |text: &str| keys().open(Purpose::TotpAtRest, &tenant(), text);
    assert_eq!(open(&sealed).unwrap().expose_secret(), b"a secret");
    let elsewhere = keys().open(Purpose::TotpAtRest, &other_tenant(), &sealed);
    assert_eq!(elsewhere.unwrap_err(), KeyFault::Open);
    let other_use = keys().open(Purpose::WebhookAtRest, &tenant(), &sealed);
    assert_eq!(other_use.unwrap_err(), KeyFault::Open);
    for place in 0..sealed.len() {
        let swapped = if sealed[place..].starts_with('A') { 'B' } else { 'A' };
        let changed = format!("{}{swapped}{}", &sealed[..place], &sealed[place + 1..]);
        assert!(open(&changed).is_err(), "{changed}");
        assert!(open(&sealed[..place]).is_err());
    }
    assert!(open(&format!("{sealed}.")).is_err());
}

#[test]
fn after_a_rotation_older_seals_still_open_and_phantoms_keep_their_names() {
    let before = keys();
    let sealed = before.seal(Purpose::TotpAtRest, &tenant(), b"x").unwrap();
    let after = MasterKeys::new(key(2), vec![key(1)]);
    let opened = after.open(Purpose::TotpAtRest, &tenant(), &sealed).unwrap();
    assert_eq!(opened.expose_secret(), b"x");
    let gone = MasterKeys::new(key(2), vec![]);
    assert!(gone.open(Purpose::TotpAtRest, &tenant(), &sealed).is_err());
    let bob = Identifier::parse("bob@example.com").unwrap().key;
    let name = |keys| PhantomKeys::for_tenant(keys, &tenant()).subject_digest(&bob);
    assert_eq!(name(&before), name(&after));
    assert_ne!(name(&before), name(&gone));
}

#[test]
fn phantom_names_are_stable_per_tenant_and_tell_nothing() {
    let bob = Identifier::parse("bob@example.com").unwrap().key;
    let bob_again = Identifier::parse(" BOB@Example.com").unwrap().key;
    let eve = Identifier::parse("eve@example.com").unwrap().key;
    let here = PhantomKeys::for_tenant(&keys(), &tenant());
    let there = PhantomKeys::for_tenant(&keys(), &other_tenant());
    assert_eq!(here.subject_digest(&bob), here.subject_digest(&bob_again));
    assert_eq!(here.subject_digest(&bob).len(), 43);
    assert_ne!(here.subject_digest(&bob), here.subject_digest(&eve));
    assert_ne!(here.subject_digest(&bob), there.subject_digest(&bob));
    let id = here.silent_factor_id(&bob);
    assert_eq!(id, here.silent_factor_id(&bob_again));
    assert_ne!(id, there.silent_factor_id(&bob));
    assert_eq!(id.as_str().len(), "idn_".len() + 27);
    assert_eq!(IdentificationId::parse(id.as_str()), Some(id));
}

#[test]
fn short_codes_are_the_same_for_one_row_and_survive_a_rotation() {
    let codes = ShortCodes::for_tenant(&keys(), &tenant());
    let (six, eight) =
        (codes.code("out_1", CodeLength::Six), codes.code("out_1", CodeLength::Eight));
    assert_eq!((six.len(), eight.len()), (6, 8));
    assert!(eight.bytes().all(|byte| byte.is_ascii_digit()));
    let typed = format!(" {} {}-{} ", &eight[..3], &eight[3..6], &eight[6..]);
    let rotated = ShortCodes::for_tenant(&MasterKeys::new(key(2), vec![key(1)]), &tenant());
    for codes in [&codes, &rotated] {
        assert!(codes.is_code("out_1", CodeLength::Eight, &typed));
        assert!(!codes.is_code("out_2", CodeLength::Eight, &eight));
        assert!(!codes.is_code("out_1", CodeLength::Eight, &six));
        assert!(!codes.is_code("out_1", CodeLength::Eight, &format!("{eight}0")));
        assert!(!codes.is_code("out_1", CodeLength::Eight, ""));
    }
    let elsewhere = ShortCodes::for_tenant(&keys(), &other_tenant());
    assert_ne!(elsewhere.code("out_1", CodeLength::Eight), eight);
}

#[test]
fn a_missing_key_file_is_made_once_and_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lockkeeper.key");
    let made: HashSet<String> = std::thread::scope(|scope| {
        let load = || MasterKeys::load_or_create(&path).unwrap().newest().id().to_owned();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.len(), 1, "all processes have one key");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing left beside it");
}

#[test]
fn a_rotated_file_holds_the_new_key_before_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lockkeeper.key");
    let first = MasterKeys::load_or_create(&path).unwrap();
    let second = MasterKeys::rotate(&path).unwrap();
    assert_ne!(second.newest().id(), first.newest().id());
    assert_eq!(second.oldest().id(), first.newest().id());
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    // Who reads the file goes on doing so, by whatever name it is called.
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(MasterKeys::rotate(&link).unwrap().all().count(), 3);
    assert_eq!(mode(), 0o640);
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing left beside it");
}

#[test]
fn of_several_who_rotate_at_once_each_adds_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lockkeeper.key");
    MasterKeys::load_or_create(&path).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| MasterKeys::rotate(&path).unwrap());
        }
    });
    assert_eq!(MasterKeys::load(&path).unwrap().all().count(), 9);
}

#[test]
fn a_file_takes_no_more_keys_than_it_is_read_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lockkeeper.key");
    MasterKeys::load_or_create(&path).unwrap();
    let full = (0..400).find_map(|_| MasterKeys::rotate(&path).err());
    assert!(matches!(full, Some(MasterKeyFileFault::Full { .. })), "{full:?}");
    assert!(MasterKeys::load(&path).is_ok());
}

fn load(folder: &Path, text: &str, mode: u32) -> Result<MasterKeys, MasterKeyFileFault> {
    let path = folder.join("key");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    MasterKeys::load_or_create(&path)
}

#[test]
fn files_that_hold_no_good_key_are_refused_with_what_to_do() {
    use base64::Engine;
    let folder = tempfile::tempdir().unwrap();
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let fault = |text: &str| load(folder.path(), text, 0o600).unwrap_err();
    assert!(matches!(fault(""), MasterKeyFileFault::Empty { .. }));
    assert!(matches!(fault("# only a comment\n"), MasterKeyFileFault::Empty { .. }));
    for no_key in ["changeme", &encode(&[7; 16]), &encode(&[7; 33]), "ü"] {
        assert!(matches!(fault(no_key), MasterKeyFileFault::NotAKey { line: 1, .. }), "{no_key}");
    }
    let counting: Vec<u8> = (0..32).collect();
    for sample in [&[0; 32], &counting[..], b"this-is-a-sample-key-change-me!!"] {
        let text = format!("# comment\n{}\n", encode(sample));
        let fault = fault(&text);
        assert!(matches!(fault, MasterKeyFileFault::Sample { line: 2, .. }));
        assert!(fault.to_string().contains("/dev/urandom"));
        assert!(!fault.to_string().contains(&encode(sample)));
    }
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_command_that_helps() {
    use base64::Engine;
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..32_u8).map(|i| i.wrapping_mul(73) ^ 0x5a).collect();
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    for mode in [0o644, 0o604, 0o602, 0o620, 0o666] {
        let fault = load(folder.path(), &text, mode).unwrap_err();
        assert!(fault.to_string().contains("chmod 600 "), "{fault}");
    }
    for mode in [0o600, 0o400, 0o440] {
        assert!(load(folder.path(), &text, mode).is_ok(), "{mode:o}");
    }
}

#[test]
fn debug_output_shows_no_key() {
    let shown = format!("{:?} {:?}", keys(), key(1).derive(Purpose::UnlockLink, &tenant()));
    assert_eq!(shown, "MasterKeys(…) DerivedKey(…)");
}
