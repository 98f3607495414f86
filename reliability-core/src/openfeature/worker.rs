//! The thread that asks: a small runtime, a round each period, until somebody ends it.
//!
//! A round runs as a task of its own, so a provider that panics ends the round and nothing else. One that blocks the thread
//! delays its own rounds; nobody waits for them.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;

use super::ask::{self, Change, Said};
use super::standing::Standing;
use super::{FlagSource, Provider};
use crate::engine::event::EventKind;
use crate::engine::response::SwitchKind;
use crate::{Flag, Handle, SetBy, Share};

/// The feed's end of it.
pub(super) struct Worker {
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    ask: Notify,
    end: Notify,
}

impl Worker {
    pub(super) fn start(source: FlagSource, handle: &Handle, standing: Arc<Standing>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let desk = Arc::new(Desk::default());
        let asking = Asking { source, provider: None, handle: handle.clone(), standing };
        let theirs = Arc::clone(&desk);
        let run = move || {
            runtime.block_on(asking.run(&theirs));
            // a provider's own tasks may hang
            runtime.shutdown_background();
        };
        thread::Builder::new().name("reliability-flags".into()).spawn(run)?;
        Ok(Self { desk })
    }

    pub(super) fn ask(&self) {
        self.desk.ask.notify_one();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.desk.end.notify_one();
    }
}

struct Asking {
    source: FlagSource,
    provider: Option<Provider>,
    handle: Handle,
    standing: Arc<Standing>,
}

/// Whichever comes first.
enum Woken {
    Round,
    End,
}

impl Asking {
    async fn run(mut self, desk: &Desk) {
        loop {
            self.round().await;
            match self.wait(desk).await {
                Woken::Round => {}
                Woken::End => return,
            }
        }
    }

    async fn wait(&self, desk: &Desk) -> Woken {
        let (mut end, mut stopping) = (std::pin::pin!(desk.end.notified()), self.handle.stopping());
        let (mut asked, mut pause) =
            (std::pin::pin!(desk.ask.notified()), std::pin::pin!(tokio::time::sleep(self.source.every)));
        std::future::poll_fn(|context| {
            use std::future::Future;
            use std::pin::Pin;
            use std::task::Poll;
            if end.as_mut().poll(context).is_ready() || Pin::new(&mut stopping).poll(context).is_ready() {
                return Poll::Ready(Woken::End);
            }
            if asked.as_mut().poll(context).is_ready() || pause.as_mut().poll(context).is_ready() {
                return Poll::Ready(Woken::Round);
            }
            Poll::Pending
        })
        .await
    }

    async fn round(&mut self) {
        let trouble = match self.within_time().await {
            Ok(said) => self.take(said),
            Err(trouble) => Some(trouble),
        };
        let words = trouble.clone();
        if self.standing.troubled(trouble) {
            self.handle.shared().tell(EventKind::Provider { name: self.standing.report().name, trouble: words });
        }
    }

    /// Asks for all flags, in time or not at all.
    async fn within_time(&mut self) -> Result<Vec<(&'static Flag, Said)>, String> {
        let timeout = self.source.timeout;
        let provider = if let Some(provider) = &self.provider {
            Arc::clone(provider)
        } else {
            let made = in_time(timeout, (self.source.make)()).await??;
            self.standing.named(&made.metadata().name);
            Arc::clone(self.provider.insert(made))
        };
        in_time(timeout, ask::ask(provider, ask::flags())).await?
    }

    /// Sets what was said; the first trouble of a single flag is the provider's.
    fn take(&self, said: Vec<(&'static Flag, Said)>) -> Option<String> {
        let mut trouble = None;
        for (flag, said) in said {
            match said {
                Said::Share(share) => {
                    self.standing.knows(flag);
                    self.tell(flag, share, ask::set(flag, share));
                }
                Said::Nothing => {
                    if self.standing.forgot(flag) {
                        let name = self.standing.report().name;
                        let words =
                            format!("it no longer knows {}; its last word stays: {}", flag.name(), flag.share());
                        self.handle.shared().tell(EventKind::Provider { name, trouble: Some(words) });
                    }
                }
                Said::Trouble(words) => trouble = trouble.or(Some(words)),
            }
        }
        if trouble.is_none() {
            self.standing.answered();
        }
        trouble
    }

    fn tell(&self, flag: &Flag, said: Share, change: Change) {
        let provider = || self.standing.report().name;
        let (value, by) = match change {
            Change::None => return,
            Change::InForce => (said.to_string(), provider()),
            Change::Overruled(_) => (flag.share().to_string(), format!("although {} says {said}", provider())),
        };
        let set_by = if let Change::Overruled(by) = change { by } else { SetBy::Provider };
        let (kind, name) = (SwitchKind::Flag, flag.name().to_owned());
        self.handle.shared().tell(EventKind::Switched { kind, name, value, set_by, by: Some(by) });
    }
}

/// Runs foreign code as a task: what it panics with stays there, and what takes too long is let go.
async fn in_time<T: Send + 'static>(
    timeout: Duration,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, String> {
    let task = tokio::spawn(work);
    let ends = task.abort_handle();
    match tokio::time::timeout(timeout, task).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err("it panicked".into()),
        Err(_) => {
            ends.abort();
            Err(format!("it did not answer within {timeout:?}"))
        }
    }
}
