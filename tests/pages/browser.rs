//! A real Chromium, told what to do over its `DevTools` protocol.
//!
//! The protocol is JSON over a web socket; of it a handful of calls is needed here, so a hundred lines stand where a driver
//! would bring an async runtime and sixty thousand generated lines. Each browser has an empty profile of its own, and ends
//! with its value.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::now;

/// How long anything may take, on a machine that has other work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// One browser with one page.
pub(crate) struct Browser {
    process: Child,
    profile: PathBuf,
    socket: WebSocket<TcpStream>,
    session: String,
    calls: u64,
    events: VecDeque<Value>,
}

impl Browser {
    /// Starts one. `CHROMIUM` names the program where it is none of the usual.
    pub(crate) fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("reliability-pages-{}-{number}", std::process::id()));
        let named = std::env::var("CHROMIUM").ok();
        let program = named.as_deref().into_iter().chain(NAMES).find(|name| {
            Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        });
        let program = program
            .expect("Chromium is missing: install it (Debian: apt-get install chromium), or name it in CHROMIUM");
        let mut process = Command::new(program)
            .args(
                "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage"
                    .split(' '),
            )
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
            ])
            .args(["--remote-debugging-port=0", "--remote-allow-origins=*"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(process.stderr.take().expect("its messages")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned));
        let address = address.expect("Chromium says where it listens");
        // a full pipe would stop it
        std::thread::spawn(move || lines.for_each(drop));
        let host = address.trim_start_matches("ws://").split('/').next().expect("a host");
        let stream = TcpStream::connect(host).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        let (socket, _) = tungstenite::client(&address, stream).expect("it talks");
        let mut browser = Self { process, profile, socket, session: String::new(), calls: 0, events: VecDeque::new() };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        attached["sessionId"].as_str().expect("a session").clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Calls a method of the protocol and waits for its answer.
    pub(crate) fn call(&mut self, method: &str, parameters: impl Into<Value>) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut call = json!({"id": id, "method": method, "params": parameters.into()});
        if !self.session.is_empty() {
            call["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(call.to_string())).expect("it listens");
        loop {
            let message = self.read();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push_back(message);
        }
    }

    fn read(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().expect("Chromium answers") {
                return serde_json::from_str(text.as_str()).expect("JSON");
            }
        }
    }

    /// Loads a page and waits until it is there.
    pub(crate) fn open(&mut self, url: &str) {
        self.events.retain(|event| event["method"] != "Page.loadEventFired");
        let answer = self.call("Page.navigate", json!({"url": url}));
        assert!(answer["errorText"].is_null(), "{url}: {answer}");
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.read();
            self.events.push_back(event);
        }
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let answer = self.call("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// The same as text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.value(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true, and tells how long that took.
    pub(crate) fn until(&mut self, expression: &str) -> Duration {
        let begun = now();
        while self.value(expression) != true {
            let page = "document.body.innerText";
            assert!(begun.elapsed() < PATIENCE, "never: {expression} in {}", self.text(page));
            std::thread::sleep(Duration::from_millis(20));
        }
        begun.elapsed()
    }

    /// Presses a key: `Tab`, `Enter`.
    pub(crate) fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, Value::Null),
            "Enter" => (13, json!("\r")),
            other => panic!("which key is {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_null() {
                event["text"] = text.clone();
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// A window of this size; a phone where it is narrow.
    pub(crate) fn size(&mut self, wide: u32, high: u32) {
        let screen = json!({"width": wide, "height": high, "deviceScaleFactor": 1, "mobile": wide < 500});
        self.call("Emulation.setDeviceMetricsOverride", screen);
    }

    /// What the system of the reader prefers: `light` or `dark`.
    pub(crate) fn prefers(&mut self, scheme: &str) {
        self.call(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
    }

    /// A picture as PNG in base 64: of an element, or of what is seen.
    pub(crate) fn picture(&mut self, of: Option<&str>) -> String {
        let mut wanted = json!({"format": "png"});
        if let Some(of) = of {
            let place = "(({ x, y, width, height }) => ({ x: x + scrollX, y: y + scrollY, width, height, scale: 1 }))";
            wanted["clip"] = self.value(&format!("{place}({of}.getBoundingClientRect())"));
            wanted["captureBeyondViewport"] = json!(true);
        }
        self.call("Page.captureScreenshot", wanted)["data"].as_str().expect("a picture").to_owned()
    }

    /// Everything that the page complained of: exceptions, errors and warnings on the console, what the policy refused.
    pub(crate) fn complaints(&mut self) -> Vec<Value> {
        self.value("0");
        let complains = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => {
                matches!(event["params"]["type"].as_str(), Some("error" | "warning" | "assert"))
            }
            Some("Log.entryAdded") => {
                let entry = &event["params"]["entry"];
                // the browser asks for an icon by itself, whatever the page says
                entry["level"] != "verbose"
                    && entry["level"] != "info"
                    && !entry["url"].as_str().unwrap_or("").ends_with("/favicon.ico")
            }
            _ => false,
        };
        self.events.iter().filter(complains).cloned().collect()
    }

    /// Every address that was asked for.
    pub(crate) fn requested(&mut self) -> Vec<String> {
        self.value("0");
        let sent = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| event["params"]["request"]["url"].as_str().map(str::to_owned)).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
