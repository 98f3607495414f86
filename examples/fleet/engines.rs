//! A real Prometheus and a real Alertmanager, with the generated configuration.

use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use reliability_core::Export;

use crate::children::Running;
use crate::rules;

/// Both, and their addresses. The folder of their data is removed with them.
#[derive(Debug)]
pub(crate) struct Engines {
    pub(crate) prometheus: Running,
    pub(crate) alertmanager: Running,
    folder: PathBuf,
}

/// Where they listen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) prometheus: SocketAddr,
    pub(crate) alertmanager: SocketAddr,
}

impl Drop for Engines {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// An address that nobody listens on.
pub(crate) fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// The programs; what is missing is said with how to bring it.
pub(crate) fn programs() -> Result<(PathBuf, PathBuf), Box<dyn Error>> {
    let find = |names: &[&str], tool: &str| {
        let brought = std::env::current_exe().ok().and_then(|binary| {
            // <target>/<profile>/examples/fleet
            let tools = binary.ancestors().nth(3)?.join("tools").join(tool).join("usr/bin");
            names.iter().map(|name| tools.join(name)).find(|path| path.exists())
        });
        let on_path = || {
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path)
                .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
                .find(|path| path.exists())
        };
        brought.or_else(on_path).ok_or_else(|| {
            format!(
                "{} is missing: put it on the PATH, or bring Debian's by `bash tests/tools/install target/tools prometheus alertmanager`",
                names[0]
            )
        })
    };
    Ok((find(&["prometheus"], "prometheus")?, find(&["prometheus-alertmanager", "alertmanager"], "alertmanager")?))
}

/// Starts both.
pub(crate) fn start(
    export: &Export,
    at: Addresses,
    replicas: &[SocketAddr],
    webhook: SocketAddr,
    minute: u64,
) -> Result<Engines, Box<dyn Error>> {
    let (prometheus, alertmanager) = programs()?;
    let folder = std::env::temp_dir().join(format!("reliability-fleet-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("rules.yml"), rules::faster(&export.prometheus(), minute))?;
    std::fs::write(folder.join("prometheus.yml"), scraping(at, replicas))?;
    std::fs::write(folder.join("alertmanager.yml"), routing(&export.alertmanager(), webhook, minute))?;
    let quiet = |log: &str, command: &mut Command| -> std::io::Result<Running> {
        let log = std::fs::File::create(folder.join(log))?;
        Running::start(command.current_dir(&folder).stderr(Stdio::from(log)))
    };
    let prometheus = quiet(
        "prometheus.log",
        Command::new(prometheus)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            // an hour of the rules is so much shorter, and a series that ended must not live on for more of it
            .arg(format!("--query.lookback-delta={}s", 5 * minute))
            .arg(format!("--web.listen-address={}", at.prometheus)),
    )?;
    let alertmanager = quiet(
        "alertmanager.log",
        unpacked(&alertmanager)
            .args(["--config.file=alertmanager.yml", "--storage.path=told", "--cluster.listen-address="])
            .arg(format!("--web.listen-address={}", at.alertmanager)),
    )?;
    Ok(Engines { prometheus, alertmanager, folder })
}

/// Debian's Alertmanager reads its templates from `/usr/share`. Where the package is only unpacked they lie beside it, and are laid over
/// that folder in a mount namespace of the process's own: nobody else sees it, and nothing is installed.
fn unpacked(alertmanager: &Path) -> Command {
    let templates = "prometheus/alertmanager/default.tmpl";
    let beside = alertmanager.ancestors().nth(2).map(|usr| usr.join("share"));
    match beside.and_then(|share| share.canonicalize().ok()) {
        Some(share) if !Path::new("/usr/share").join(templates).exists() && share.join(templates).exists() => {
            let mut command = Command::new("unshare");
            let lay = "mount -t overlay overlay -o \"lowerdir=$0:/usr/share\" /usr/share && exec \"$@\"";
            command.args(["--map-root-user", "--mount", "--", "sh", "-c", lay]).arg(share).arg(alertmanager);
            command
        }
        _ => Command::new(alertmanager),
    }
}

fn scraping(at: Addresses, replicas: &[SocketAddr]) -> String {
    let targets: Vec<_> = replicas.iter().map(|replica| format!("'{replica}'")).collect();
    format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n\
         rule_files: [rules.yml]\n\
         alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{}']}}]}}]}}\n\
         scrape_configs: [{{job_name: shop, static_configs: [{{targets: [{}]}}]}}]\n",
        at.alertmanager,
        targets.join(", ")
    )
}

/// The suggested route, with its times on the same clock and one receiver behind all names.
fn routing(suggested: &str, webhook: SocketAddr, minute: u64) -> String {
    let mut text = String::new();
    for line in suggested.lines() {
        let bare = line.trim_start();
        let indent = &line[..line.len() - bare.len()];
        let waits = ["group_wait: ", "group_interval: ", "repeat_interval: "];
        if let Some(key) = waits.iter().find(|key| bare.starts_with(**key)) {
            let seconds = rules::seconds_of(&bare[key.len()..]).unwrap_or(0);
            let scaled = (seconds * 1_000 * minute / 60).max(if *key == "group_wait: " { 0 } else { 1_000 });
            text += &format!("{indent}{key}{scaled}ms\n");
        } else if let Some(name) = bare.strip_prefix("- name: ") {
            text += &format!("{indent}- name: {name}\n{indent}  webhook_configs:\n");
            text += &format!("{indent}  - url: http://{webhook}/\n{indent}    send_resolved: true\n");
        } else {
            text += &format!("{line}\n");
        }
    }
    text
}

/// Waits until both can be asked.
pub(crate) async fn ready(engines: &mut Engines, at: Addresses) -> Result<(), Box<dyn Error>> {
    for _ in 0..300 {
        for (engine, name) in [(&mut engines.prometheus, "prometheus"), (&mut engines.alertmanager, "alertmanager")] {
            if engine.has_ended() {
                return Err(format!("{name} ended by itself: {}", trouble(&engines.folder, name)).into());
            }
        }
        let (one, other) = (
            crate::book::ask(at.prometheus, "GET", "/-/ready").await,
            crate::book::ask(at.alertmanager, "GET", "/-/ready").await,
        );
        if matches!((one, other), (Ok((200, _)), Ok((200, _)))) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    Err("the engines are not ready within half a minute".into())
}

/// What it complained about.
fn trouble(folder: &Path, name: &str) -> String {
    let log = std::fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
    let complaint = log.lines().rev().find(|line| line.contains("level=error") || line.contains("error:"));
    complaint.or(log.lines().last()).unwrap_or_default().to_owned()
}
