//! Tenants that are named by Host: puts `/t/{slug}` in front of the path of a Frontend API request,
//! before routing, so that every door is routed by path alone. Which own host belongs to which
//! tenant is asked through a closure; where that needs the database, the request waits. Pages are not touched; they live under `/t/{slug}` only.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Uri;
use actix_web::http::header::HOST;
use actix_web::http::uri::PathAndQuery;
use pin_project_lite::pin_project;

use super::base_url::BaseUrl;
use super::error::ApiError;
use super::tenant_path::{TenantRef, is_api_path, tenant_ref};
use crate::tenant::HostOwner;

/// Whose own host this is; asked on the web threads, so what is known must be told at once.
pub type OwnHosts = Arc<dyn Fn(&str) -> HostOwner + Send + Sync>;

/// The middleware. Wrap the whole application with it: routing happens inside.
#[derive(Clone)]
pub struct TenantHost {
    public: Arc<BaseUrl>,
    own_hosts: OwnHosts,
}

/// The path that a request is meant for.
enum Meant {
    AsItIs,
    Path(String),
    /// That of this host's owner.
    Owner(HostOwner),
}

impl TenantHost {
    #[must_use]
    pub fn new(public: Arc<BaseUrl>, own_hosts: OwnHosts) -> Self {
        Self { public, own_hosts }
    }

    fn meant(&self, request: &ServiceRequest) -> Meant {
        let path = request.path();
        if path.starts_with("/t/") || !is_api_path(path) {
            return Meant::AsItIs;
        }
        // HTTP/1.1 names the host in the header, HTTP/2 in the address.
        let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let authority = || request.uri().authority().map(|a| a.as_str());
        let Some(host) = header.or_else(authority) else { return Meant::AsItIs };
        match tenant_ref(path, host, &self.public) {
            TenantRef::Slug(slug) => Meant::Path(format!("/t/{slug}{path}")),
            TenantRef::OwnHost(host) => Meant::Owner((self.own_hosts)(&host)),
            TenantRef::None => Meant::AsItIs,
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for TenantHost
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = TenantHostService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TenantHostService { service: Rc::new(service), rules: self.clone() }))
    }
}

/// What `TenantHost` makes of a service.
pub struct TenantHostService<S> {
    service: Rc<S>,
    rules: TenantHost,
}

impl<S, B> Service<ServiceRequest> for TenantHostService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Answer<S::Future, B>;

    actix_web::dev::forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let asked = match self.rules.meant(&request) {
            Meant::Owner(HostOwner::Asked(asked)) => asked,
            Meant::Owner(HostOwner::Known(owner)) => {
                move_to(&mut request, owner);
                return Answer::AtOnce { answer: self.service.call(request) };
            }
            Meant::Path(path) => {
                set_path(&mut request, path);
                return Answer::AtOnce { answer: self.service.call(request) };
            }
            Meant::AsItIs => return Answer::AtOnce { answer: self.service.call(request) },
        };
        let service = Rc::clone(&self.service);
        let answer = Box::pin(async move {
            let owner = asked.await.map_err(ApiError::from)?;
            move_to(&mut request, owner);
            service.call(request).await
        });
        Answer::AfterAsking { answer }
    }
}

type Asking<B> = Pin<Box<dyn Future<Output = Result<ServiceResponse<B>, Error>>>>;

pin_project! {
    /// Only the first request of a second that names a foreign host needs a box.
    #[project = AnswerParts]
    pub enum Answer<F, B> {
        AtOnce { #[pin] answer: F },
        AfterAsking { answer: Asking<B> },
    }
}

impl<F, B> Future for Answer<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            AnswerParts::AtOnce { answer } => answer.poll(context),
            AnswerParts::AfterAsking { answer } => answer.as_mut().poll(context),
        }
    }
}

fn move_to(request: &mut ServiceRequest, owner: Option<Arc<str>>) {
    if let Some(slug) = owner {
        let path = format!("/t/{slug}{}", request.path());
        set_path(request, path);
    }
}

fn set_path(request: &mut ServiceRequest, path: String) {
    if let Some(uri) = with_path(request.uri(), path) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

fn with_path(uri: &Uri, mut path: String) -> Option<Uri> {
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpRequest, test, web};

    use super::*;

    async fn routed(host: &str, path: &str) -> String {
        let public = Arc::new(BaseUrl::parse("http://127.0.0.1:8080").unwrap());
        let own: OwnHosts = Arc::new(|host| {
            let owner = host.ends_with(".acme.test").then(|| Arc::from("acme"));
            match host.starts_with("known") {
                true => HostOwner::Known(owner),
                false => HostOwner::Asked(Box::pin(async { Ok(owner) })),
            }
        });
        let app =
            test::init_service(App::new().wrap(TenantHost::new(public, own)).default_service(
                web::to(|request: HttpRequest| async move { request.uri().to_string() }),
            ))
            .await;
        let request = test::TestRequest::with_uri(path).insert_header((HOST, host)).to_request();
        let body = test::call_and_read_body(&app, request).await;
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn the_frontend_api_of_a_tenants_host_is_routed_by_path() {
        for (host, path, meant) in [
            ("acme.localhost:8080", "/v1/client?_x=1", "/t/acme/v1/client?_x=1"),
            ("clerk.acme.test", "/.well-known/jwks.json", "/t/acme/.well-known/jwks.json"),
            ("known.acme.test", "/v1/client?_x=1", "/t/acme/v1/client?_x=1"),
            ("known.other.test", "/v1/users", "/v1/users"),
            ("localhost:8080", "/v1/users", "/v1/users"),
            ("lockkeeper:8080", "/v1/users", "/v1/users"),
            ("acme.localhost:8080", "/t/other/v1/client", "/t/other/v1/client"),
            ("acme.localhost:8080", "/livez", "/livez"),
        ] {
            assert_eq!(routed(host, path).await, meant, "{host} {path}");
        }
    }
}
