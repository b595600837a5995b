#!/bin/sh
# `make doctor`: prints each tool, the version found, and the line that installs it. Fails if a tool that `make run`
# needs is missing.

debian='sudo apt-get install -y'
missing=0

# row <needed for> <tool> <at least> <version found, or nothing> <what installs it>
row() {
  if [ -n "$4" ] && [ "$(printf '%s\n%s\n' "$3" "$4" | sort -V | head -n 1)" = "$3" ]; then
    printf '  ok       %-10s %s\n' "$2" "$4"
  else
    printf '  MISSING  %-10s %s\n' "$2" "${4:+$4 found, }${3:+$3 or later: }$5"
    if [ "$1" = run ]; then missing=1; fi
  fi
}

# The first number with a dot in what a command prints.
version() { command -v "$1" >/dev/null && "$@" 2>&1 | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1; }

rustup="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
echo 'For make run, make check and make build:'
row run rust   1.95   "$(version rustc --version)"   "$rustup"
row run cargo  1.95   "$(version cargo --version)"   "$rustup"
row run cc     1      "$(version cc --version)"      "$debian gcc libc6-dev"
row run make   3.81   "$(version make --version)"    "$debian make"
row run node   20     "$(version node --version)"    'https://nodejs.org, or nvm install 20'
row run npm    9      "$(version npm --version)"     'comes with node'
row run python3 3.9   "$(version python3 --version)" "$debian python3"
row run venv   3.9    "$(python3 -c 'import sys, ensurepip, venv; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" "$debian python3-venv"

echo 'For make test as well (a test whose tool is missing prints SKIPPED):'
row test git      2    "$(version git --version)"      "$debian git"
row test python3  3.10 "$(version python3 --version)"  "$debian python3"
row test chromium 100  "$(version chromium --version || version google-chrome --version)" "$debian chromium"
row test valgrind 3.16 "$(version valgrind --version)" "$debian valgrind"
row test strace   5    "$(version strace --version)"   "$debian strace"
row test qemu     5    "$(version qemu-aarch64 --version)" "$debian qemu-user libc6-arm64-cross"
row test nginx    1.18 "$(PATH=$PATH:/usr/sbin version nginx -v)" "$debian nginx-light"
row test docker   20   "$(version docker --version)"   "$debian docker.io, for sam local"

echo 'For make deploy as well: credentials of an AWS account, where the AWS CLI finds them (its files or environment variables).'
if [ "$missing" = 1 ]; then echo 'A tool that make run needs is missing: see above.'; exit 1; fi
