//! Behaviour against a real cluster: what the tests in `tests/` and the program `bench` stand on.
//!
//! A test is one call of [`scene`], which gives it a watched namespace of its own and takes it away again:
//!
//! ```no_run
//! # async fn test() -> e2e::Outcome {
//! e2e::scene("a-cluster-answers", async |scene| {
//!     scene.pgo(&["create", "cluster", "hippo"]).await?;
//!     scene.cluster("hippo").sql().await?.execute("select 1").await
//! })
//! .await
//! # }
//! ```
//!
//! The world is the one that `make env` describes. A test that finds none fails; it is never skipped. Names and labels
//! are written out here a second time, on purpose: users' scripts rely on them, so a test must not follow a rename.

mod audit;
mod bed;
mod caller;
mod certificate;
mod cluster;
mod environment;
mod failure;
mod inventory;
mod load;
mod namespace;
mod pgo;
mod process;
mod scene;
mod sql;
mod turn;
mod wait;
mod writer;

pub use audit::{Request, count, requests_between};
pub use bed::Bed;
pub use caller::{Answer, Caller};
pub use cluster::{Cluster, Role};
pub use environment::Environment;
pub use failure::Account;
pub use inventory::{Inventory, everything};
pub use load::Load;
pub use namespace::Namespace;
pub use pgo::{Pgo, Run};
pub use process::{Usage, usage_of_pod};
pub use scene::{Failed, Outcome, Scene, World, scene, scene_alone};
pub use sql::{Door, Session};
pub use turn::Turn;
pub use wait::{seconds, until, until_all};
pub use writer::{Ack, Ledger, Writer};
