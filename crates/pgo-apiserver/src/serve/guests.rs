//! Who has the places: how many connections each address has, and who of them nobody knows yet.
//!
//! No single address can take all the places. And whoever opens connections and says nothing on them, or nothing that
//! lets him in, keeps no others out, also where all have one address because they come through a proxy: when there is no
//! place left, the stranger goes who has been here longest and is not waiting for an answer.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// Connections of one address. Behind a proxy, or a Service that hides where they come from, all callers have one, so it is
/// generous.
pub(super) const EACH: usize = 768;

/// The connections there are, in the order of their coming.
#[derive(Clone, Default)]
pub(super) struct Guests(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    guests: BTreeMap<u64, Entry>,
    next: u64,
}

struct Entry {
    address: IpAddr,
    standing: Standing,
}

/// How a connection stands with us.
#[derive(Clone, Default)]
pub(crate) struct Standing {
    known: Arc<AtomicBool>,
    asking: Arc<AtomicUsize>,
    leave: CancellationToken,
}

/// A request that is not answered yet.
pub(super) struct Asking(Standing);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.asking.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Standing {
    /// Somebody was let in on this connection.
    pub(crate) fn let_in(&self) {
        self.known.store(true, Ordering::Relaxed);
    }

    /// A request has come.
    pub(super) fn asks(&self) -> Asking {
        self.asking.fetch_add(1, Ordering::Relaxed);
        Asking(self.clone())
    }

    fn is_idle_stranger(&self) -> bool {
        !self.known.load(Ordering::Relaxed) && self.asking.load(Ordering::Relaxed) == 0
    }

    /// Waits until the place is wanted by somebody else.
    pub(super) async fn dismissed(&self) {
        self.leave.cancelled().await;
    }
}

/// One connection, for as long as the value lives.
pub(super) struct Guest {
    guests: Guests,
    number: u64,
    /// To be told, and listened to.
    pub(super) standing: Standing,
}

impl Guests {
    /// Counts one more, unless the address has as many as it may and none of them can go.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Guest> {
        let mut book = self.book();
        let is_here = |entry: &Entry| entry.address == address;
        if book.guests.values().filter(|entry| is_here(entry)).count() >= EACH && !book.dismiss(is_here) {
            return None;
        }
        let (number, standing) = (book.next, Standing::default());
        book.next += 1;
        let entry = Entry {
            address,
            standing: standing.clone(),
        };
        book.guests.insert(number, entry);
        Some(Guest {
            guests: self.clone(),
            number,
            standing,
        })
    }

    /// Makes room, if somebody can go.
    pub(super) fn make_room(&self) {
        self.book().dismiss(|_| true);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Asks the stranger to leave who has been here longest and waits for nothing; says whether there was one.
    fn dismiss(&mut self, of_those: impl Fn(&Entry) -> bool) -> bool {
        let mut strangers = self
            .guests
            .iter()
            .filter(|(_, entry)| of_those(entry) && entry.standing.is_idle_stranger());
        let Some((&number, _)) = strangers.next() else {
            return false;
        };
        let dismissed = self.guests.remove(&number);
        dismissed.inspect(|entry| entry.standing.leave.cancel()).is_some()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.book().guests.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> IpAddr {
        IpAddr::from([192, 0, 2, 1])
    }

    #[test]
    fn an_address_has_its_share_and_nothing_is_kept_of_those_who_left() {
        let guests = Guests::default();
        let all: Vec<_> = (0..EACH).map_while(|_| guests.admit(here())).collect();
        assert_eq!(all.len(), EACH);
        for guest in &all {
            guest.standing.let_in();
        }
        assert!(guests.admit(here()).is_none());
        assert!(guests.admit(IpAddr::from([192, 0, 2, 2])).is_some());
        drop(all);
        assert!(guests.book().guests.is_empty());
    }

    #[test]
    fn the_stranger_who_has_been_here_longest_makes_room() {
        let guests = Guests::default();
        let all: Vec<_> = (0..EACH).map_while(|_| guests.admit(here())).collect();
        let elsewhere = guests.admit(IpAddr::from([192, 0, 2, 2])).unwrap();
        all[0].standing.let_in();
        let asking = all[1].standing.asks();
        let gone = || {
            let gone = all
                .iter()
                .enumerate()
                .filter(|(_, guest)| guest.standing.leave.is_cancelled());
            gone.map(|(number, _)| number).collect::<Vec<_>>()
        };
        let new = guests.admit(here()).unwrap();
        assert_eq!(gone(), [2], "one is known, and one waits for an answer");
        drop(asking);
        guests.make_room();
        assert_eq!(gone(), [1, 2]);
        assert!(!elsewhere.standing.leave.is_cancelled() && !new.standing.leave.is_cancelled());
    }
}
