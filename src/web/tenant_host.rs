//! Tenants that are named by Host: puts `/t/{slug}` in front of the path of a Frontend API request,
//! before routing, so that every door is routed by path alone. Which own host belongs to which
//! tenant is asked through a closure. Pages are not touched; they live under `/t/{slug}` only.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Uri;
use actix_web::http::header::HOST;
use actix_web::http::uri::PathAndQuery;

use super::base_url::BaseUrl;
use super::tenant_path::{TenantRef, is_api_path, tenant_ref};

/// Slug of the tenant whose own host this is; asked on the web threads, so it must be quick.
pub type OwnHosts = Arc<dyn Fn(&str) -> Option<Arc<str>> + Send + Sync>;

/// The middleware. Wrap the whole application with it: routing happens inside.
#[derive(Clone)]
pub struct TenantHost {
    public: Arc<BaseUrl>,
    own_hosts: OwnHosts,
}

impl TenantHost {
    #[must_use]
    pub fn new(public: Arc<BaseUrl>, own_hosts: OwnHosts) -> Self {
        Self { public, own_hosts }
    }

    /// The path that a request is meant for, where it is another than the one it names.
    fn meant_path(&self, request: &ServiceRequest) -> Option<String> {
        let path = request.path();
        if path.starts_with("/t/") || !is_api_path(path) {
            return None;
        }
        // HTTP/1.1 names the host in the header, HTTP/2 in the address.
        let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = header.or_else(|| request.uri().authority().map(|a| a.as_str()))?;
        match tenant_ref(path, host, &self.public) {
            TenantRef::Slug(slug) => Some(format!("/t/{slug}{path}")),
            TenantRef::OwnHost(host) => {
                (self.own_hosts)(&host).map(|slug| format!("/t/{slug}{path}"))
            }
            TenantRef::None => None,
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for TenantHost
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = TenantHostService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TenantHostService { service, rules: self.clone() }))
    }
}

/// What `TenantHost` makes of a service.
pub struct TenantHostService<S> {
    service: S,
    rules: TenantHost,
}

impl<S, B> Service<ServiceRequest> for TenantHostService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = S::Future;

    actix_web::dev::forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let moved = self.rules.meant_path(&request).and_then(|path| with_path(request.uri(), path));
        if let Some(uri) = moved {
            request.match_info_mut().get_mut().update(&uri);
            request.head_mut().uri = uri;
        }
        self.service.call(request)
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
        let own: OwnHosts = Arc::new(|host| (host == "clerk.acme.test").then(|| Arc::from("acme")));
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
            ("localhost:8080", "/v1/users", "/v1/users"),
            ("lockkeeper:8080", "/v1/users", "/v1/users"),
            ("acme.localhost:8080", "/t/other/v1/client", "/t/other/v1/client"),
            ("acme.localhost:8080", "/livez", "/livez"),
        ] {
            assert_eq!(routed(host, path).await, meant, "{host} {path}");
        }
    }
}
