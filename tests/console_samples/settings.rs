//! A tenant's settings, and a lock tried out, in their states.

use lockkeeper::model::{Span, Until};
use lockkeeper::store::mail_fates::DeliveryState;
use lockkeeper::store::team::Role;
use lockkeeper::store::tenants::SignUpMode;
use lockkeeper::web::console::view::frame::{Entry, Frame};
use lockkeeper::web::console::view::settings::{Misfit, SettingsFault, SettingsPage};
use lockkeeper::web::console::view::test_lock::{TestFault, TestLockPage, TestMail, TestResult};

use super::{NOW, Sample, frame, sample};

fn settings() -> SettingsPage {
    SettingsPage {
        frame: frame(Entry::Settings),
        path: "/console/acme/settings".to_owned(),
        may_save: true,
        revealing: false,
        single_session: true,
        sign_up: SignUpMode::Restricted,
        redirect_urls: "https://app.acme.test/welcome".to_owned(),
        origins: "https://app.acme.test\ncapacitor://localhost".to_owned(),
        zone: "Europe/Vienna".to_owned(),
        staff_second_factor: false,
        faults: Vec::new(),
        tenant_id: "ins_2Yxm9zQp4RbNq7kTcVwJfHsLdGe".to_owned(),
        publishable_key: "pk_test_YWNtZS5sb2NhbGhvc3Q6ODA4MCQ".to_owned(),
        pages_url: "http://127.0.0.1:8080/t/acme".to_owned(),
        live: false,
    }
}

fn test_lock() -> TestLockPage {
    TestLockPage {
        frame: frame(Entry::Overview),
        path: "/console/acme/test-lock".to_owned(),
        overview_path: "/console/acme/overview".to_owned(),
        sign_in_path: "/t/acme/sign-in".to_owned(),
        typed: "ana+lock-test@lockkeeper.test".to_owned(),
        fault: None,
        result: None,
    }
}

fn locked() -> TestResult {
    TestResult {
        name: "ana+lock-test@lockkeeper.test".to_owned(),
        until: Some(Until::At(NOW.after(Span::MINUTE))),
        mail: Some(TestMail { at: NOW, state: DeliveryState::Queued }),
        tries: 8,
    }
}

pub(super) fn all() -> Vec<Sample> {
    const SETTINGS: &str = "/console/{slug}/settings";
    const TEST: &str = "/console/{slug}/test-lock";
    let auditor = Frame { role: Some(Role::Auditor), ..frame(Entry::Settings) };
    let faults = SettingsPage {
        redirect_urls: "<b>\"here".to_owned(),
        zone: "Mars".to_owned(),
        staff_second_factor: true,
        faults: vec![
            SettingsFault::Redirects(Misfit::Line("<b>\"here".to_owned())),
            SettingsFault::Origins(Misfit::TooMany),
            SettingsFault::Zone,
            SettingsFault::SecondFactor,
        ],
        ..settings()
    };
    let over = TestResult { until: None, mail: None, ..locked() };
    let fault = |fault| TestLockPage { fault: Some(fault), ..test_lock() };
    vec![
        sample(SETTINGS, "plain", &settings()),
        sample(SETTINGS, "reader", &SettingsPage { frame: auditor, may_save: false, ..settings() }),
        sample(SETTINGS, "faults", &faults),
        sample(TEST, "ask", &test_lock()),
        sample(TEST, "locked", &TestLockPage { result: Some(locked()), ..test_lock() }),
        sample(TEST, "over", &TestLockPage { result: Some(over), ..test_lock() }),
        sample(TEST, "no-address", &fault(TestFault::NoAddress)),
        sample(TEST, "taken", &fault(TestFault::Taken)),
        sample(TEST, "never", &fault(TestFault::TooMany(1_000))),
    ]
}
