//! From a request to the function that answers it.
//!
//! [`table`] is the whole surface of the server. A function is registered by its message alone: the message knows its
//! route, its permission and its checks, so none of them can be forgotten or said twice.

mod gate;
mod handler;
mod open;
mod path;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::Method;
use pgo_api::Call;

use crate::app::{self, App};
use crate::refusal::{Refusal, refuse};
use crate::telemetry;
pub(crate) use gate::Received;
use handler::{Erased, Handler};

/// Every route that is served.
pub(crate) fn table(app: Arc<App>) -> Router {
    let beside = open::ROUTES.into_iter();
    let router = beside.fold(Router::new(app), |router, (route, function)| {
        router.open(route.path, function)
    });
    app::later::register(router)
        .call(app::basebackup::create)
        .call(app::basebackup::show)
        .call(app::basebackup::delete)
        .call(app::basebackup::restore)
        .call(app::cluster::create)
        .call(app::cluster::show)
        .call(app::cluster::delete)
        .call(app::cluster::update)
        .call(app::cluster::test)
        .call(app::failover::query)
        .call(app::label::set)
        .call(app::label::delete)
        .call(app::policy::create)
        .call(app::policy::show)
        .call(app::policy::delete)
        .call(app::scale::up)
        .call(app::scale::query)
        .call(app::scale::down)
        .call(app::config::show)
        .call(app::namespace::show)
        .call(app::namespace::create)
        .call(app::namespace::update)
        .call(app::namespace::delete)
        .call(app::pgorole::create)
        .call(app::pgorole::update)
        .call(app::pgorole::show)
        .call(app::pgorole::delete)
        .call(app::pgouser::create)
        .call(app::pgouser::update)
        .call(app::pgouser::show)
        .call(app::pgouser::delete)
        .call(app::pvc::show)
        .call(app::status::show)
        .call(app::user::show)
        .call(app::version::show)
        .call(app::workflow::show)
}

/// The routes, in the order in which they are tried.
pub(crate) struct Router {
    app: Arc<App>,
    routes: Vec<Entry>,
}

struct Entry {
    pattern: &'static str,
    /// None: any.
    method: Option<Method>,
    handler: Erased,
}

impl Router {
    fn new(app: Arc<App>) -> Self {
        Self {
            app,
            routes: Vec::new(),
        }
    }

    /// Registers the function that carries out a message.
    pub(crate) fn call<C, F>(mut self, function: F) -> Self
    where
        C: Call,
        F: for<'a> Handler<'a, C>,
    {
        let method = match C::ROUTE.method {
            _ if C::ROUTE.in_any_method => None,
            pgo_api::Method::Get => Some(Method::GET),
            pgo_api::Method::Post => Some(Method::POST),
            pgo_api::Method::Delete => Some(Method::DELETE),
        };
        self.routes.push(Entry {
            pattern: C::ROUTE.path,
            method,
            handler: handler::erase(function),
        });
        self
    }

    /// Registers a path that asks nobody who they are.
    fn open(mut self, pattern: &'static str, function: fn(&App) -> Response) -> Self {
        self.routes.push(Entry {
            pattern,
            method: None,
            handler: handler::erase_open(function),
        });
        self
    }

    /// Finds who answers; a path that exists with other methods only is another refusal than one that does not.
    fn find<'a>(&self, method: &Method, path: &'a str) -> Result<(&Entry, &'a str), Refusal> {
        let mut refusal = Refusal::NoRoute;
        for entry in &self.routes {
            let Some(variable) = path::fits(entry.pattern, path) else {
                continue;
            };
            if entry.method.as_ref().is_none_or(|wanted| wanted == method) {
                return Ok((entry, variable));
            }
            refusal = Refusal::WrongMethod;
        }
        Err(refusal)
    }

    /// The server as a service, with everything that concerns all routes.
    pub(crate) fn into_service(self) -> axum::Router {
        let router = Arc::new(self);
        axum::Router::new()
            .fallback(dispatch)
            .with_state(Arc::clone(&router))
            .layer(axum::middleware::from_fn_with_state(router, telemetry::observe))
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// The pattern that a path fits, for logs and metrics.
    pub(crate) fn pattern(&self, raw: &str) -> &'static str {
        let path = path::read(raw, None).unwrap_or_default();
        let fitting = self
            .routes
            .iter()
            .find(|entry| path::fits(entry.pattern, &path).is_some());
        fitting.map_or("none", |entry| entry.pattern)
    }
}

async fn dispatch(State(router): State<Arc<Router>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let found = path::read(parts.uri.path(), parts.uri.query()).and_then(|path| {
        router
            .find(&parts.method, &path)
            .map(|(entry, name)| (entry, name.to_owned()))
    });
    let (entry, name) = match found {
        Ok(found) => found,
        Err(refusal) => return refuse(refusal),
    };
    if let Err(refusal) = gate::certificate(&router.app, entry.pattern, &parts.extensions) {
        return refuse(refusal);
    }
    let received = Received { parts, name, body };
    (entry.handler)(Arc::clone(&router.app), received).await
}

#[cfg(test)]
mod tests;
