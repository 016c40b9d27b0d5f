//! Samples of the inbox: the list, a request with its lock, saved answers.

use lockkeeper::model::{Span, Until};
use lockkeeper::store::attempts::AttemptDecision;
use lockkeeper::store::counted::Counted;
use lockkeeper::store::mail_fates::DeliveryState;
use lockkeeper::store::outbox::OutboxTopic;
use lockkeeper::store::team::Role;
use lockkeeper::support::redact::REMOVED;
use lockkeeper::support::verdict::{Fact, Leaning, Verdict};
use lockkeeper::web::console::view::bulk::{BulkDeed, BulkLine, BulkPage, Done};
use lockkeeper::web::console::view::canned::{CannedLine, CannedPage, CannedProblem};
use lockkeeper::web::console::view::frame::Entry;
use lockkeeper::web::console::view::inbox::{InboxPage, RowState, Tab, TicketLine};
use lockkeeper::web::console::view::lock_panel::{
    FirstDeed, LockPanel, MailLine, PanelHead, TryLine,
};
use lockkeeper::web::console::view::request::{
    CameBy, Colleague, EventWord, Hands, RequestPage, RequestProblem, Saved, Standing, Talk,
    TalkKind,
};

use super::{LONG, NOW, Sample, frame, sample};

fn line(who: &str, state: RowState) -> TicketLine {
    TicketLine {
        path: "/console/acme/inbox/LK-7F3A-22QM".to_owned(),
        who: who.to_owned(),
        identifier: "alex@acme.test".to_owned(),
        subject: "No unlock mail came".to_owned(),
        first_line: "I changed my phone and the mail app is not set up yet. <b>Please</b>"
            .to_owned(),
        reference: "LK-7F3A-22QM".to_owned(),
        filed_at: NOW.before(Span::MINUTE.times(25)),
        state,
        is_new: false,
        waits_for_them: false,
        assignee: None,
        pick: "LK-7F3A-22QM.12".to_owned(),
    }
}

fn list(tickets: Vec<TicketLine>) -> InboxPage {
    InboxPage {
        frame: frame(Entry::Inbox),
        path: "/console/acme/inbox".to_owned(),
        tab: Tab::Open,
        asked: String::new(),
        open: Counted::Exactly(4),
        mine: Counted::Exactly(0),
        unassigned: Counted::MoreThan(1_000),
        later: false,
        next: None,
        tickets,
        wave: None,
        waves: Vec::new(),
        hands: Hands::Free,
        saved: Vec::new(),
        colleagues: colleagues(),
        all_picked: false,
    }
}

fn colleagues() -> Vec<Colleague> {
    let one =
        |id: &str, name: &str, own| Colleague { id: id.to_owned(), name: name.to_owned(), own };
    vec![one("user_1", "Ana Berger", true), one("user_2", LONG, false)]
}

fn bulk() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/inbox/bulk";
    let page = |deed, done: &[Done]| BulkPage {
        frame: frame(Entry::Inbox),
        inbox_path: "/console/acme/inbox".to_owned(),
        deed,
        lines: done
            .iter()
            .map(|did| BulkLine {
                path: (*did != Done::Gone).then(|| "/console/acme/inbox/LK-7F3A-22QM".to_owned()),
                who: LONG.to_owned(),
                reference: "LK-7F3A-22QM".to_owned(),
                did: *did,
            })
            .collect(),
    };
    let mixed =
        [Done::Done, Done::HeldBack, Done::Stale, Done::NoAccount, Done::Gone, Done::NotNow];
    vec![
        sample(PATH, "done", &page(BulkDeed::Close, &[Done::Done, Done::Done])),
        sample(PATH, "mixed", &page(BulkDeed::UnlockMail, &mixed)),
        sample(PATH, "nothing-ticked", &page(BulkDeed::Spam, &[])),
        sample(PATH, "no-answer", &page(BulkDeed::Answer, &[Done::NoAnswer])),
        sample(PATH, "not-of-team", &page(BulkDeed::Assign, &[Done::NotOfTeam])),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/inbox";
    let at = |minutes: i64| Until::At(NOW.after(Span::MINUTE.times(minutes)));
    let full = vec![
        TicketLine { is_new: true, ..line("Alex Sommer", RowState::Locked(at(12))) },
        TicketLine { assignee: Some(LONG.to_owned()), ..line(LONG, RowState::LongRun) },
        TicketLine { waits_for_them: true, ..line("Jo Park", RowState::NotLocked) },
        line("Rin", RowState::StaffLock(Until::Unlocked)),
        line("Kai", RowState::BackIn),
        line("nobody@acme.test", RowState::Nobody),
    ];
    let filtered = InboxPage {
        tab: Tab::Closed,
        asked: "phone <b>".to_owned(),
        later: true,
        next: Some("5.req_1".to_owned()),
        ..list(vec![line("Alex Sommer", RowState::NotLocked)])
    };
    let wave = InboxPage {
        wave: Some(3),
        waves: vec![
            (3, NOW.before(Span::HOUR), Counted::Exactly(12)),
            (2, NOW.before(Span::HOUR.times(20)), Counted::MoreThan(1_000)),
        ],
        saved: vec![Saved { id: "can_1.en".to_owned(), title: LONG.to_owned() }],
        all_picked: true,
        ..list(vec![line("Alex Sommer", RowState::Locked(at(12))), line(LONG, RowState::LongRun)])
    };
    let auditor = InboxPage {
        hands: Hands::Tied,
        colleagues: Vec::new(),
        ..list(vec![line("Alex Sommer", RowState::Locked(at(12)))])
    };
    let nothing = InboxPage { asked: "phone".to_owned(), ..list(Vec::new()) };
    vec![
        sample(PATH, "none", &list(Vec::new())),
        sample(PATH, "full", &list(full)),
        sample(PATH, "filtered", &filtered),
        sample(PATH, "nothing-found", &nothing),
        sample(PATH, "wave", &wave),
        sample(PATH, "auditor", &auditor),
    ]
    .into_iter()
    .chain(bulk())
    .chain(requests())
    .chain(saved_answers())
    .collect()
}

