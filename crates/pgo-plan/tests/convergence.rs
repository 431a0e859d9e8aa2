//! However often the operator dies, whatever blinks, is lost, fails or is seen too late: every story ends as the calm
//! one does, nothing that must not happen ever happens, and at the end nothing is left to write.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod world;

use std::collections::VecDeque;
use std::sync::LazyLock;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pgo_crd::{Pgcluster, PgclusterSpec, Pgreplica, PgreplicaSpec};
use pgo_plan::names::{ClusterName, InstanceName};
use pgo_plan::plan::{Action, Exactly, Kind, Next};
use pgo_plan::task::{self, Removal};
use pgo_plan::{Defaults, Observed, labels, plan};
use world::World;

/// More than any story needs when nothing goes wrong.
const PASSES: usize = 45;
/// When the user asks for something that changes a cluster that lives.
const ASKED_AT: usize = 14;
/// When a cluster is deleted that has another primary since [`ASKED_AT`].
const DELETED_AT: usize = ASKED_AT + 3;
/// The oldest view that the operator may have, in passes.
const OLDEST: usize = 12;

/// What the user asks for, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Story {
    Birth,
    ScaleUp,
    ScaleDown {
        delete_data: bool,
    },
    Remove(Removal),
    RemoveInBirth,
    KubectlDelete,
    /// Another instance has become the primary, and the first one's volume is behind, when the cluster is deleted and
    /// made again.
    TakeOver,
    NewImage,
    NewPort,
}

const STORIES: [Story; 12] = [
    Story::Birth,
    Story::ScaleUp,
    Story::ScaleDown { delete_data: true },
    Story::ScaleDown { delete_data: false },
    Story::Remove(Removal {
        data: true,
        backups: true,
    }),
    Story::Remove(Removal {
        data: true,
        backups: false,
    }),
    Story::Remove(Removal {
        data: false,
        backups: true,
    }),
    Story::RemoveInBirth,
    Story::KubectlDelete,
    Story::TakeOver,
    Story::NewImage,
    Story::NewPort,
];

