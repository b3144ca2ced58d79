//! Connections: one client for this machine itself, one for the world.

use reqwest::{Client, ClientBuilder, Response, header::HeaderMap, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::sync::OnceCell;
use url::Url;

use crate::{Error, Settings, location::is_loopback};

/// Makes the requests of a run.
pub(crate) struct Clients {
    settings: Settings,
    user_agent: String,
    local: OnceCell<Client>,
    world: OnceCell<Client>,
}

impl Clients {
    pub(crate) fn new(settings: &Settings, user_agent: &str) -> Self {
        // Fails only where one is installed already, which then is as good.
        let _ = ring::default_provider().install_default();
        let (local, world) = (OnceCell::new(), OnceCell::new());
        Self { settings: settings.clone(), user_agent: user_agent.to_owned(), local, world }
    }

    /// Asks for `address` once, following nothing.
    pub(crate) async fn get(
        &self,
        address: &Url,
        headers: HeaderMap,
    ) -> Result<reqwest::Result<Response>, Error> {
        let client = if is_loopback(address) {
            // No proxy stands between a machine and itself, and no certificate is needed: a machine without any can
            // still run on the stand-in publisher.
            let tls = || {
                ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
            };
            let build =
                || async { self.built(Client::builder().no_proxy().tls_backend_preconfigured(tls())) };
            self.local.get_or_try_init(build).await?
        } else {
            self.world.get_or_try_init(|| async { self.built(Client::builder()) }).await?
        };
        Ok(client.get(address.clone()).headers(headers).send().await)
    }

    fn built(&self, builder: ClientBuilder) -> Result<Client, Error> {
        let client = builder
            .user_agent(&self.user_agent)
            .connect_timeout(self.settings.connect_timeout)
            .read_timeout(self.settings.read_timeout)
            // Redirects and retries are decided where the reasons can be told.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build();
        client.map_err(|error| Error::Client { why: reason(&error) })
    }
}

/// Whether the two sides could not agree on a safe connection: asking again does not change that.
pub(crate) fn is_about_trust(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let inside = inside.and_then(|inside| inside.downcast_ref::<rustls::Error>());
        if error.is::<rustls::Error>() || inside.is_some() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Why a request failed: the innermost cause, since those around it only say that a request failed.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_connect() && !error.is_timeout() {
        format!("no connection: {cause}")
    } else {
        cause.to_string()
    }
}
