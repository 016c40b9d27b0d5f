//! Hashes of other systems: one of each hasher, made by the systems' own functions, and digests that
//! are refused with the reason.

use lockkeeper::credential::{
    Arena, HASHERS, HashAge, HashCost, ImportedHash, Password, PhcHash, StoredHash, Verdict,
};

/// The password of [`DIGESTS`].
pub const PASSWORD: &str = "correct horse ü";

/// One digest of each hasher but argon2's, cheap ones. Made with Python's `hashlib`, crypt(3) and
/// AES of OpenSSL.
pub const DIGESTS: [(&str, &str); 10] = [
    ("bcrypt", "$2b$04$abcdefghijklmnopqrstuujF7xYRGlruqbhzUFxAkw6PpBCswQb.m"),
    (
        "bcrypt_sha256_django",
        "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuQz9BoVCJ5TcMtUyBh1utdW5dxqKowKG",
    ),
    ("pbkdf2_sha1", "pbkdf2_sha1$1000$saltysalt$8694067d0e745397c9bf4d91bcdda4b81fb4ba2a"),
    (
        "pbkdf2_sha256",
        "pbkdf2_sha256$1000$c2FsdHlzYWx0$LNGAj+gaPFBNxlXzjrv2J/sTQjwZv+NniWBL1n3PqNk=",
    ),
    (
        "pbkdf2_sha256_django",
        "pbkdf2_sha256$1000$saltysalt$LNGAj+gaPFBNxlXzjrv2J/sTQjwZv+NniWBL1n3PqNk=",
    ),
    (
        "pbkdf2_sha512",
        "pbkdf2_sha512$1000$saltysalt$0a2c0820a8869d0d3d3c419caa92bcab2cadb1f05c20cc302aedbd993770d417152bf7ebd59a866d0dff0731e9ad0cdeb329b673b3fad4bdacc0c02c0fdbf180",
    ),
    (
        "pbkdf2_sha512_hex",
        "pbkdf2_sha512_hex$1000$73616c747973616c74$0a2c0820a8869d0d3d3c419caa92bcab2cadb1f05c20cc302aedbd993770d417152bf7ebd59a866d0dff0731e9ad0cdeb329b673b3fad4bdacc0c02c0fdbf180",
    ),
    ("phpass", "$P$5saltysal1pWY2n4/ciU/09g02Coch."),
    (
        "scrypt_firebase",
        "VjAQ5wvKNKLjc4asitQwN4kyChk4ZLVfSkrdz/o038vCd1RQD24biXyivIoy618inzccGFfRWoWuz4dRfL4g8A==$c2FsdHlzYWx0$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$Bw==$8$10",
    ),
    (
        "scrypt_werkzeug",
        "scrypt:1024:8:1$saltysalt$812fff80ae06839162af6d5e0d5c8d9fb6d5b468afd72474dfd03787f40082f966911a7900a4badbda9b24ecf7447c741b8dc9ef776a2d1c74f30eead09dbccd",
    ),
];

/// The example of Firebase's own scrypt utility, and its password.
const FIREBASE: &str = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$42xEC+ixf3L2lw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$Bw==$8$14";
const FIREBASE_PASSWORD: &str = "user1password";

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn check(hash: &ImportedHash, text: &str) -> Verdict {
    let cost = HashCost::below_floor_for_tests();
    hash.check(&password(text), cost, &mut Arena::for_cost(cost)).unwrap()
}

/// An argon2id digest of [`PASSWORD`].
pub fn argon2id() -> String {
    let cost = HashCost::computable(16, 2, 1).unwrap();
    PhcHash::make(&password(PASSWORD), cost, &mut Arena::for_cost(cost)).unwrap().to_phc()
}

#[test]
fn a_hash_of_each_hasher_is_right_for_its_password_alone_and_outdated() {
    let argon2i = argon2id().replace("argon2id", "argon2i");
    let mut tried = vec!["argon2id", "argon2i"];
    for (hasher, digest) in DIGESTS {
        let hash = ImportedHash::parse(hasher, digest).unwrap();
        assert_eq!(check(&hash, PASSWORD), Verdict::Right(HashAge::Outdated), "{hasher}");
        assert_eq!(check(&hash, "correct horse u"), Verdict::Wrong, "{hasher}");
        assert!(hash.work() > 0);
        tried.push(hasher);
    }
    let ours = ImportedHash::parse("argon2id", &argon2id()).unwrap();
    assert_eq!(check(&ours, PASSWORD), Verdict::Right(HashAge::Outdated));
    assert_eq!(check(&ImportedHash::parse("argon2i", &argon2i).unwrap(), PASSWORD), Verdict::Wrong);
    tried.sort_unstable();
    assert_eq!(tried, HASHERS);
}

#[test]
fn published_examples_are_right() {
    for (hasher, digest, text) in [
        // Openwall's crypt_blowfish and phpass.
        ("bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("phpass", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345"),
        ("phpass", "$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345"),
        ("scrypt_firebase", FIREBASE, FIREBASE_PASSWORD),
    ] {
        let hash = ImportedHash::parse(hasher, digest).unwrap();
        assert_eq!(check(&hash, text), Verdict::Right(HashAge::Outdated), "{hasher}");
    }
}

/// As every other bcrypt; the hash that replaces it knows the whole password.
#[test]
fn bcrypt_looks_at_72_bytes() {
    let digest = "$2b$04$abcdefghijklmnopqrstuuKiIlCeXB6chNXkLyAo8C7XcLPzh6zUe";
    let hash = ImportedHash::parse("bcrypt", digest).unwrap();
    assert_eq!(check(&hash, &"é".repeat(40)), Verdict::Right(HashAge::Outdated));
    assert_eq!(check(&hash, &"é".repeat(36)), Verdict::Right(HashAge::Outdated));
    assert_eq!(check(&hash, &"é".repeat(35)), Verdict::Wrong);
}

