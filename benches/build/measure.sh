#!/usr/bin/env bash
# What the library costs a build: crates, a clean release build, and a hundred annotated functions.
#
#   benches/build/measure.sh [rounds]
#
# Needs cargo and nothing else; everything is built in a folder of its own, which is removed. The peer is
# tracing::instrument(err), in a package that differs in its dependency and in the attribute alone.
set -euo pipefail

rounds=${1:-5}
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CARGO_TARGET_DIR="$scratch/target" CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0

# Milliseconds that a command takes.
time_of() {
    local began ended
    began=$(date +%s%N)
    "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
    ended=$(date +%s%N)
    echo $(((ended - began) / 1000000))
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# A package of a hundred functions: `functions NAME DEPENDENCY USE ATTRIBUTE`.
functions() {
    local dir=$scratch/$1
    mkdir -p "$dir/src"
    printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\n%s\n' "$1" "$2" >"$dir/Cargo.toml"
    {
        echo "$3"
        for i in $(seq 100); do
            # one in four is async, as in a service
            local kind=''
            ((i % 4 == 0)) && kind='async '
            printf '%s\npub %sfn call_%d(key: u64, name: &str) -> Result<String, std::num::ParseIntError> {\n' "$4" "$kind" "$i"
            printf '    let number: u64 = name.parse()?;\n    Ok(format!("{}", number + key + %d))\n}\n' "$i"
        done
    } >"$dir/src/lib.rs"
}

crates() {
    # the library's own two among them
    (cd "$root" && cargo tree -p reliability-core -e normal,build --prefix none --no-dedupe 2>/dev/null) |
        awk '{ print $1, $2 }' | sort -u | wc -l
}

clean_build() {
    rm -rf "$CARGO_TARGET_DIR"
    (cd "$root" && time_of cargo build --release -p reliability-core)
}

# Compiles the package alone, its dependencies being there: `compile NAME PROFILE-FLAG`.
compile() {
    local dir=$scratch/$1
    touch "$dir/src/lib.rs"
    (cd "$dir" && time_of cargo build $2)
}

version=$(awk '$1 == "tracing" && $2 == "=" { print $0; exit }' "$root/Cargo.toml" | grep -o '0\.1[0-9.]*' | head -n 1)
functions plain '' '' ''
functions ours "reliability-core = { path = \"$root/reliability-core\" }" \
    'use reliability_core::sli;' '#[sli(objective = "99.9%", latency = "99% < 250ms")]'
functions peer "tracing = \"${version:-0.1}\"" 'use tracing::instrument;' '#[instrument(err)]'

echo "crates in the tree of the default features, ours included: $(crates)"
for _ in $(seq 3); do clean_build; done | median | awk '{ printf "clean release build of reliability-core: %.1f s\n", $1 / 1000 }'

for flag in '' --release; do
    for package in plain ours peer; do
        compile "$package" "$flag" >/dev/null
        : >"$scratch/$package.times"
    done
    # in turn, so that a noisy neighbour disturbs all of them alike
    for _ in $(seq "$rounds"); do
        for package in plain ours peer; do compile "$package" "$flag" >>"$scratch/$package.times"; done
    done
    printf '100 functions%s: plain %s ms, #[sli] %s ms, tracing::instrument(err) %s ms\n' "${flag:+ $flag}" \
        "$(median <"$scratch/plain.times")" "$(median <"$scratch/ours.times")" "$(median <"$scratch/peer.times")"
done