fn panel(head: PanelHead, deed: FirstDeed, leaning: Leaning, reasons: Vec<Fact>) -> LockPanel {
    let one = |minutes: i64, decision, count_after| TryLine {
        at: NOW.before(Span::MINUTE.times(minutes)),
        source: "203.0.113.•".to_owned(),
        decision,
        repeated: decision == AttemptDecision::UncountedRepeated,
        count_after,
    };
    LockPanel {
        head,
        verdict: Some(Verdict { leaning, reasons }),
        deed,
        can_unlock: true,
        tries: vec![
            one(20, AttemptDecision::Locked, 8),
            one(21, AttemptDecision::UncountedRepeated, 7),
            one(22, AttemptDecision::Counted, 7),
            one(9_000, AttemptDecision::Completed, 0),
        ],
        refused: Counted::Exactly(3),
        mails_cut: false,
        mails: vec![MailLine {
            at: NOW.before(Span::MINUTE.times(20)),
            topic: OutboxTopic::Unlock,
            state: DeliveryState::Accepted,
            opened_at: Some(NOW.before(Span::MINUTE.times(2))),
        }],
        unreachable: vec![(LONG.to_owned(), NOW.before(Span::DAY))],
        policy_version: Some(12),
        versions_path: Some("/console/acme/policy/versions".to_owned()),
        campaign: None,
        earlier: 1,
        mailbox_proved_at: Some(NOW.before(Span::MINUTE)),
    }
}

fn request(panel: LockPanel) -> RequestPage {
    let said = |kind, who: &str, minutes: i64, body: &str| Talk {
        kind,
        who: who.to_owned(),
        at: NOW.before(Span::MINUTE.times(minutes)),
        body: body.to_owned(),
        undo: None,
        undone: false,
    };
    let waits = Some(("msg_1".to_owned(), NOW.after(Span::SECOND.times(12))));
    RequestPage {
        frame: frame(Entry::Inbox),
        path: "/console/acme/inbox/LK-7F3A-22QM".to_owned(),
        inbox_path: "/console/acme/inbox".to_owned(),
        canned_path: "/console/acme/inbox/canned".to_owned(),
        reference: "LK-7F3A-22QM".to_owned(),
        subject: "No unlock mail came".to_owned(),
        who: "Alex Sommer".to_owned(),
        identifier: "alex@acme.test".to_owned(),
        filed_at: NOW.before(Span::MINUTE.times(25)),
        came_by: CameBy::Form,
        standing: Standing::Open,
        version: 3,
        assignee: None,
        is_mine: false,
        colleagues: colleagues(),
        hands: Hands::Free,
        talk: vec![
            said(
                TalkKind::Theirs,
                "Alex Sommer",
                25,
                &format!("<b>Help</b>, my password was {REMOVED} I think"),
            ),
            said(TalkKind::Event(EventWord::Assigned { to: LONG.to_owned() }), "Bo Lind", 9, ""),
            said(TalkKind::Note, "Bo Lind", 8, "Same office address as every Friday."),
            Talk { undo: waits, ..said(TalkKind::Reply, "Ana Ruiz", 0, "Hello Alex") },
        ],
        panel,
        story_path: Some("/console/acme/locks/user_2abc".to_owned()),
        draft: String::new(),
        saved: vec![Saved { id: "can_1.en".to_owned(), title: "Unlock mail (en)".to_owned() }],
        problem: None,
    }
}

