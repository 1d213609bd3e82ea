# shellcheck shell=bash disable=SC2154
# The commands of a page of docs/, tried as they are written. Sourced, after tools.sh.

# The lines of a page's indented code, a command each: its comment, and the ends of its lines taken off.
page_commands() {
  awk '
    /^ *```/ { fenced = !fenced; next }
    fenced || !/^     *[^ ]/ { next }
    { sub(/^ +/, ""); line = line $0 }
    sub(/\\$/, "", line) { next }
    { sub(/ +# .*$/, "", line); print line; line = "" }
  ' "$1"
}

# The fenced block of this language that has a line like this: page_block PAGE LANGUAGE REGEX
page_block() {
  awk -v fence="\`\`\`$2" -v wanted="$3" '
    $1 == fence && !inside { inside = 1; text = ""; match($0, /^ */); indent = RLENGTH; next }
    inside && $1 == "```" { inside = 0; if (text ~ wanted) { printf "%s", text; exit }; next }
    inside { text = text substr($0, indent + 1) "\n" }
  ' "$1"
}

tried=()
# Tries a command of $page: try COMMAND-AS-WRITTEN [WHAT-IS-RUN-INSTEAD]
try() {
  page_commands "$page" | grep -qxF -- "$1" || die "$page does not say: $1"
  tried+=("$1")
  printf '$ %s\n' "$1" >&2
  eval "${2-$1}"
}

# Fails where the page has a command that was not tried.
all_tried() {
  local untried
  untried=$(page_commands "$page" | grep -vxF -f <(printf '%s\n' "${tried[@]}")) || return 0
  die "$page has commands that were not tried: $untried"
}