#[test]
fn the_stored_text_says_its_hasher_and_is_read_back() {
    for (hasher, digest) in DIGESTS {
        let hash = ImportedHash::parse(hasher, digest).unwrap();
        assert_eq!(hash.to_text(), format!("$lk${hasher}${digest}"));
        assert_eq!(StoredHash::parse(&hash.to_text()), Ok(StoredHash::Imported(Box::new(hash))));
    }
    let argon2 = argon2id();
    let hash = ImportedHash::parse("argon2id", &argon2).unwrap();
    assert_eq!(hash.to_text(), argon2);
    assert!(matches!(StoredHash::parse(&argon2), Ok(StoredHash::Real(_))));
    assert!(StoredHash::parse("$lk$bcrypt$x").is_err());
}

#[test]
fn digests_are_refused_with_the_reason() {
    let why =
        |hasher: &str, digest: &str| ImportedHash::parse(hasher, digest).unwrap_err().to_string();
    let told: Vec<String> = [
        ("rot13", "abc"),
        ("md5", "5f4dcc3b5aa765d61d8327deb882cf99"),
        ("phpass", &"x".repeat(1025)),
        ("bcrypt", "$2b$10$abc"),
        ("bcrypt", "$2x$04$abcdefghijklmnopqrstuujF7xYRGlruqbhzUFxAkw6PpBCswQb.m"),
        ("bcrypt", "$2b$15$abcdefghijklmnopqrstuujF7xYRGlruqbhzUFxAkw6PpBCswQb.m"),
        ("bcrypt_sha256_django", "$2b$04$abcdefghijklmnopqrstuujF7xYRGlruqbhzUFxAkw6PpBCswQb.m"),
        (
            "pbkdf2_sha256",
            "pbkdf2_sha256$1000$salty salt$LNGAj+gaPFBNxlXzjrv2J/sTQjwZv+NniWBL1n3PqNk=",
        ),
        (
            "pbkdf2_sha256",
            "pbkdf2_sha256$2000001$c2FsdA$LNGAj+gaPFBNxlXzjrv2J/sTQjwZv+NniWBL1n3PqNk=",
        ),
        ("pbkdf2_sha1", "pbkdf2_sha1$0$salt$8694067d0e745397c9bf4d91bcdda4b81fb4ba2a"),
        ("phpass", "$P$Zsaltysal1pWY2n4/ciU/09g02Coch."),
        ("phpass", "$P$5salty"),
        ("scrypt_werkzeug", "scrypt:1000:8:1$salt$00"),
        ("scrypt_firebase", &FIREBASE.replace("$8$14", "$8$17")),
        ("scrypt_firebase", &FIREBASE.replace("$8$14", "$8$200")),
        ("argon2i", "$argon2id$v=19$m=64,t=4,p=8$Z2liZXJyaXNo$iGXEpMBTDYQ8G"),
        ("argon2id", "$argon2id$v=16$m=64,t=4,p=8$Z2liZXJyaXNo$iGXEpMBTDYQ8G"),
    ]
    .iter()
    .map(|(hasher, digest)| format!("{hasher}: {}", why(hasher, digest)))
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
        rot13: this hasher is not known; known are argon2i, argon2id, bcrypt, bcrypt_sha256_django, pbkdf2_sha1, pbkdf2_sha256, pbkdf2_sha256_django, pbkdf2_sha512, pbkdf2_sha512_hex, phpass, scrypt_firebase, scrypt_werkzeug
        md5: hashes of this kind are guessed by the billion a second and are not taken; import without them and let these users set a new password
        phpass: the digest is longer than 1024 bytes
        bcrypt: the digest is not of the form $2b$<cost>$<salt and hash, 53 characters>
        bcrypt: the digest is not of the form $2b$<cost>$<salt and hash, 53 characters>
        bcrypt: the digest costs more to check than is allowed: bcrypt costs from 4 to 14
        bcrypt_sha256_django: the digest is not of the form bcrypt_sha256$$2b$<cost>$<salt and hash, 53 characters>
        pbkdf2_sha256: the digest is not of the form pbkdf2_sha256$<iterations>$<salt in base64>$<hash in base64>
        pbkdf2_sha256: the digest costs more to check than is allowed: PBKDF2 up to 2,000,000 iterations and a hash of four blocks
        pbkdf2_sha1: the digest is not of the form pbkdf2_sha1$<iterations>$<salt>$<hash in hex>
        phpass: the digest costs more to check than is allowed: phpass from 2^7 to 2^16 rounds
        phpass: the digest is not of the form $P$<rounds><salt, 8 characters><checksum, 22 characters>
        scrypt_werkzeug: the digest is not of the form scrypt:<N>:<r>:<p>$<salt>$<hash, 64 bytes in hex>
        scrypt_firebase: the digest costs more to check than is allowed: scrypt up to 64 MiB and N*r*p = 2^20
        scrypt_firebase: the digest costs more to check than is allowed: scrypt up to 64 MiB and N*r*p = 2^20
        argon2i: password hash is neither argon2id nor argon2i
        argon2id: password hash is of another argon2 version than 19
    ");
}

#[test]
fn debug_output_shows_no_hash() {
    let (hasher, digest) = DIGESTS[0];
    let shown = format!("{:?}", ImportedHash::parse(hasher, digest).unwrap());
    assert_eq!(shown, "ImportedHash(bcrypt, …)");
}
