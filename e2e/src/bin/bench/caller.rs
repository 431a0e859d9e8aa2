//! A caller of the API server without the start of a process: what is measured with it is the server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::{Environment, seconds};
use reqwest::{Certificate, Client, Identity};
use serde_json::{Value, json};

/// Somebody with a name, a password and a connection.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    http: Client,
    server: String,
    user: String,
    password: String,
}

impl Caller {
    /// The administrator whom the environment names, with its client certificate.
    pub(crate) fn administrator(environment: &Environment) -> Result<Self> {
        let variable = |name| {
            let value = environment.get(name);
            value.with_context(|| format!("{name} is not set"))
        };
        Ok(Self {
            http: connection(environment)?,
            server: variable("PGO_APISERVER_URL")?.to_owned(),
            user: variable("PGOUSERNAME")?.to_owned(),
            password: variable("PGOUSERPASS")?.to_owned(),
        })
    }

    /// Somebody else, on a connection of its own.
    pub(crate) fn somebody(&self, environment: &Environment, user: &str, password: &str) -> Result<Self> {
        Ok(Self {
            http: connection(environment)?,
            server: self.server.clone(),
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }

    /// Asks for the version: the least that a request can be. Returns how long it took.
    pub(crate) async fn version(&self) -> Result<Duration> {
        let started = Instant::now();
        self.answered(self.http.get(format!("{}/version", self.server)))
            .await?;
        Ok(started.elapsed())
    }

    /// Sends a request of 4.2's protocol. Returns the answer and how long it took to arrive.
    pub(crate) async fn post(&self, route: &str, mut request: Value) -> Result<(Value, Duration)> {
        for key in ["ClientVersion", "clientversion"] {
            request[key] = json!("4.2.0");
        }
        let request = self
            .http
            .post(format!("{}{route}", self.server))
            .body(request.to_string());
        let started = Instant::now();
        let answer = self.answered(request).await?;
        let took = started.elapsed();
        let answer: Value = serde_json::from_slice(&answer)?;
        let status = answer.get("status").unwrap_or(&answer);
        ensure!(status["Code"] == "ok", "{route}: {}", status["Msg"]);
        Ok((answer, took))
    }

    async fn answered(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>> {
        let request = request.basic_auth(&self.user, Some(&self.password));
        let response = request.send().await?.error_for_status()?;
        Ok(response.bytes().await?.to_vec())
    }
}

fn connection(environment: &Environment) -> Result<Client> {
    let file = |name| {
        let path = environment
            .get(name)
            .with_context(|| format!("{name} is not set"))?;
        std::fs::read(path).with_context(|| format!("{name} names {path}, which cannot be read"))
    };
    // Somebody else may have chosen before us.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let pair = [file("PGO_CLIENT_CERT")?, file("PGO_CLIENT_KEY")?].concat();
    let builder = Client::builder()
        .http1_only()
        .no_proxy()
        .timeout(seconds(60))
        .tls_certs_only(Certificate::from_pem_bundle(&file("PGO_CA_CERT")?)?)
        .identity(Identity::from_pem(&pair)?);
    Ok(builder.build()?)
}
