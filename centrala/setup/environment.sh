# Sourced by ./run and ./test from the checkout's folder: brings Python and the project's own environment (.venv).
# Everything that can be done in Python is done there; this file only gets that far.

ca_file=/etc/ssl/certs/ca-certificates.crt

say() { printf '%s\n' "$*" >&2; }

give_up() {
  say "centrala: $*"
  exit 1
}

# A Python of 3.11 or newer that can make environments with pip; prints its path.
find_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# Installs Debian packages as root: install_packages "why" package…
install_packages() {
  local why=$1
  shift
  command -v apt-get >/dev/null 2>&1 || give_up "missing: $* ($why). This system has no apt-get: install them yourself and start again."
  [ "$(id -u)" -eq 0 ] || give_up "missing: $* ($why). Ask an administrator for: apt-get install $*"
  say "Installing $* ($why) …"
  local log
  log=$(mktemp)
  if ! {
    DEBIAN_FRONTEND=noninteractive apt-get -q update &&
      DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
  } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    give_up "apt-get could not install $*. Check the network and /etc/apt/sources.list, then start again."
  fi
  rm -f "$log"
}

# install_project TARGET: pip, with one changing line of progress on a terminal and its last words when it fails.
# pip keeps its own certificate list; the system's also has what the administrator added.
install_project() {
  local log line status=0
  log=$(mktemp)
  PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1 PIP_USE_PEP517=1 \
    PIP_CERT=${PIP_CERT-$([ -r "$ca_file" ] && echo "$ca_file")} \
    .venv/bin/python -m pip install --progress-bar off --retries 3 --editable "$1" 2>&1 | tee "$log" |
    while IFS= read -r line; do
      if [ -t 2 ]; then
        case "$line" in
          Collecting* | "Installing collected"*) printf '\r\033[K  %.70s' "$line" >&2 ;;
        esac
      fi
    done && status=${PIPESTATUS[0]} || status=${PIPESTATUS[0]}
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
  [ $status -eq 0 ] || grep -iE '^ *error' "$log" | tail -n 5 >&2
  rm -f "$log"
  return $status
}

# make_environment plain|test: .venv with the project and its packages; quick and without network when nothing changed.
make_environment() {
  local kind=$1 wanted stamp python target=.
  if [ ! -e "$ca_file" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    install_packages "certificates, to download packages safely" ca-certificates
  fi
  stamp=.venv/.centrala-installed
  if [ -x .venv/bin/python ] && [ -r "$stamp" ] && wanted=$(environment_hash .venv/bin/python); then
    # A full environment serves both; the plain one does not serve the tests.
    case "$(cat "$stamp")" in
      "test $wanted") return 0 ;;
      "plain $wanted") if [ "$kind" = plain ]; then return 0; fi ;;
      "test "*) kind=test ;; # the package list changed: keep the tests' packages
    esac
  fi
  python=$(find_python) || {
    install_packages "Centrala is written in Python 3.11" python3 python3-venv
    python=$(find_python) || give_up "Python 3.11 or newer is needed and this system's archive has only an older one."
  }
  # Programs in .venv name its folder: one that was moved or copied here is made anew.
  if ! { head -n 1 .venv/bin/pip 2>/dev/null | grep -qF "$PWD/.venv/" && .venv/bin/python -c 'import pip' >/dev/null 2>&1; }; then
    say "Making a Python environment in .venv …"
    rm -rf .venv
    "$python" -m venv .venv || give_up "python -m venv .venv failed; is the disk full?"
  fi
  say "Installing Centrala and the Python packages it needs into .venv (first start only; some minutes on a slow line) …"
  [ "$kind" = test ] && target='.[test]'
  install_project "$target" ||
    give_up "pip could not install the packages (see above). Check the network, then start again: what is there is kept."
  wanted=$(environment_hash .venv/bin/python)
  printf '%s %s\n' "$kind" "$wanted" >"$stamp.new"
  mv "$stamp.new" "$stamp"
}

# Changes when the package list, the Python or the checkout's place changes. The tools' own settings, from
# [tool.pytest…] on, change nothing that is installed: a start after such an update needs no network.
environment_hash() {
  { "$1" -c 'import sys; print(sys.version_info[:3], sys.prefix)' && sed '/^\[tool\.pytest/,$d' pyproject.toml; } 2>/dev/null |
    sha256sum | cut -d' ' -f1
}
