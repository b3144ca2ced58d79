#!/usr/bin/env bash
# Holds the invariants of ARCHITECTURE.md about who may know whom, and about what no crate may contain.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
complain() { echo "layers: $*" >&2; failed=1; }

# The crates of the workspace that link a package directly.
linked_by() { cargo tree --locked --workspace -e normal --prefix none --depth 1 -i "$1" 2>/dev/null | awk 'NR > 1 && $1 ~ /^iapt/ {print $1}' | sort -u | tr '\n' ' '; }
only() {
  local package=$1 expected=$2 found
  found=$(linked_by "$package")
  [ "$found" = "$expected " ] || complain "$package is linked by: ${found:-nobody}(expected: $expected)"
}
only datafusion "iapt-catalog iapt-transform"
only parquet "iapt-catalog iapt-tidy"
only reqwest iapt-fetch
only minijinja "iapt-chart iapt-report"
only statrs iapt-statistics
only anyhow iapt
only clap iapt

# The crates of the workspace below a crate, itself left out.
below() { cargo tree --locked -p "$1" -e normal --prefix none | awk '{print $1}' | grep '^iapt' | grep -vx "$1" | sort -u | tr '\n' ' '; }
stands_on() {
  local crate=$1 expected=$2 found
  found=$(below "$crate" || true)
  [ "$found" = "$expected" ] || complain "$crate stands on: ${found:-nothing}(expected: ${expected:-nothing})"
}
stands_on iapt-files ""
stands_on iapt-model "iapt-files "
stands_on iapt-archive ""
stands_on iapt-proof "iapt-files "
stands_on iapt-statistics ""
stands_on iapt-fetch "iapt-archive iapt-files iapt-model "
stands_on iapt-tidy "iapt-archive iapt-files iapt-model "
stands_on iapt-declare "iapt-archive iapt-files iapt-model iapt-tidy "
stands_on iapt-catalog "iapt-archive iapt-files iapt-model iapt-tidy "
stands_on iapt-transform "iapt-archive iapt-catalog iapt-files iapt-model iapt-statistics iapt-tidy "
stands_on iapt-chart ""
stands_on iapt-report "iapt-chart iapt-files iapt-model "
stands_on iapt-publish "iapt-files "
stands_on iapt-publisher "iapt-files iapt-model "
stands_on iapt-cluster ""

# Source without tests, comments, and the words of errors, which may show an example.
code() { find "$1" -name '*.rs' ! -name tests.rs -print0 | sort -z | xargs -0 awk 'FNR == 1 {skip = 0} /^#\[cfg\(test\)\]/ {skip = 1} !skip && !/^ *\/\// && !/^ *#\[error\(/ {print FILENAME ":" FNR ": " $0}'; }
forbid() {
  local what=$1 pattern=$2 found
  shift 2
  found=$(for folder in "$@"; do code "$folder"; done | grep -E "$pattern" || true)
  [ -z "$found" ] || complain "$what:
$found"
}
all=(crates/*/src)
without() { local crate path; for path in "${all[@]}"; do crate=${path%/src}; case " $* " in *" ${crate##*/} "*) ;; *) echo "$path" ;; esac; done; }
forbid "a year" '"[^"]*20[12][0-9]-[0-9][0-9]' "${all[@]}"
forbid "a publisher's address" 'digital\.nhs|england\.nhs' "${all[@]}"
forbid "a published column name" '"(OrgType|OrgCode|OrgName|Variable[A-Z]|(Count|Percentage|Mean|Median|Sum)_?[A-Z])' "${all[@]}"
mapfile -t others < <(without iapt-fetch iapt-publisher)
forbid "a socket outside iapt-fetch and iapt-publisher" 'TcpStream|TcpListener|UdpSocket' "${others[@]}"
mapfile -t others < <(without iapt)
forbid "standard output outside iapt" '\bprintln!|\bprint!|stdout\(\)' "${others[@]}"
# Publishing is not a stage: the catalogue says when each edition was put in its place.
mapfile -t others < <(without iapt iapt-fetch iapt-publish)
forbid "a clock inside a stage" 'SystemTime|Instant::now|Utc::now|Local::now' "${others[@]}"
mapfile -t others < <(for path in "${all[@]}"; do find "$path" -name '*.rs' ! -path '*/iapt-files/src/disk.rs'; done)
forbid "a change to a file that does not go through iapt-files' disk" 'fs_err::(write|copy|rename|hard_link|create_dir|create_dir_all|remove_file|remove_dir|remove_dir_all)\(|[^w]File::create\(' "${others[@]}"
forbid "unsafe code" '\bunsafe\b' "${all[@]}"
[ "$failed" = 0 ] && echo "layers: every invariant holds"
exit "$failed"
