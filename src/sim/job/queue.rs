//! All jobs of a system, and which of them wait for which.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::sync::{Notify, oneshot, watch};

use super::{Job, Order, Signals, State};
use crate::clock::now_ms;
use crate::fault::Fault;

/// How many jobs are remembered (`JobsDeque`).
const REMEMBERED: usize = 1000;

/// All jobs of a system, and who waits for whom.
#[derive(Default)]
pub struct Jobs {
    count: i64,
    jobs: BTreeMap<i64, Job>,
    /// Who holds a lock is not in its queue; a lock that nobody holds has no entry.
    locks: BTreeMap<String, VecDeque<oneshot::Sender<()>>>,
}

impl Jobs {
    /// Takes a job on; it may run when its turn comes.
    pub fn add(&mut self, order: Order) -> (i64, Signals) {
        self.count += 1;
        if self.jobs.len() > REMEMBERED {
            let oldest = self.jobs.iter().find(|(_, job)| job.state.ended()).map(|(id, _)| *id);
            oldest.and_then(|id| self.jobs.remove(&id));
        }
        let (go, turn) = oneshot::channel();
        match order.lock.as_ref().map(|lock| (lock, self.locks.get_mut(lock))) {
            Some((_, Some(queue))) => queue.push_back(go),
            free => {
                if let Some((lock, None)) = free {
                    self.locks.insert(lock.clone(), VecDeque::new());
                }
                // The other end is in hand: this arrives.
                let _ = go.send(());
            }
        }
        let abort = Arc::new(Notify::new());
        let job = Job {
            id: self.count,
            progress: (0, String::new()),
            state: State::Waiting,
            outcome: None,
            order,
            started_ms: now_ms(),
            finished_ms: None,
            abort: abort.clone(),
            ended: watch::Sender::new(false),
        };
        self.jobs.insert(self.count, job);
        (self.count, Signals { turn, abort })
    }

    /// Lets the next one have the lock of a job that has ended, and wakes who waits for its end.
    pub fn release(&mut self, id: i64, held: bool) {
        let Some(job) = self.jobs.get(&id) else { return };
        if let Some(lock) = job.order.lock.clone().filter(|_| held) {
            let mut taken = false;
            while let Some(next) = self.locks.get_mut(&lock).and_then(VecDeque::pop_front) {
                // One that was aborted while it waited no longer listens.
                taken = next.send(()).is_ok();
                if taken {
                    break;
                }
            }
            if !taken {
                self.locks.remove(&lock);
            }
        }
        job.ended.send_replace(true);
    }

    /// The job of that number.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, id: i64) -> Result<&Job, Fault> {
        let missing = || Fault::not_found(format!("Job with id {id} does not exist"));
        self.jobs.get(&id).ok_or_else(missing)
    }

    /// The job of that number, to be changed.
    pub fn find_mut(&mut self, id: i64) -> Option<&mut Job> {
        self.jobs.get_mut(&id)
    }

    /// All jobs, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::caller::Caller;

    fn order(lock: Option<&str>) -> Order {
        Order {
            method: "filesystem.setperm".into(),
            arguments: json!([]),
            message_ids: Some(Vec::new()),
            credentials: Value::Null,
            owner: "truenas_admin".into(),
            lock: lock.map(str::to_owned),
        }
    }

    #[test]
    fn a_lock_is_handed_on_in_the_order_of_arrival_past_who_no_longer_waits() {
        let mut jobs = Jobs::default();
        let (first, mut one) = jobs.add(order(Some("perm_change")));
        let (second, two) = jobs.add(order(Some("perm_change")));
        let (third, mut three) = jobs.add(order(Some("perm_change")));
        let (_, mut free) = jobs.add(order(None));
        assert!(one.turn.try_recv().is_ok() && free.turn.try_recv().is_ok());
        drop(two);
        jobs.release(second, false);
        assert!(three.turn.try_recv().is_err());
        jobs.release(first, true);
        assert!(three.turn.try_recv().is_ok());
        jobs.release(third, true);
        let (_, mut next) = jobs.add(order(Some("perm_change")));
        assert!(next.turn.try_recv().is_ok());
    }

    #[test]
    fn only_the_owner_and_full_administrators_see_a_job() {
        let mut jobs = Jobs::default();
        let (id, _) = jobs.add(order(None));
        let job = jobs.find(id).expect("the job");
        let caller = |username: &str, role: &str| Caller {
            username: username.into(),
            roles: [role.to_owned()].into(),
            ..Caller::default()
        };
        assert!(job.readable_by(&caller("truenas_admin", "READONLY_ADMIN")).is_ok());
        assert!(job.readable_by(&caller("root", "FULL_ADMIN")).is_ok());
        let refusal = job.readable_by(&caller("viewer", "READONLY_ADMIN"));
        assert_eq!(refusal, Err(Fault::error(1, "Job is not owned by current session")));
    }

    #[test]
    fn a_failure_is_told_in_full() {
        let mut jobs = Jobs::default();
        let (id, _) = jobs.add(order(None));
        let job = jobs.find_mut(id).expect("the job");
        job.end(Some(Err(Fault::error(2, "Path /mnt/x not found"))));
        let shown = job.encode();
        assert_eq!(shown["error"], "[ENOENT] Path /mnt/x not found");
        assert_eq!(shown["exc_info"]["repr"], "CallError('Path /mnt/x not found', 2)");
        assert_eq!(shown["state"], "FAILED");
        assert_eq!(shown["result"], Value::Null);
    }
}
