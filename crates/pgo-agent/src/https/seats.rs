//! How many clients there may be at a time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// How many in all.
const SEATS: usize = 256;

/// How many of one address. The probes come one after another, and whoever has work for us comes once.
const EACH: usize = 16;

/// Who has a seat, by address.
#[derive(Clone, Default)]
pub(super) struct Seats(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A seat that is taken, until this is dropped.
pub(super) struct Seat {
    seats: Seats,
    of: IpAddr,
}

impl Seats {
    /// Takes a seat, if there is one for this address.
    pub(super) fn take(&self, of: IpAddr) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= SEATS {
            return None;
        }
        let own = taken.entry(of).or_default();
        if *own >= EACH {
            return None;
        }
        *own += 1;
        Some(Seat {
            seats: self.clone(),
            of,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.of) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn one_address_cannot_keep_the_others_out() {
        let seats = Seats::default();
        let mut held: Vec<Seat> = (0..EACH).map_while(|_| seats.take(address(1))).collect();
        assert_eq!(held.len(), EACH);
        assert!(seats.take(address(1)).is_none());
        assert!(seats.take(address(2)).is_some());
        held.pop();
        assert!(seats.take(address(1)).is_some());
    }

    #[test]
    fn there_is_an_end_to_all_of_them_and_nothing_stays_of_those_who_left() {
        let seats = Seats::default();
        let held: Vec<Seat> = (0..SEATS)
            .filter_map(|n| seats.take(address(u8::try_from(n / EACH).unwrap())))
            .collect();
        assert_eq!(held.len(), SEATS);
        assert!(seats.take(address(255)).is_none());
        drop(held);
        assert!(seats.0.lock().unwrap().is_empty());
    }
}
