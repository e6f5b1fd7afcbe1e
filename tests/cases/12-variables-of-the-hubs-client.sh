# A token with typographic quotes, a SOCKS proxy without its package, an address that is none: one line with the variable.
. "$(dirname "$0")/base.sh"
refused() { exits 1 env "$1" "$TS" prepare --include-langs python --out-train-dir made --quiet; one_line; says "error: ${1%%=*}: .*$2"; }
refused 'HF_TOKEN=“hf_abc”' 'has the character'
"$PY" -c 'import socksio' 2> /dev/null || refused HTTPS_PROXY=socks5://127.0.0.1:9 'a SOCKS proxy needs the package socksio'
refused HF_ENDPOINT=huggingface.co 'is no address'
refused HF_HUB_DOWNLOAD_TIMEOUT=soon 'is no whole number'
exits 1 env HF_HOME=/dev/null/here "$TS" prepare --include-langs python --out-train-dir made --quiet
one_line; says 'HF_HOME'
