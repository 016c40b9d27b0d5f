//! Samples of the pages of one's own account.

use askama::Template;
use lockkeeper::model::{DeviceLabel, Span};
use lockkeeper::web::pages::view::*;

use super::{LONG, NOW, frame};

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn account(notice: Option<AccountNotice>) -> String {
    let page = AccountPage {
        frame: frame(),
        notice,
        name: Some("Alex Sommer".to_owned()),
        identifier: "alex@acme.test".to_owned(),
        session_since: NOW,
        has_password: true,
        has_app: notice.is_some(),
        sign_out_path: "/t/acme/sign-out".to_owned(),
    };
    page.render().unwrap()
}

fn password(present: Option<PresentProblem>, new: Option<NewPasswordProblem>) -> String {
    let identifier = "alex@acme.test".to_owned();
    let page = AccountPasswordPage { frame: frame(), identifier, has_one: true, present, new };
    page.render().unwrap()
}

fn confirm(with_password: bool, problem: Option<PresentProblem>) -> String {
    let page = ConfirmPage {
        frame: frame(),
        identifier: LONG.to_owned(),
        path: "/account/second-factor",
        with_password,
        problem,
    };
    page.render().unwrap()
}

fn app(has_app: bool, notice: Option<AccountNotice>) -> String {
    let page = SecondFactorStatePage {
        frame: frame(),
        notice,
        has_app,
        since: has_app.then_some(NOW),
        has_codes: has_app,
    };
    page.render().unwrap()
}

fn set_up() -> String {
    let uri = format!(
        "otpauth://totp/Acme:{LONG}?secret={SECRET}&issuer=Acme&algorithm=SHA1&digits=6&period=30"
    );
    AppSetUpPage::new(frame(), SECRET, uri).render().unwrap()
}

fn app_code(problem: CodeProblem) -> String {
    AppCodePage { frame: frame(), problem }.render().unwrap()
}

fn codes() -> String {
    let codes = (0..10).map(|n| format!("aB3dE6gH{n}JkLmN2")).collect();
    let notice = Some(AccountNotice::AppOn);
    RecoveryCodesPage { frame: frame(), notice, codes }.render().unwrap()
}

fn sessions() -> String {
    let item = |id: &str, here, place: Option<&str>, by| SessionItem {
        id: id.to_owned(),
        here,
        place: place.map(str::to_owned),
        by,
        began: NOW.before(Span::DAY),
        used: NOW,
    };
    let sessions = vec![
        item("sess_1", true, Some("192.0.2.7"), SignedInBy::Password),
        item("sess_2", false, Some("2001:db8:1234:5678::/64"), SignedInBy::MailedCode),
        item("sess_3", false, None, SignedInBy::Otherwise),
    ];
    SessionsPage { frame: frame(), notice: None, sessions }.render().unwrap()
}

fn devices(labels: &[(Option<&str>, Option<&str>)]) -> String {
    let item = |(number, (label, place)): (usize, &(Option<&str>, Option<&str>))| DeviceItem {
        id: format!("sess_{number}"),
        here: number == 0,
        label: label.map(|text| DeviceLabel::from_stored(text).unwrap()),
        place: place.map(str::to_owned),
        used: NOW.before(Span::DAY),
    };
    let devices = labels.iter().enumerate().map(item).collect();
    DevicesPage { frame: frame(), notice: None, devices }.render().unwrap()
}

fn language(zone: &str, zone_is_odd: bool) -> String {
    let zone = zone.to_owned();
    let page = LanguagePage { frame: frame(), notice: None, language: "de", zone, zone_is_odd };
    page.render().unwrap()
}

pub(super) fn all() -> Vec<(&'static str, String)> {
    let recovery = |has_codes| RecoveryCodesStatePage { frame: frame(), has_codes };
    vec![
        ("account", account(None)),
        ("account-changed", account(Some(AccountNotice::PasswordChanged))),
        ("account-password", password(None, None)),
        (
            "account-password-wrong",
            password(Some(PresentProblem::Wrong { tries_left: Some(1) }), None),
        ),
        (
            "account-password-faults",
            password(Some(PresentProblem::Missing), Some(NewPasswordProblem::TooShort)),
        ),
        ("confirm", confirm(true, None)),
        ("confirm-missing", confirm(true, Some(PresentProblem::Missing))),
        ("confirm-no-password", confirm(false, None)),
        ("app-off", app(false, Some(AccountNotice::AppOff))),
        ("app-on", app(true, None)),
        ("app-set-up", set_up()),
        ("app-code-wrong", app_code(CodeProblem::Wrong { tries_left: None })),
        ("app-code-expired", app_code(CodeProblem::Expired)),
        ("recovery-codes", recovery(true).render().unwrap()),
        ("recovery-codes-none", recovery(false).render().unwrap()),
        ("recovery-codes-new", codes()),
        ("sessions", sessions()),
        ("devices-none", devices(&[])),
        ("devices-one", devices(&[(Some("Firefox/Linux"), Some("192.0.2.7"))])),
        (
            "devices",
            devices(&[
                (Some("Edge/Windows"), None),
                (Some("Safari/iOS"), Some("2001:db8:1234:5678::/64")),
                (Some("Chrome/"), Some("192.0.2.7")),
                (Some("/Android"), None),
                (Some("/"), None),
                (None, None),
            ]),
        ),
        ("language", language("Europe/Vienna", false)),
        ("language-odd", language("Mars/Olympus", true)),
    ]
}
