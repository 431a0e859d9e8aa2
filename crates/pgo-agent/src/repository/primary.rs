//! Where the primary's files are. It moves, so it is asked each time.

use std::time::{Duration, Instant};

use pgo_postgres::pgbackrest::command::Target;

use super::Repository;
use crate::instance::settings::AGENT_PORT;

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks the primary, at least once and for as long as `patience` lasts: after a failover it may take moments until one
/// answers.
pub(super) async fn find(repository: &Repository, patience: Duration) -> Result<Target, String> {
    let client = repository
        .certificates
        .client()
        .map_err(|error| error.to_string())?;
    let url = format!("https://{}:{AGENT_PORT}/pgbackrest-target", repository.primary);
    let began = Instant::now();
    loop {
        let asked = async {
            let answer = client.get(&url).timeout(Duration::from_secs(3)).send().await?;
            answer.error_for_status()?.json::<Target>().await
        };
        match asked.await {
            Ok(target) => return Ok(target),
            Err(error) if began.elapsed() >= patience => {
                return Err(format!("no primary answers at {}: {error}", repository.primary));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
