//! The codes of findings, and why anybody should care.

/// Every code with its explanation, in the order of the alphabet.
pub(super) const CODES: &[(&str, &str)] = &[
    (
        "alert-not-judged",
        "OpenSLO's alerts have one window. A single window either pages late or for nothing, so this library judges by pairs of windows and keeps OpenSLO's alerts for other engines.",
    ),
    (
        "bound-twice",
        "Two documents say something about the same SLO of the code. Only one can be right; remove one or bind it to another indicator.",
    ),
    (
        "disputed",
        "The text of OpenSLO and its reference validator disagree about this. It is accepted here; other readers may refuse it.",
    ),
    ("duplicate", "Documents refer to each other by name, so a kind can have each name once."),
    ("exclusive", "These keys exclude each other: both at once would say two things."),
    ("missing", "This key must be there; without it the document says nothing that could be judged."),
    ("no-document", "A document is a map with apiVersion, kind, metadata and spec."),
    (
        "no-margin",
        "What a customer is promised must be looser than what is aimed at: the margin is the time in which something can be done before the promise breaks.",
    ),
    ("no-objective", "A handler of tier 1 carries the business; without an objective nobody is told when it fails."),
    (
        "not-counted",
        "Latency is counted against thresholds in the code, never guessed from a histogram, so a document can only name thresholds that the code counts; and it can override an objective only where the code has one.",
    ),
    ("not-in-v1", "Documents of v1alpha are read as documents of v1, which cannot say this."),
    (
        "not-judged",
        "OpenSLO allows it, and this library cannot judge it: better an error than a figure that means something else.",
    ),
    ("out-of-range", "The number lies outside of what makes sense here."),
    (
        "page-without-words",
        "Whoever is woken at night needs to know whom to ask, who is hit, and where to begin. Without these a page costs more than it brings.",
    ),
    (
        "review-passed",
        "An objective is a decision of two sides at a time. After the date they agreed on, nobody may rely on it being still meant.",
    ),
    ("syntax", "The file cannot be parsed as YAML; what follows in other documents of the file was still read."),
    (
        "too-fine",
        "Objectives are exact to one part in a billion. A finer one would be rounded, and rounding decides alerts.",
    ),
    ("too-large", "Files of more than 4 MiB or 200,000 nodes are not read, so that no file can hold up the service."),
    (
        "unattainable",
        "At this traffic the objective allows less than one failure in a period: the first failure overspends the budget. Choose a looser objective, a longer window, or count more.",
    ),
    ("unknown-key", "Keys that nobody reads are mostly misspelt, and what they say would silently not hold."),
    ("unknown-kind", "This version of documents has no such kind."),
    ("unknown-rung", "A policy can take a ladder only to a rung that the ladder has in the code."),
    (
        "unknown-sli",
        "What is bound to an SLI that is not there is never judged. It may be a route that nobody has called yet; otherwise the name is wrong.",
    ),
    ("unknown-slo", "There is no SLO of this name, neither among the documents nor in the code."),
    (
        "unknown-switch",
        "A policy can turn only switches that the code has: they are found by the name that they have there.",
    ),
    ("unknown-version", "Documents say by apiVersion which specification they follow."),
    ("unknown-word", "Only certain words are accepted here, as they are written."),
    (
        "unreachable-alert",
        "With everything failing the burn rate is 1 / (1 - objective). An alert that waits for as much or more never fires.",
    ),
    ("unreadable", "The file cannot be read, or the document passed all checks and still could not be taken in."),
    ("unresolved", "Documents refer to each other by name, and nothing has this name."),
    (
        "untouched",
        "A budget that is never touched is either room to take risks in, or a sign that the target is looser than what users are used to.",
    ),
    (
        "weak-dependency",
        "A service that needs another one is at most as reliable as that one, unless it can do without it for a while.",
    ),
    ("wrong-form", "The text has another form than what is read here."),
    ("wrong-length", "There are more or fewer of these than are accepted."),
    (
        "wrong-type",
        "Something of another type belongs here. What looks like a number or a truth value and is meant as a text needs quotes.",
    ),
];

/// Why a finding of this code matters; `None` for a code that there is not.
///
/// ```
/// use reliability_core::document::explain;
/// assert!(explain("unattainable").is_some_and(|why| why.contains("less than one failure")));
/// ```
pub fn explain(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, why)| *why)
}
