//! Programs of others that tests speak to: found or installed, started on free ports, ended with the test.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take that takes a second on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A program that ends when this is dropped.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let started = command.stdin(Stdio::null()).spawn();
        Self(started.unwrap_or_else(|error| panic!("{command:?} does not start: {error}")))
    }

    /// Asks it to end, as an operator would, and waits.
    #[allow(dead_code)] // not every test is that polite
    pub(crate) fn end(mut self) {
        let asked = Command::new("kill").arg(self.0.id().to_string()).status().expect("kill runs");
        assert!(asked.success());
        until("it ends", || self.0.try_wait().unwrap().is_some());
    }

    pub(crate) fn assert_alive(&mut self) {
        if let Some(status) = self.0.try_wait().unwrap() {
            panic!("it ended by itself: {status}");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The folder of the build, which the tests' own binary lies in: `<target>/<profile>/deps/<binary>`.
pub(crate) fn target() -> PathBuf {
    let binary = std::env::current_exe().unwrap();
    binary.ancestors().nth(3).unwrap().to_path_buf()
}

/// The folder of a tool, which is brought first if it is missing.
pub(crate) fn tools(tool: &str) -> PathBuf {
    let folder = target().join("tools");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/install");
    let output = Command::new("bash").arg(script).arg(&folder).arg(tool).output().expect("bash runs");
    assert!(output.status.success(), "{tool} is missing: {}", String::from_utf8_lossy(&output.stderr));
    folder.join(tool)
}

/// A program of a tool: what was unpacked, else what is on the PATH.
#[allow(dead_code)] // some tests know where theirs lies
pub(crate) fn program(tool: &str, name: &str) -> PathBuf {
    let unpacked = tools(tool).join("usr/bin").join(name);
    if unpacked.exists() { unpacked } else { name.into() }
}

/// A folder of this test's own, empty.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = target().join("tests").join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub(crate) fn until_it_listens(address: SocketAddr, program: &mut Running) {
    until(&format!("{address} is listened on"), || {
        program.assert_alive();
        TcpStream::connect(address).is_ok()
    });
}

pub(crate) fn until(what: &str, done: impl FnMut() -> bool) {
    assert!(within(PATIENCE, done), "waited in vain until {what}");
}

pub(crate) fn within(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    #[allow(clippy::disallowed_methods)] // a test waits for a real program
    let begin = Instant::now();
    while !done() {
        if begin.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}
