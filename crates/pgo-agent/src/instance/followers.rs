//! Says on the leader's pod from which of the members that should follow it nothing is heard.
//!
//! Kubernetes takes most of a minute to notice that a node is lost, and calls the pods on it ready until then. The
//! primary knows sooner: it ends the connection of a replica that has been silent for `wal_sender_timeout`, and a replica
//! that lives is back in a second or two.
//!
//! Nobody is asked for that. [`super::guard`] hears from Patroni each second whom WAL is sent; who the members are stands
//! in the leader lock, where Patroni in failsafe mode notes them. Where that mode was switched off, nothing is said.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use pgo_postgres::patroni::member::UNHEARD;
use tokio::sync::watch;
use tracing::{info, warn};

use super::Instance;
use super::leader::View;
use super::notice::Notice;
use super::patroni::Status;

/// How long a member may be sent nothing. With the five seconds that `PostgreSQL` takes to end a silent connection, a lost
/// replica is known after ten.
const LIMIT: Duration = Duration::from_secs(4);

/// How much of the time between two answers counts. After a longer one it was this instance that stood still, and every
/// connection with it.
const LONGEST: Duration = Duration::from_secs(2);

/// What to look at and where to say it.
pub(crate) struct Watch {
    me: String,
    views: watch::Receiver<View>,
    statuses: watch::Receiver<Status>,
    notice: Notice,
}

impl Watch {
    pub(crate) fn new(instance: &Instance) -> Self {
        Self {
            me: instance.settings.pod.clone(),
            views: instance.views.clone(),
            statuses: instance.patroni.listen(),
            notice: Notice::new(instance.client.clone(), &instance.settings, UNHEARD),
        }
    }

    /// Watches for as long as the supervisor lives.
    pub(crate) async fn keep(mut self) {
        let began = Instant::now();
        let mut roll = Roll::default();
        loop {
            tokio::select! {
                changed = self.views.changed() => {
                    if changed.is_err() { return }
                    if self.views.borrow().leader.as_ref() != Some(&self.me) {
                        // Whoever leads now speaks for the cluster.
                        roll = Roll::default();
                        self.notice.withdraw();
                    }
                }
                changed = self.statuses.changed() => {
                    if changed.is_err() { return }
                    self.look(&mut roll, began.elapsed());
                }
            }
            self.notice.show().await;
        }
    }

    /// Takes note of what Patroni has just said.
    fn look(&mut self, roll: &mut Roll, now: Duration) {
        let (view, status) = (self.views.borrow(), self.statuses.borrow());
        match roll.hear(now, &self.me, &view, &status) {
            None => (),
            Some(unheard) if unheard.is_empty() => {
                info!("every member that should follow is heard");
                self.notice.take_down();
            }
            Some(unheard) => {
                let unheard: Vec<&str> = unheard.iter().map(String::as_str).collect();
                let unheard = unheard.join(",");
                warn!(unheard, "nothing is heard from members that should follow");
                self.notice.put_up(&unheard);
            }
        }
    }
}

/// The members that should follow while this instance leads: those that were there when it began to, and those that came
/// later and have followed. One that is only being made, and is not ready, is not missed.
#[derive(Clone, Debug, Default)]
struct Roll {
    /// When the last answer came, and how much time has counted until then.
    clock: Option<(Duration, Duration)>,
    /// When each was sent WAL last, or should have been at first, by that clock.
    heard: Option<BTreeMap<String, Duration>>,
    /// From whom nothing was heard when that was last said; `None` before it is known of everybody.
    unheard: Option<BTreeSet<String>>,
}

impl Roll {
    /// Takes note of what Patroni says while `me` leads. Says from whom nothing is heard when that is news.
    fn hear(&mut self, now: Duration, me: &str, view: &View, status: &Status) -> Option<&BTreeSet<String>> {
        if view.leader.as_deref() != Some(me) {
            return None;
        }
        let members = view.heirs.iter().flatten().filter(|member| *member != me);
        let members: BTreeSet<String> = members.cloned().collect();
        self.observe(now, &members, &status.receivers()?)
    }

    /// Takes note of who is sent WAL. Says from whom nothing is heard when that is news.
    fn observe(
        &mut self,
        now: Duration,
        members: &BTreeSet<String>,
        receivers: &BTreeSet<&str>,
    ) -> Option<&BTreeSet<String>> {
        let now = self.count(now);
        let heard = self
            .heard
            .get_or_insert_with(|| members.iter().map(|member| (member.clone(), now)).collect());
        heard.retain(|member, _| members.contains(member));
        let follows = |member: &String| receivers.contains(member.as_str());
        let following = members.iter().filter(|member| follows(member));
        heard.extend(following.map(|member| (member.clone(), now)));
        let is_lost = |since: &Duration| now.saturating_sub(*since) > LIMIT;
        // At first nobody has had the time to come. An earlier container of this pod may have named one who has not, and
        // that stands until it is known of everybody.
        let mut undecided = heard
            .iter()
            .filter(|(member, since)| !follows(member) && !is_lost(since));
        if self.unheard.is_none() && undecided.next().is_some() {
            return None;
        }
        let lost = heard.iter().filter(|(_, since)| is_lost(since));
        let unheard: BTreeSet<String> = lost.map(|(member, _)| member.clone()).collect();
        if self.unheard.as_ref() == Some(&unheard) {
            return None;
        }
        Some(self.unheard.insert(unheard))
    }