fn requests() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/inbox/{reference}";
    let until = Until::At(NOW.after(Span::MINUTE.times(12)));
    let owner = || {
        let reasons = vec![Fact::KnownSource, Fact::OneSource, Fact::RepeatedPassword];
        panel(PanelHead::Locked(until), FirstDeed::UnlockMail, Leaning::Owner, reasons)
    };
    let reasons = vec![Fact::UnknownSource, Fact::ManySources { count: 9 }, Fact::NotMe];
    let attack = panel(PanelHead::Locked(until), FirstDeed::ResetOffer, Leaning::Attacker, reasons);
    let unlocked = RequestPage {
        standing: Standing::ClosedBySignIn,
        assignee: Some(LONG.to_owned()),
        ..request(LockPanel { head: PanelHead::BackIn(NOW), verdict: None, ..owner() })
    };
    let nobody = LockPanel {
        head: PanelHead::Nobody,
        verdict: None,
        deed: FirstDeed::None,
        can_unlock: false,
        tries: Vec::new(),
        mails: Vec::new(),
        policy_version: None,
        mailbox_proved_at: None,
        ..owner()
    };
    let mut back = request(owner());
    for talk in &mut back.talk {
        (talk.undo, talk.undone) = (None, talk.kind == TalkKind::Reply);
    }
    let looking = RequestPage {
        hands: Hands::Tied,
        colleagues: Vec::new(),
        came_by: CameBy::NotMe,
        ..request(owner())
    };
    let draft = "What I had written <b>".to_owned();
    let problem = |problem| RequestPage {
        problem: Some(problem),
        draft: draft.clone(),
        standing: Standing::Waiting,
        is_mine: true,
        ..request(owner())
    };
    vec![
        sample(PATH, "locked", &request(owner())),
        sample(PATH, "attack", &request(attack)),
        sample(PATH, "unlocked", &unlocked),
        sample(PATH, "nobody", &request(nobody)),
        sample(PATH, "auditor", &looking),
        sample(PATH, "taken-back", &back),
        sample(PATH, "stale", &problem(RequestProblem::Stale)),
        sample(PATH, "no-body", &problem(RequestProblem::BodyMissing)),
        sample(PATH, "no-reason", &problem(RequestProblem::ReasonMissing)),
        sample(PATH, "not-of-team", &problem(RequestProblem::NotOfTeam)),
    ]
}

fn saved_answers() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/inbox/canned";
    let page = |saved: Vec<CannedLine>| CannedPage {
        frame: frame(Entry::Inbox),
        path: "/console/acme/inbox/canned".to_owned(),
        inbox_path: "/console/acme/inbox".to_owned(),
        may_save: true,
        saved,
        locales: vec!["en", "de"],
        id: String::new(),
        locale: "en".to_owned(),
        title: String::new(),
        body: String::new(),
        problem: None,
    };
    let line = |title: &str| CannedLine {
        id: "can_1".to_owned(),
        locale: "en".to_owned(),
        title: title.to_owned(),
        body: "Hello {{name}}".to_owned(),
    };
    let full = || page(vec![line("Unlock mail"), line(LONG)]);
    let edit = CannedPage {
        id: "can_1".to_owned(),
        title: "Unlock mail".to_owned(),
        body: "Hello {{name}} </textarea><script>".to_owned(),
        ..full()
    };
    let reader = CannedPage {
        may_save: false,
        frame: lockkeeper::web::console::view::frame::Frame {
            role: Some(Role::Support),
            ..frame(Entry::Inbox)
        },
        ..full()
    };
    let unknown = CannedProblem::Variable { name: "password".to_owned() };
    let fault = CannedPage { problem: Some(unknown), ..full() };
    vec![
        sample(PATH, "none", &page(Vec::new())),
        sample(PATH, "list", &full()),
        sample(PATH, "edit", &edit),
        sample(PATH, "reader", &reader),
        sample(PATH, "unknown-variable", &fault),
    ]
}
