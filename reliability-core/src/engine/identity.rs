//! Who this process is: said by the builder, else by OpenTelemetry's environment variables, else by the binary.
//!
//! Variables: `OTEL_SERVICE_NAME`, and in `OTEL_RESOURCE_ATTRIBUTES` (comma-separated `key=value`, percent-encoded, from
//! OpenTelemetry's resource specification) `service.name`, `service.version`, `service.instance.id` and
//! `deployment.environment.name` (or its older form `deployment.environment`).

/// Who reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The service.
    pub service: String,
    /// Its version.
    pub version: Option<String>,
    /// Where it runs: production, staging.
    pub environment: Option<String>,
    /// Which of its processes this is.
    pub instance: String,
}

/// What the builder was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) service: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) instance: Option<String>,
}

impl Said {
    /// Fills in what was not said, asking `variable` for environment variables.
    pub(crate) fn resolve(self, variable: impl Fn(&str) -> Option<String>) -> Identity {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let attributes = set("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        let attribute = |key: &str| {
            let found = key_values(&attributes).find(|(found, _)| found == key).map(|(_, value)| value);
            found.filter(|value| !value.is_empty())
        };
        let service = self.service.or_else(|| set("OTEL_SERVICE_NAME")).or_else(|| attribute("service.name"));
        let service = service.unwrap_or_else(binary_name);
        let instance = self.instance.or_else(|| attribute("service.instance.id")).or_else(|| set("HOSTNAME"));
        Identity {
            version: self.version.or_else(|| attribute("service.version")),
            environment: self
                .environment
                .or_else(|| attribute("deployment.environment.name"))
                .or_else(|| attribute("deployment.environment")),
            instance: instance.unwrap_or_else(|| format!("{service}-{}", std::process::id())),
            service,
        }
    }
}

fn binary_name() -> String {
    let path = std::env::current_exe().ok();
    path.and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).unwrap_or_else(|| "unknown".into())
}

/// The pairs of a list in OpenTelemetry's environment variables: `key=value,key=value`, values percent-encoded.
pub(crate) fn key_values(list: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = list.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_owned(), percent_decode(value.trim())))
}

fn percent_decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, tail @ ..] = rest {
        // `from_str_radix` would take a sign for a digit
        let hex = tail.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        if let (b'%', Some(byte)) = (first, hex) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(said: Said, variables: &[(&str, &str)]) -> Identity {
        said.resolve(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn what_the_builder_said_wins() {
        let said = Said { service: Some("shop".into()), ..Said::default() };
        assert_eq!(resolved(said, &[("OTEL_SERVICE_NAME", "other")]).service, "shop");
    }

    #[test]
    fn the_environment_fills_in_the_rest() {
        let attributes = "service.name=hidden, service.version=1.2.3,deployment.environment.name=stag%20ing,service.instance.id=pod-7";
        let identity =
            resolved(Said::default(), &[("OTEL_SERVICE_NAME", "shop"), ("OTEL_RESOURCE_ATTRIBUTES", attributes)]);
        assert_eq!(identity.service, "shop");
        assert_eq!(identity.version.as_deref(), Some("1.2.3"));
        assert_eq!(identity.environment.as_deref(), Some("stag ing"));
        assert_eq!(identity.instance, "pod-7");
    }

    #[test]
    fn a_process_that_nobody_named_is_called_like_its_binary() {
        let identity = resolved(Said::default(), &[("OTEL_SERVICE_NAME", "")]);
        assert!(identity.service.starts_with("reliability_core"), "{}", identity.service);
        assert!(identity.instance.starts_with(&identity.service));
    }
}