    /// The time that counts, at an answer that comes now.
    fn count(&mut self, now: Duration) -> Duration {
        let (before, counted) = self.clock.unwrap_or((now, Duration::ZERO));
        let counted = counted + now.saturating_sub(before).min(LONGEST);
        self.clock = Some((now, counted));
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members, and those of them that are sent WAL.
    type Answer = (&'static [&'static str], &'static [&'static str]);

    /// What is told by answers that come every second, with the second.
    fn told(answers: impl IntoIterator<Item = Answer>) -> Vec<(u64, Vec<String>)> {
        told_at((0..).zip(answers))
    }

    fn told_at(answers: impl IntoIterator<Item = (u64, Answer)>) -> Vec<(u64, Vec<String>)> {
        let mut roll = Roll::default();
        let mut told = Vec::new();
        for (second, (members, receivers)) in answers {
            let members = members.iter().map(|&member| member.to_owned()).collect();
            let receivers = receivers.iter().copied().collect();
            if let Some(unheard) = roll.observe(Duration::from_secs(second), &members, &receivers) {
                told.push((second, unheard.iter().cloned().collect()));
            }
        }
        told
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    const BOTH: &[&str] = &["hippo-2", "hippo-3"];
    const ONE: &[&str] = &["hippo-2"];
    const NOBODY: &[&str] = &[];

    #[test]
    fn who_is_sent_nothing_for_some_seconds_is_named_once_and_until_it_is_back() {
        let well = [(BOTH, BOTH); 3];
        let lost = [(BOTH, ONE); 60];
        assert_eq!(
            told(well.into_iter().chain(lost).chain(well)),
            [(0, vec![]), (7, names(&["hippo-3"])), (63, vec![])]
        );
    }

    #[test]
    fn who_is_back_in_time_is_not_named() {
        let away = [(BOTH, ONE); 4];
        let well = [(BOTH, BOTH)];
        let answers = well.into_iter().chain(away).cycle().take(50);
        assert_eq!(told(answers), [(0, vec![])]);
    }

    #[test]
    fn who_did_not_listen_for_a_while_misses_nobody_yet() {
        let before = [(0, (BOTH, BOTH)), (1, (BOTH, BOTH))];
        let after = (20..40).map(|second| (second, (BOTH, NOBODY)));
        assert_eq!(
            told_at(before.into_iter().chain(after.clone())),
            [(0, vec![]), (23, names(BOTH))]
        );
        let back = after.take(3).chain([(23, (BOTH, BOTH))]);
        assert_eq!(told_at(before.into_iter().chain(back)), [(0, vec![])]);
    }

    #[test]
    fn a_new_leader_says_nothing_before_it_knows_and_then_names_those_who_did_not_come() {
        assert_eq!(told([(BOTH, NOBODY); 20]), [(5, names(BOTH))]);
        let one_comes = [(BOTH, NOBODY); 3].into_iter().chain([(BOTH, ONE); 20]);
        assert_eq!(told(one_comes), [(5, names(&["hippo-3"]))]);
        let both_come = [(BOTH, NOBODY); 3].into_iter().chain([(BOTH, BOTH); 20]);
        assert_eq!(told(both_come), [(3, vec![])]);
    }

    #[test]
    fn a_replica_that_is_being_made_is_not_named_before_it_has_followed() {
        let alone = [(ONE, ONE); 2];
        let made = [(BOTH, ONE); 100];
        let follows = [(BOTH, BOTH); 2];
        let lost = [(BOTH, ONE); 10];
        let answers = alone.into_iter().chain(made).chain(follows).chain(lost);
        assert_eq!(told(answers), [(0, vec![]), (108, names(&["hippo-3"]))]);
    }

    #[test]
    fn only_a_leader_whose_patroni_has_asked_its_postgresql_misses_anybody() {
        let view = View {
            leader: Some("hippo-1".to_owned()),
            heirs: Some(["hippo-1", "hippo-2"].map(str::to_owned).into()),
            ..View::default()
        };
        let status = Status {
            role: "primary".to_owned(),
            state: "running".to_owned(),
            ..Status::default()
        };
        let missed = |me: &str, view: &View, status: &Status| {
            let mut roll = Roll::default();
            let mut hear = |second| {
                let unheard = roll.hear(Duration::from_secs(second), me, view, status)?;
                Some(unheard.iter().cloned().collect::<Vec<_>>())
            };
            (0..10).filter_map(&mut hear).flatten().collect::<Vec<_>>()
        };
        assert_eq!(missed("hippo-1", &view, &status), ["hippo-2"]);
        assert_eq!(missed("hippo-2", &view, &status), [""; 0], "another one leads");
        let unlimited = View {
            heirs: None,
            ..view.clone()
        };
        assert_eq!(
            missed("hippo-1", &unlimited, &status),
            [""; 0],
            "nobody knows the members"
        );
        let unasked = Status {
            state: "unknown".to_owned(),
            ..status
        };
        assert_eq!(missed("hippo-1", &view, &unasked), [""; 0], "nobody was asked");
    }

    #[test]
    fn who_is_no_member_any_more_is_not_named_any_more() {
        let lost = [(BOTH, ONE); 10];
        let gone = [(ONE, ONE); 10];
        assert_eq!(
            told(lost.into_iter().chain(gone)),
            [(5, names(&["hippo-3"])), (10, vec![])]
        );
    }
}
