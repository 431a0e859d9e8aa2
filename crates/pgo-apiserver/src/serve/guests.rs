//! How many connections each address has, so that no single one can take all the places.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections of one address. Behind a proxy all callers have one, so it is generous.
pub(super) const EACH: usize = 256;

/// The connections there are, by address.
#[derive(Clone, Default)]
pub(super) struct Guests(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them, for as long as the value lives.
pub(super) struct Guest {
    guests: Guests,
    address: IpAddr,
}

impl Guests {
    /// Counts one more, unless the address has as many as it may.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Guest> {
        let mut connections = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = connections.entry(address).or_default();
        if *count >= EACH {
            return None;
        }
        *count += 1;
        Some(Guest {
            guests: self.clone(),
            address,
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut connections = self.guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = connections.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                connections.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_nothing_is_kept_of_those_who_left() {
        let guests = Guests::default();
        let [one, other] = [1, 2].map(|host| IpAddr::from([192, 0, 2, host]));
        let all: Vec<_> = (0..EACH).map_while(|_| guests.admit(one)).collect();
        assert_eq!(all.len(), EACH);
        assert!(guests.admit(one).is_none());
        assert!(guests.admit(other).is_some());
        drop(all);
        assert!(guests.0.lock().unwrap().is_empty());
    }
}
