mod create;
mod delete;
mod show;
mod test;
mod update;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pgo_kube::testing::{Call, Fault};
use serde_json::{Value, json};

use crate::testing::{Reply, World, hippo, lacking, shape};

fn recorded(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}
