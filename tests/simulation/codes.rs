//! Codes that are sent for a step of a sign-in: the row, its caps and its place in the sign-in,
//! written down for the simulated rows as `store::one_time_codes` issues them. A mail with a code
//! is not simulated: whoever asked has it from the commit on.

use lockkeeper::model::{OneTimeCodeId, SignInId, Span};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::one_time_codes::{
    CODE_LIFETIME, CODE_SPACING, CODES_A_DAY, CodePurpose, OneTimeCode,
};
use lockkeeper::store::sign_ins::SignIn;

use super::facts::Fact;
use super::image::seen;
use super::ledger::Txn;
use super::names::NAMES;

/// A code that somebody asks for.
#[derive(Debug, Clone)]
pub(crate) struct CodeOrder {
    /// As it stood when the code was asked for.
    pub(crate) subject: SubjectKey,
    pub(crate) sign_in: SignInId,
    pub(crate) purpose: CodePurpose,
    pub(crate) id: OneTimeCodeId,
}

pub(crate) fn issue(txn: &mut Txn<'_>, order: &CodeOrder) -> Fact {
    let now = txn.now;
    let found: Option<SignIn> = seen(&txn.image.sign_ins, &txn.over.sign_ins, &order.sign_in);
    let Some(mut sign_in) = found.filter(|row| row.waits_at(now)) else { return Fact::Other };
    let strategy = order.purpose.as_str();
    let last =
        sign_in.prepared_code.as_ref().filter(|_| sign_in.prepared.as_deref() == Some(strategy));
    let last = last.and_then(|id| seen(&txn.image.codes, &txn.over.codes, id));
    if last.is_some_and(|last: OneTimeCode| now < last.created_at.after(CODE_SPACING)) {
        return Fact::Other;
    }
    let since = now.before(Span::DAY);
    let unused = |code: &&OneTimeCode| {
        code.subject == order.subject
            && code.purpose == order.purpose
            && code.created_at >= since
            && code.used_at.is_none()
    };
    let below = txn.image.codes.iter().filter(|(id, _)| !txn.over.codes.contains_key(*id));
    let all = below.map(|(_, code)| code).chain(txn.over.codes.values().flatten());
    if all.filter(unused).count() as i64 >= CODES_A_DAY {
        return Fact::Other;
    }
    let code = OneTimeCode {
        tenant_id: NAMES.tenant.clone(),
        id: order.id.clone(),
        subject: order.subject.clone(),
        purpose: order.purpose,
        tries: 0,
        used_at: None,
        created_at: now,
        expires_at: now.after(CODE_LIFETIME),
        episode: None,
    };
    sign_in.prepared = Some(strategy.to_owned());
    sign_in.prepared_code = Some(code.id.clone());
    txn.over.sign_ins.insert(sign_in.id.clone(), Some(sign_in));
    txn.over.codes.insert(code.id.clone(), Some(code.clone()));
    Fact::CodeSent { code: Box::new(code), sign_in: order.sign_in.clone() }
}