/// What goes wrong, and in which pass.
#[derive(Clone, Debug, Default)]
struct Faults {
    /// The operator dies after so many writes.
    killed: Vec<(usize, usize)>,
    /// A Deployment's pods are not ready.
    blinks: Vec<(usize, &'static str)>,
    /// The leader hears nothing from a Deployment's pods, which are called ready.
    silences: Vec<(usize, &'static str)>,
    /// A Deployment's pod is gone.
    losses: Vec<(usize, &'static str)>,
    /// The operator sees what was there so many passes before.
    stale: Vec<(usize, usize)>,
    /// So many Jobs fail.
    failures: u32,
}

fn name() -> ClusterName {
    ClusterName::parse("hippo").unwrap()
}

fn created() -> World {
    let mut world = World::default();
    let metadata = ObjectMeta {
        name: Some("hippo".into()),
        namespace: Some("ns".into()),
        ..ObjectMeta::default()
    };
    let spec = PgclusterSpec {
        replicas: "2".into(),
        ..PgclusterSpec::default()
    };
    let metadata = world.born(&metadata);
    world.cluster = Some(Pgcluster {
        metadata,
        spec,
        status: None,
    });
    let mut diary = task::creation(&name(), "ns", "some-uuid", "admin", "2026-01-02T03:00:00Z");
    diary.metadata = world.born(&diary.metadata);
    world.tasks.insert("hippo-createcluster".into(), diary);
    world
}

/// The replica that the stories are about: one of those that the cluster is born with.
fn born_replica() -> InstanceName {
    name().born_replica("uid-1", 0)
}

/// The user does what the story says, and fate what it needs for that.
fn ask(story: Story, pass: usize, world: &mut World) {
    let due = match story {
        Story::RemoveInBirth => pass == 3,
        Story::TakeOver => pass >= ASKED_AT,
        _ => pass == ASKED_AT,
    };
    if !due {
        return;
    }
    match story {
        Story::ScaleUp => {
            let metadata = world.born(&ObjectMeta {
                name: Some("hippo-more".into()),
                namespace: Some("ns".into()),
                labels: Some(labels::of_cluster(&name())),
                ..ObjectMeta::default()
            });
            let spec = PgreplicaSpec {
                clustername: "hippo".into(),
                ..PgreplicaSpec::default()
            };
            world.replicas.insert(
                "hippo-more".into(),
                Pgreplica {
                    metadata,
                    spec,
                    status: None,
                },
            );
        }
        Story::ScaleDown { delete_data } => {
            let replica = born_replica();
            world.unwanted.insert(replica.to_string());
            if delete_data {
                world.released.insert(replica.claim());
            }
            add_task(world, task::scaledown(&name(), "ns", &replica, delete_data));
        }
        Story::RemoveInBirth => remove(
            world,
            Removal {
                data: true,
                backups: true,
            },
        ),
        Story::Remove(removal) => remove(world, removal),
        Story::KubectlDelete => delete(world),
        Story::TakeOver if pass == ASKED_AT => {
            world.frozen.insert("hippo".into());
            world.lose_pod("hippo");
        }
        Story::TakeOver if pass == DELETED_AT => delete(world),
        Story::TakeOver if pass > DELETED_AT && world.cluster.is_none() => make_again(world),
        Story::Birth | Story::TakeOver => (),
        Story::NewImage => {
            let cluster = world.cluster.as_mut().unwrap();
            cluster.spec.ccpimagetag = "4.2.1".into();
            cluster.metadata.generation = Some(2);
        }
        Story::NewPort => {
            let cluster = world.cluster.as_mut().unwrap();
            cluster.spec.port = "6543".into();
            cluster.metadata.generation = Some(2);
        }
    }
}

fn delete(world: &mut World) {
    world.unwanted.extend(world.deployments.keys().cloned());
    world.delete_cluster();
}

/// A cluster of the same name, whose replicas have the same names whatever was before.
fn make_again(world: &mut World) {
    let mut again = created().cluster.unwrap();
    again.metadata = ObjectMeta {
        uid: Some("uid-again".into()),
        ..world.born(&again.metadata)
    };
    world.cluster = Some(again);
    world.reborn = true;
    world.backed_up = false;
    world.frozen.clear();
    world.unwanted.clear();
}

fn remove(world: &mut World, removal: Removal) {
    let all = ["hippo", "hippo-backrest-shared-repo"].map(str::to_owned);
    world.unwanted.extend(all);
    world
        .unwanted
        .extend((0..2).map(|index| name().born_replica("uid-1", index).to_string()));
    let backups = "hippo-pgbr-repo".to_owned();
    if removal.data {
        let claims = world.unwanted.clone();
        world.released.extend(claims);
        world.released.remove(&backups);
    }
    if removal.backups {
        world.released.insert(backups);
    }
    add_task(world, task::removal(&name(), "ns", removal));
}

fn add_task(world: &mut World, mut task: pgo_crd::Pgtask) {
    task.metadata = world.born(&task.metadata);
    world.tasks.insert(task.metadata.name.clone().unwrap(), task);
}

/// A story without faults: the world before each pass, and how many writes the pass made.
struct Calm {
    story: Story,
    worlds: Vec<World>,
    writes: Vec<usize>,
}

impl Calm {
    fn live(story: Story) -> Self {
        let mut calm = Self {
            story,
            worlds: vec![created()],
            writes: Vec::new(),
        };
        let mut world = created();
        for pass in 0..PASSES {
            ask(story, pass, &mut world);
            calm.writes.push(step_now(&mut world, usize::MAX).0);
            world.tick();
            calm.worlds.push(world.clone());
        }
        assert!(world.wrongs.is_empty(), "{story:?}: {:?}", world.wrongs);
        assert!(
            calm.writes.iter().rev().take(3).all(|writes| *writes == 0),
            "{story:?} never settles"
        );
        calm
    }

    fn end(&self) -> Vec<String> {
        self.end_of(self.worlds.last().unwrap())
    }

    /// Who leads at a moment is chance, and so is from which volume the next cluster starts.
    fn end_of(&self, world: &World) -> Vec<String> {
        let mut end = end(world);
        end.retain(|line| self.story != Story::TakeOver || !line.contains(labels::TEMPLATE));
        end
    }

    /// The passes in which this story differs from a mere birth.
    fn passes(&self) -> std::ops::Range<usize> {
        let settled = self
            .writes
            .iter()
            .rposition(|writes| *writes > 0)
            .map_or(0, |last| last + 2);
        match self.story {
            Story::Birth | Story::RemoveInBirth => 0..settled,
            _ => ASKED_AT..settled,
        }
    }

    /// Lives on from a pass with faults until nothing happens any more.
    fn live_on(&self, first: usize, faults: &Faults) -> World {
        let mut world = self.worlds[first].clone();
        world.failures = faults.failures;
        let from = first.saturating_sub(OLDEST);
        let mut past: VecDeque<World> = self.worlds[from..first].iter().rev().cloned().collect();
        let mut quiet = 0;
        for pass in first.. {
            ask(self.story, pass, &mut world);
            let mut any = false;
            for (_, target) in faults.losses.iter().filter(|(at, _)| *at == pass) {
                world.lose_pod(target);
                any = true;
            }
            for (_, target) in faults.blinks.iter().filter(|(at, _)| *at == pass) {
                world.blink(target);
                any = true;
            }
            for (_, target) in faults.silences.iter().filter(|(at, _)| *at == pass) {
                world.miss(target);
                any = true;
            }
            let age = faults
                .stale
                .iter()
                .find(|(at, _)| *at == pass)
                .map_or(0, |(_, age)| *age);
            // Keeping the past is most of the work.
            let late = faults.stale.iter().any(|(at, _)| *at >= pass);
            if late {
                past.push_front(world.clone());
                past.truncate(OLDEST + 1);
            }
            let life = faults
                .killed
                .iter()
                .find(|(at, _)| *at == pass)
                .map_or(usize::MAX, |(_, writes)| *writes);
            let (writes, next) = if late {
                step(&mut world, &past[age.min(past.len() - 1)], life)
            } else {
                step_now(&mut world, life)
            };
            world.tick();
            if let (0, Next::At(time)) = (writes, next) {
                world.wait_until(time);
            }
            let asked = match self.story {
                Story::Birth => true,
                Story::TakeOver => world.reborn,
                _ => pass > ASKED_AT,
            };
            let calm = writes == 0 && !any && age == 0 && life == usize::MAX && asked;
            quiet = if calm { quiet + 1 } else { 0 };
            if quiet > 3 {
                break;
            }
            assert!(pass < first + 1000, "{:?} {faults:?} never settles", self.story);
        }
        world
    }

    /// Checks one run against the calm one.
    fn check(&self, first: usize, faults: &Faults) {
        let story = self.story;
        let world = self.live_on(first, faults);
        assert!(
            world.wrongs.is_empty(),
            "{story:?} {faults:?}: {:?}",
            world.wrongs
        );
        // A replica that has become the leader cannot be removed: that story ends otherwise, but never wrongly.
        let refused =
            matches!(story, Story::ScaleDown { .. }) && world.replicas.contains_key(born_replica().as_str());
        if !refused {
            assert_eq!(self.end_of(&world), self.end(), "{story:?} {faults:?}");
        }
    }
}

/// One pass of the operator with a view that may be old; but that it has let a cluster go itself, it knows.
fn step(world: &mut World, view: &World, life: usize) -> (usize, Next) {
    let gone = world.reborn && !view.reborn;
    let Some(cluster) = view.cluster.as_ref().filter(|_| !gone) else {
        return (0, Next::AwaitChange);
    };
    // The clock is never old.
    let observed = Observed {
        now: world.now(),
        ..view.observe()
    };
    carry_out(world, cluster, &observed, life)
}

/// One pass of the operator with a fresh view.
fn step_now(world: &mut World, life: usize) -> (usize, Next) {
    let Some(cluster) = world.cluster.clone() else {
        return (0, Next::AwaitChange);
    };
    let observed = world.observe();
    carry_out(world, &cluster, &observed, life)
}

fn carry_out(world: &mut World, cluster: &Pgcluster, observed: &Observed, life: usize) -> (usize, Next) {
    static DEFAULTS: LazyLock<Defaults> = LazyLock::new(Defaults::built_in);
    let decided = plan(cluster, &DEFAULTS, observed);
    if let Some(Action::Delete(all)) = &decided.action {
        let names_a_volume = all.iter().any(|it| it.kind == Kind::PersistentVolumeClaim);
        if names_a_volume && !observed.tasks.iter().any(|it| it.spec.tasktype == "delete-data") {
            world
                .wrongs
                .push("a volume is to be deleted although nobody asked for it".into());
        }
        let leads =
            |it: &Exactly| it.kind == Kind::Deployment && observed.leads(&InstanceName::new(&it.name));
        if cluster.metadata.deletion_timestamp.is_none() && all.iter().any(leads) {
            world.wrongs.push("the leader is to be removed".into());
        }
    }
    let writes = world.apply(&decided, cluster.metadata.uid.as_deref(), life);
    (writes, decided.next)
}

/// How a story ends: which objects there are and what the cluster says of itself.
fn end(world: &World) -> Vec<String> {
    let mut end: Vec<String> = world
        .inventory()
        .into_iter()
        .filter(|line| !line.starts_with("Pod/"))
        .collect();
    if let Some(status) = world.cluster.as_ref().and_then(|cluster| cluster.status.as_ref()) {
        let said = status
            .conditions
            .iter()
            .map(|it| format!("{}={} {}", it.type_, it.status, it.reason));
        end.extend(said);
        end.push(format!(
            "{} {} {}",
            status.initialized, status.replicas_declared, status.replicas
        ));
    }
    end.extend(
        world
            .deployments
            .values()
            .map(|it| format!("{:?}", it.metadata.annotations)),
    );
    end
}

/// The targets of faults.
fn targets() -> [&'static str; 3] {
    [
        "hippo",
        "hippo-backrest-shared-repo",
        born_replica().to_string().leak(),
    ]
}

#[test]
fn calm_stories_end_as_they_should() {
    let ends: Vec<_> = STORIES
        .map(|story| (format!("{story:?}"), Calm::live(story).end()))
        .into();
    insta::assert_yaml_snapshot!("ends", ends);
}

#[test]
fn the_operator_may_die_after_any_write() {
    for calm in STORIES.map(Calm::live) {
        for pass in calm.passes() {
            for writes in 0..calm.writes.get(pass).copied().unwrap_or(0) {
                calm.check(
                    pass,
                    &Faults {
                        killed: vec![(pass, writes)],
                        ..Faults::default()
                    },
                );
            }
        }
    }
}

#[test]
fn any_readiness_may_blink_in_any_pass() {
    for calm in STORIES.map(Calm::live) {
        for pass in calm.passes() {
            for target in targets() {
                for long in [1, 3] {
                    let blinks = (pass..pass + long).map(|pass| (pass, target)).collect();
                    calm.check(
                        pass,
                        &Faults {
                            blinks,
                            ..Faults::default()
                        },
                    );
                }
            }
        }
    }
}

#[test]
fn any_instance_may_be_silent_in_any_pass() {
    let [first, _, replica] = targets();
    for calm in STORIES.map(Calm::live) {
        for pass in calm.passes() {
            for target in [first, replica] {
                for long in [1, 3] {
                    let silences = (pass..pass + long).map(|pass| (pass, target)).collect();
                    calm.check(
                        pass,
                        &Faults {
                            silences,
                            ..Faults::default()
                        },
                    );
                }
            }
        }
    }
}

#[test]
fn any_pod_may_be_lost_in_any_pass() {
    for calm in STORIES.map(Calm::live) {
        for pass in calm.passes() {
            for target in targets() {
                calm.check(
                    pass,
                    &Faults {
                        losses: vec![(pass, target)],
                        ..Faults::default()
                    },
                );
            }
        }
    }
}

#[test]
fn a_view_may_be_old() {
    for calm in STORIES.map(Calm::live) {
        for pass in calm.passes() {
            for age in [1, 2, 4, 7, OLDEST] {
                for long in [1, 3] {
                    let stale = (pass..pass + long).map(|pass| (pass, age)).collect();
                    calm.check(
                        pass,
                        &Faults {
                            stale,
                            ..Faults::default()
                        },
                    );
                }
            }
        }
    }
}

#[test]
fn jobs_may_fail_many_times() {
    let calm = Calm::live(Story::Birth);
    for failures in 1..5 {
        calm.check(
            0,
            &Faults {
                failures,
                ..Faults::default()
            },
        );
        for pass in 2..8 {
            let faults = Faults {
                failures,
                killed: vec![(pass, 0)],
                ..Faults::default()
            };
            calm.check(0, &faults);
        }
    }
}

#[test]
fn everything_may_go_wrong_together() {
    // A linear congruential generator: the same cases in every run.
    let mut state = 42_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let targets = targets();
    for calm in STORIES.map(Calm::live) {
        let passes = calm.passes();
        for _ in 0..60 {
            let mut pass = || passes.start + random(passes.len());
            let at = [(); 6].map(|()| pass());
            let faults = Faults {
                killed: vec![(at[0], random(6)), (at[1], random(12))],
                blinks: vec![(at[2], targets[random(3)])],
                silences: vec![(at[5], targets[random(3)])],
                losses: vec![(at[3], targets[random(3)])],
                stale: vec![(at[4], 1 + random(OLDEST))],
                failures: 0,
            };
            calm.check(passes.start, &faults);
        }
    }
}
