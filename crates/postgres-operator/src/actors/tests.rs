use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{advance, sleep};

use super::*;

fn cluster(name: &str) -> ClusterRef {
    ClusterRef {
        namespace: "ns".into(),
        name: name.into(),
    }
}

/// Runs passes that are recorded with their times in seconds and end as `pass` says.
async fn record<P>(
    pass: impl Fn(ClusterRef, usize) -> P + Clone + Send + 'static,
    story: impl AsyncFnOnce(UnboundedSender<ClusterRef>),
) -> Vec<(String, f64)>
where
    P: Future<Output = Then> + Send + 'static,
{
    let begun = Instant::now();
    let (wakes, woken) = unbounded_channel();
    let seen: Arc<Mutex<Vec<(String, f64)>>> = Arc::default();
    let recorded = Arc::clone(&seen);
    let pass = move |cluster: ClusterRef| {
        let mut seen = recorded.lock().unwrap();
        let count = seen.iter().filter(|(name, _)| *name == cluster.name).count();
        seen.push((cluster.name.clone(), begun.elapsed().as_secs_f64()));
        pass(cluster, count)
    };
    let running = tokio::spawn(run(woken, 4, pass, std::future::pending()));
    story(wakes).await;
    running.abort();
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_wakes_is_one_pass() {
    let passes = record(
        async |_, _| Then::AwaitChange,
        async |wakes| {
            (0..100).for_each(|_| wakes.send(cluster("hippo")).unwrap());
            sleep(Duration::from_secs(1)).await;
        },
    );
    assert_eq!(passes.await, [("hippo".into(), 0.0)]);
}

#[tokio::test(start_paused = true)]
async fn two_passes_of_one_cluster_never_overlap_and_a_wake_meanwhile_is_not_lost() {
    let running = Arc::new(AtomicUsize::new(0));
    let slow = {
        let running = Arc::clone(&running);
        move |_, _| {
            let running = Arc::clone(&running);
            async move {
                assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0);
                sleep(Duration::from_secs(10)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                Then::AwaitChange
            }
        }
    };
    let passes = record(slow, async |wakes| {
        wakes.send(cluster("hippo")).unwrap();
        sleep(Duration::from_secs(5)).await;
        wakes.send(cluster("hippo")).unwrap();
        sleep(Duration::from_mins(1)).await;
    });
    assert_eq!(passes.await, [("hippo".into(), 0.0), ("hippo".into(), 10.0)]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_cluster_holds_up_no_other_one() {
    let pass = |cluster: ClusterRef, _| async move {
        sleep(Duration::from_secs(if cluster.name == "slow" { 100 } else { 0 })).await;
        Then::AwaitChange
    };
    let passes = record(pass, async |wakes| {
        wakes.send(cluster("slow")).unwrap();
        sleep(Duration::from_secs(1)).await;
        wakes.send(cluster("quick")).unwrap();
        sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(passes.await, [("slow".into(), 0.0), ("quick".into(), 1.0)]);
}

#[tokio::test(start_paused = true)]
async fn no_more_clusters_are_worked_on_at_once_than_allowed_and_all_get_their_turn() {
    let pass = |_, _| async {
        sleep(Duration::from_secs(1)).await;
        Then::AwaitChange
    };
    let passes = record(pass, async |wakes| {
        (0..10).for_each(|number| wakes.send(cluster(&number.to_string())).unwrap());
        sleep(Duration::from_secs(10)).await;
    });
    let times: Vec<_> = passes.await.into_iter().map(|(_, at)| at).collect();
    assert_eq!(times, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0]);
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_changed_the_world_is_followed_by_another_until_one_changes_nothing() {
    let pass = async |_, count| if count < 2 { Then::Again } else { Then::AwaitChange };
    let passes = record(pass, async |wakes| {
        wakes.send(cluster("hippo")).unwrap();
        sleep(Duration::from_mins(1)).await;
    });
    assert_eq!(passes.await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_never_comes_to_rest_is_slowed_down() {
    let passes = record(
        async |_, _| Then::Again,
        async |wakes| {
            wakes.send(cluster("hippo")).unwrap();
            sleep(Duration::from_hours(1)).await;
        },
    );
    let count = passes.await.len();
    assert!((40..100).contains(&count), "{count}");
}

#[tokio::test(start_paused = true)]
async fn a_time_is_kept_unless_a_wake_comes_first() {
    let passes = record(
        async |_, _| Then::After(Duration::from_mins(1)),
        async |wakes| {
            wakes.send(cluster("hippo")).unwrap();
            sleep(Duration::from_secs(90)).await;
            wakes.send(cluster("hippo")).unwrap();
            sleep(Duration::from_secs(61)).await;
        },
    );
    let times: Vec<_> = passes.await.into_iter().map(|(_, at)| at.round()).collect();
    assert_eq!(times, [0.0, 60.0, 90.0, 150.0]);
}

#[tokio::test(start_paused = true)]
async fn failures_come_back_less_and_less_often_and_a_wake_ends_the_waiting() {
    let passes = record(
        async |_, _| Then::Failed,
        async |wakes| {
            wakes.send(cluster("hippo")).unwrap();
            sleep(Duration::from_secs(100)).await;
            wakes.send(cluster("hippo")).unwrap();
            sleep(Duration::from_millis(1)).await;
        },
    );
    let times: Vec<_> = passes.await.into_iter().map(|(_, at)| at).collect();
    assert!((7..=10).contains(&times.len()), "{times:?}");
    assert!((times.last().unwrap() - 100.0).abs() < 0.1, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_panics_fails_alone() {
    let pass = async |cluster: ClusterRef, count| {
        assert!(cluster.name != "bad" || 0 < count, "on purpose");
        Then::AwaitChange
    };
    let passes = record(pass, async |wakes| {
        wakes.send(cluster("bad")).unwrap();
        wakes.send(cluster("good")).unwrap();
        sleep(Duration::from_secs(10)).await;
    });
    let names: Vec<_> = passes.await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["bad", "good", "bad"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_running_passes_finish_and_starts_no_more() {
    let (wakes, woken) = unbounded_channel();
    let finished = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&finished);
    let pass = move |_| {
        let counted = Arc::clone(&counted);
        async move {
            sleep(Duration::from_secs(10)).await;
            counted.fetch_add(1, Ordering::SeqCst);
            Then::Again
        }
    };
    wakes.send(cluster("hippo")).unwrap();
    let begun = Instant::now();
    run(woken, 4, pass, sleep(Duration::from_secs(1))).await;
    assert_eq!(
        (begun.elapsed().as_secs(), finished.load(Ordering::SeqCst)),
        (10, 1)
    );
    advance(Duration::from_secs(1)).await;
}

#[test]
fn clusters_that_failed_together_come_back_apart() {
    let waits: BTreeSet<_> = (0..20)
        .map(|number| wait(&cluster(&number.to_string()), 8))
        .collect();
    assert!(10 < waits.len());
    assert!(
        waits.iter().all(|wait| (30..=41).contains(&wait.as_secs())),
        "{waits:?}"
    );
}
