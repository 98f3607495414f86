//! A command as an argument vector: no shell reads it, so nothing in a value can become another command.
//!
//! The environment is empty but for what is named here: a variable that the host has and may pass on, a value, or a secret.
//! The process gets no input. It runs in a process group of its own (on Unix), and when its time is over the whole group is
//! asked to end and half a second later made to, children that hold the output open included; what is left of the group when
//! the command itself has ended goes the same way. The first bytes of its output are kept, the rest is read and let go, so
//! that a command which prints for ever blocks neither itself nor us. Limits: a child that makes a session of its own
//! escapes; on other systems only the command itself is ended.
#![allow(clippy::unnecessary_debug_formatting)] // quoted and escaped on purpose: a plan must not be open to two readings

use std::ffi::OsString;
use std::fmt::Write;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::HookError;
use super::plan::{Deed, Outcome, Plan};
use super::secret::{MASK, Secret, masked};
use super::text::Words;
use crate::clock::Reading;

const TIMEOUT: Duration = Duration::from_secs(60);
/// How much of each stream is kept.
const KEPT_BYTES: usize = 8 * 1024;
/// Between the request to end and the order.
const GRACE: Duration = Duration::from_millis(500);
/// How long the rest of the output is waited for once the group is gone.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A command to run.
///
/// ```
/// use reliability_core::hook::{Command, Secret};
/// use std::time::Duration;
///
/// let undo = Command::new("/usr/local/bin/kubectl")
///     .args(["set", "image", "deployment/{service}", "app=registry.example/shop:{version}"])
///     .pass("HOME")
///     .secret("TOKEN", Secret::file("/run/secrets/deploy-token"))
///     .timeout(Duration::from_secs(30));
/// # drop(undo);
/// ```
#[derive(Clone, Debug)]
pub struct Command {
    program: OsString,
    arguments: Vec<String>,
    environment: Vec<(String, Value)>,
    directory: Option<PathBuf>,
    timeout: Duration,
    kept: usize,
}

/// What a variable of the command's environment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    /// What the host's variable of the same name holds.
    Passed,
    Text(String),
    Secret(Secret),
}

/// A command with everything filled in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Call {
    program: OsString,
    arguments: Vec<String>,
    environment: Vec<(String, Value)>,
    directory: Option<PathBuf>,
    timeout: Duration,
    kept: usize,
}

impl Command {
    /// This program, best by its whole path: the environment is empty, so there is no `PATH` to look it up in unless one is
    /// given to it.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            timeout: TIMEOUT,
            kept: KEPT_BYTES,
        }
    }

    /// One more argument, in which `{version}`, `{service}`, `{policy}`, `{reason}` and `{sli}` are filled in. It stays one
    /// argument whatever they hold.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Several more.
    #[must_use]
    pub fn args<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Passes on a variable of the host's environment, if it is set.
    #[must_use]
    pub fn pass(self, name: impl Into<String>) -> Self {
        self.set(name.into(), Value::Passed)
    }

    /// Sets a variable, in whose value the same words are filled in as in an argument.
    #[must_use]
    pub fn env(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name.into(), Value::Text(value.into()))
    }

    /// Sets a variable to a secret, read when the command is run.
    #[must_use]
    pub fn secret(self, name: impl Into<String>, secret: Secret) -> Self {
        self.set(name.into(), Value::Secret(secret))
    }

    /// Where it runs; else where the host does.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// How long it may take, a minute if nothing is said; then it is ended.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many bytes of its output and of its error output are kept, 8 KiB of each if nothing is said.
    #[must_use]
    pub fn keep(mut self, bytes: usize) -> Self {
        self.kept = bytes;
        self
    }

    fn set(mut self, name: String, value: Value) -> Self {
        self.environment.retain(|(other, _)| *other != name);
        self.environment.push((name, value));
        self
    }

    /// What will be run on this occasion.
    pub(super) fn plan(&self, words: &Words) -> Plan {
        let fill = |value: &Value| match value {
            Value::Text(text) => Value::Text(words.plain(text)),
            other => other.clone(),
        };
        let call = Call {
            program: self.program.clone(),
            arguments: self.arguments.iter().map(|argument| words.plain(argument)).collect(),
            environment: self.environment.iter().map(|(name, value)| (name.clone(), fill(value))).collect(),
            directory: self.directory.clone(),
            timeout: self.timeout,
            kept: self.kept,
        };
        Plan::new(call.text(), String::new(), Deed::Run(call))
    }

    /// Every template of it, for checks.
    pub(super) fn templates(&self) -> impl Iterator<Item = &str> {
        let values = self.environment.iter().filter_map(|(_, value)| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        });
        self.arguments.iter().map(String::as_str).chain(values)
    }
}

