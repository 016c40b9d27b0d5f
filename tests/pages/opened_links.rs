//! That a visit of an unlock link's page is noted, once and later, and a mere question is not.

use lockkeeper::store::SubjectKey;
use lockkeeper::store::mail_fates::DeliveryPage;

use super::*;
use crate::harness::client::block_on;

#[test]
fn the_first_visit_of_a_link_is_noted_by_the_upkeep() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let link = link_of_the_mail(&house).await;
        let visitor = house.visitor();
        visitor.head(&link).await;
        house.app.tenants.upkeep().await;
        assert_eq!(opened(&house).await, None);
        let at = house.now();
        visitor.get(&link).await;
        assert_eq!(opened(&house).await, None, "a look writes nothing");
        house.app.clock.advance(Span::MINUTE);
        visitor.get(&link).await;
        house.app.tenants.upkeep().await;
        assert_eq!(opened(&house).await, Some(at));
    });
}

/// As the lock's own mail carries it.
async fn link_of_the_mail(house: &House) -> String {
    let (tenant, now) = (house.acme.profile.id().clone(), house.now());
    let page = DeliveryPage { before: None, limit: 9 };
    let subject = Some(SubjectKey::user(&house.alex));
    let mails = house.app.tenants.reader().deliveries(tenant, subject, page).await.unwrap();
    let link = UnlockLink {
        user: house.alex.clone(),
        episode: 1,
        issued_at: now,
        expires_at: now.after(Span::DAY),
        mail: mails[0].id.clone(),
    };
    let token = house.acme.profile.unlock_links().seal(&link).unwrap();
    house.acme.path(&format!("/unlock/{token}"))
}

async fn opened(house: &House) -> Option<Millis> {
    let page = DeliveryPage { before: None, limit: 9 };
    let tenant = house.acme.profile.id().clone();
    let reader = house.app.tenants.reader();
    let subject = SubjectKey::user(&house.alex);
    let found = reader.deliveries(tenant, Some(subject), page).await.unwrap();
    found[0].opened_at
}
