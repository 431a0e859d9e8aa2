//! How often somebody may be wrong: a few times at once, then once in a while, counted by address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Failures that an address may have at once.
const AT_ONCE: u32 = 20;
/// How long it takes until one of them is forgiven.
const FORGIVEN: Duration = Duration::from_secs(3);
/// The most addresses that are kept; of more, those are forgotten that have been good for longest.
const ADDRESSES: usize = 10_000;

/// The failures of a short while.
#[derive(Default)]
pub(super) struct Failures(Mutex<HashMap<IpAddr, Instant>>);

/// For how long an address is not listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// Until the next attempt.
    pub(crate) wait: Duration,
}

// What is kept of an address is the moment at which all its failures will be forgiven: each adds its share to it.
impl Failures {
    /// Refuses an address that has failed too often.
    pub(super) fn check(&self, address: IpAddr) -> Result<(), TooMany> {
        let addresses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let owed = addresses.get(&network(address)).map_or(Duration::ZERO, |clear| {
            clear.saturating_duration_since(Instant::now())
        });
        match owed.checked_sub(FORGIVEN * (AT_ONCE - 1)) {
            Some(wait) if !wait.is_zero() => Err(TooMany { wait }),
            _ => Ok(()),
        }
    }

    /// Counts a failure.
    pub(super) fn count(&self, address: IpAddr) {
        let now = Instant::now();
        let mut addresses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let clear = addresses.entry(network(address)).or_insert(now);
        *clear = (*clear).max(now) + FORGIVEN;
        if addresses.len() > ADDRESSES {
            addresses.retain(|_, clear| *clear > now);
        }
        if addresses.len() > ADDRESSES
            && let Some(best) = addresses
                .iter()
                .min_by_key(|(_, clear)| **clear)
                .map(|(address, _)| *address)
        {
            addresses.remove(&best);
        }
    }
}

/// Of IPv6, whoever has one address has the other 2⁶⁴ of its network as well.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_may_be_wrong_some_times_and_then_once_in_a_while() {
        let failures = Failures::default();
        let one = address("192.0.2.1");
        for _ in 0..AT_ONCE {
            assert_eq!(failures.check(one), Ok(()));
            failures.count(one);
        }
        let wait = failures.check(one).unwrap_err().wait;
        assert!(wait <= FORGIVEN, "{wait:?}");
        assert_eq!(failures.check(address("192.0.2.2")), Ok(()));
        tokio::time::advance(wait).await;
        assert_eq!(failures.check(one), Ok(()));
        failures.count(one);
        assert!(failures.check(one).is_err());
        tokio::time::advance(FORGIVEN * AT_ONCE).await;
        for _ in 0..AT_ONCE {
            assert_eq!(failures.check(one), Ok(()));
            failures.count(one);
        }
        assert!(failures.check(one).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_of_ipv6_counts_as_one_and_ten_thousand_are_kept() {
        let failures = Failures::default();
        for host in 0..u16::try_from(AT_ONCE).unwrap() {
            failures.count(address(&format!("2001:db8::{host}")));
        }
        assert!(failures.check(address("2001:db8::ffff")).is_err());
        assert_eq!(failures.check(address("2001:db8:0:1::1")), Ok(()));
        for number in 0..u32::try_from(ADDRESSES).unwrap() + 5 {
            failures.count(IpAddr::from(number.to_be_bytes()));
        }
        assert!(
            failures.check(address("2001:db8::1")).is_err(),
            "the worst are kept"
        );
        assert_eq!(failures.0.lock().unwrap().len(), ADDRESSES);
    }
}