impl Call {
    fn text(&self) -> String {
        // each argument quoted as a literal, so that where one ends and the next begins is never in doubt
        let mut text = format!("run {:?}", self.program);
        for argument in &self.arguments {
            let _ = write!(text, " {argument:?}");
        }
        for (name, value) in &self.environment {
            let _ = match value {
                Value::Passed => write!(text, "\nwith {name} of the host"),
                Value::Text(value) => write!(text, "\nwith {name}={value:?}"),
                Value::Secret(secret) => write!(text, "\nwith {name}={MASK} from {secret}"),
            };
        }
        if let Some(directory) = &self.directory {
            let _ = write!(text, "\nin {directory:?}");
        }
        let _ = write!(text, "\nfor at most {:?}", self.timeout);
        text
    }

    /// Runs it and waits. Blocks for at most the timeout and about a second.
    pub(super) fn run(&self) -> Result<Outcome, HookError> {
        let mut secrets = Vec::new();
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        for (name, value) in &self.environment {
            match value {
                Value::Passed => std::env::var_os(name).map(|value| command.env(name, value)),
                Value::Text(value) => Some(command.env(name, value)),
                Value::Secret(secret) => {
                    let secret = secret.read().map_err(HookError::Secret)?;
                    let command = command.env(name, &secret);
                    secrets.push(secret);
                    Some(command)
                }
            };
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        group::own(&mut command);
        let begun = now();
        let mut child =
            command.spawn().map_err(|error| HookError::Failed(format!("{:?} cannot be run: {error}", self.program)))?;
        let written = child.stdout.take().map(|stream| first_bytes(stream, self.kept));
        let complained = child.stderr.take().map(|stream| first_bytes(stream, self.kept));
        let ended = end_of(&mut child, begun + self.timeout);
        let said = [written, complained].into_iter().flatten().map(|text| text.recv_timeout(LAST_WORDS));
        let output = said.filter_map(Result::ok).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
        let output = masked(&output, &secrets);
        let took = now().saturating_sub(begun);
        match ended {
            Ok(Some(status)) if status.success() => {
                Ok(Outcome { said: "exit code 0".into(), output, took, attempts: 1 })
            }
            Ok(Some(status)) => Err(HookError::Exited { code: status.code(), output }),
            Ok(None) => Err(HookError::TooLong { after: self.timeout, output }),
            Err(error) => Err(HookError::Failed(format!("{:?} cannot be waited for: {error}", self.program))),
        }
    }
}

fn now() -> Duration {
    Reading::now().monotonic
}

/// Waits for its end, at most until then; then ends it. `None` if it had to be ended. Whatever happens, it is reaped.
fn end_of(child: &mut Child, until: Duration) -> io::Result<Option<ExitStatus>> {
    let in_time = wait(child, until)?;
    if !in_time {
        group::ask(child);
        wait(child, now() + GRACE)?;
    }
    // before it is reaped its number is nobody else's; this is for whoever it left behind
    group::end(child);
    let status = child.wait()?;
    Ok(in_time.then_some(status))
}

/// True if it has ended by then. It is not reaped by this on Unix.
fn wait(child: &mut Child, until: Duration) -> io::Result<bool> {
    let mut pause = Duration::from_millis(2);
    while !group::has_ended(child)? {
        let left = until.saturating_sub(now());
        if left.is_zero() {
            return Ok(false);
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    Ok(true)
}

/// Reads a stream to its end on a thread of its own and keeps its beginning.
fn first_bytes(mut stream: impl Read + Send + 'static, kept: usize) -> Receiver<String> {
    let (give, take) = mpsc::sync_channel(1);
    let read = move || {
        let (mut bytes, mut buffer, mut more) = (Vec::new(), [0; 4096], 0_u64);
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            let room = kept.saturating_sub(bytes.len()).min(n);
            bytes.extend_from_slice(&buffer[..room]);
            more += (n - room) as u64;
        }
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if more > 0 {
            let _ = write!(text, "… and {more} bytes more");
        }
        let _ = give.send(text);
    };
    // without a thread its output is lost and nothing else: the pipe is closed
    let _ = thread::Builder::new().name("reliability-hook".into()).spawn(read);
    take
}

#[cfg(unix)]
mod group {
    //! The process group that a command and its children form.
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    pub(super) fn own(command: &mut Command) {
        command.process_group(0);
    }

    pub(super) fn has_ended(child: &mut Child) -> io::Result<bool> {
        // it stays unreaped, so that its number stays its own
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        match waitid(WaitId::Pid(Pid::from_child(child)), options) {
            Ok(status) => Ok(status.is_some()),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn ask(child: &Child) {
        let _ = kill_process_group(Pid::from_child(child), Signal::TERM);
    }

    pub(super) fn end(child: &mut Child) {
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
}

#[cfg(not(unix))]
mod group {
    //! Without process groups: the command alone.
    use std::io;
    use std::process::{Child, Command};

    pub(super) fn own(_: &mut Command) {}

    pub(super) fn has_ended(child: &mut Child) -> io::Result<bool> {
        child.try_wait().map(|status| status.is_some())
    }

    pub(super) fn ask(_: &Child) {}

    pub(super) fn end(child: &mut Child) {
        let _ = child.kill();
    }
}
