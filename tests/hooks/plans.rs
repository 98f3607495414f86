//! A plan shows exactly what would be done; a dry run does nothing; without a good version there is none that needs one.

use std::time::Duration;

use reliability_core::hook::{Command, Hook, HookError, Occasion, Secret, Webhook};

fn command() -> Command {
    Command::new("/usr/bin/deploy")
        .args(["--app", "{service}", "to {version}"])
        .pass("HOME")
        .env("WHY", "{reason}")
        .secret("TOKEN", Secret::variable("DEPLOY_TOKEN"))
        .directory("/srv")
        .timeout(Duration::from_secs(30))
}

#[test]
fn the_plan_of_a_command_is_all_of_it() {
    let occasion = Occasion::new("shop").version("1.4.2").reason("a \"b\"\nc");
    let plan = Hook::command(command()).plan(&occasion).unwrap();
    assert_eq!(
        plan.to_string(),
        "run \"/usr/bin/deploy\" \"--app\" \"shop\" \"to 1.4.2\"\nwith HOME of the host\n\
         with WHY=\"a \\\"b\\\"\\nc\"\nwith TOKEN=*** from the environment variable DEPLOY_TOKEN\nin \"/srv\"\nfor at most 30s"
    );
}

#[test]
fn the_plan_of_a_webhook_is_all_of_it() {
    let webhook =
        Webhook::new("https://deployer.example/back?key=hunter22", Secret::file("/run/secrets/sign")).unwrap();
    let webhook = webhook.header("authorization", Secret::variable("DEPLOYER")).unwrap();
    let hook = Hook::webhook(webhook.body(r#"{"to": "{version}"}"#).unwrap());
    let plan = hook.plan(&Occasion::new("shop").version("1.4.2")).unwrap();
    assert_eq!(
        plan.text(),
        "POST https://deployer.example/back?***\nsigned with *** from the file /run/secrets/sign\n\
         authorization: *** from the environment variable DEPLOYER\n{\"to\": \"1.4.2\"}\nat most 3 times, 10s each"
    );
}

#[test]
fn the_digest_changes_with_whatever_is_done() {
    let occasion = Occasion::new("shop").version("1.4.2").reason("r");
    let digest = |command: Command| Hook::command(command).plan(&occasion).unwrap().digest();
    let other: Vec<_> = [
        command(),
        command().arg(""),
        command().env("WHY", "x"),
        command().secret("TOKEN", Secret::file("x")),
        command().directory("/"),
        command().timeout(Duration::from_secs(31)),
    ]
    .into_iter()
    .map(digest)
    .collect();
    assert_eq!(digest(command()), other[0]);
    for (i, one) in other.iter().enumerate() {
        assert!(!other[..i].contains(one), "{i}");
        assert_eq!(one.len(), 64);
    }
    let url = |url| Hook::webhook(Webhook::new(url, Secret::variable("X")).unwrap()).plan(&occasion).unwrap();
    assert_eq!(url("http://a/?k=1").text(), url("http://a/?k=2").text());
    assert_ne!(url("http://a/?k=1").digest(), url("http://a/?k=2").digest());
}

#[test]
fn a_dry_run_shows_the_plan_and_does_nothing() {
    let hook = Hook::command(command()).dry_run();
    let plan = hook.plan(&Occasion::new("shop").version("1.4.2")).unwrap();
    // the program does not exist and the secret is not set: it would fail
    let outcome = hook.carry_out(&plan).unwrap();
    assert_eq!(outcome.said, "dry run, nothing was done");
    assert_eq!((outcome.output.as_str(), outcome.attempts), (plan.text(), 0));
}

#[test]
fn without_a_version_known_to_be_good_nobody_goes_back() {
    let hook = Hook::command(command());
    assert_eq!(hook.plan(&Occasion::new("shop")), Err(HookError::NoKnownGood));
    let hook = Hook::command(Command::new("/usr/bin/restart").arg("{service}"));
    assert!(hook.plan(&Occasion::new("shop")).is_ok());
}
