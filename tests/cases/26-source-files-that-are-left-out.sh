# Source files that a .gitignore or a skipped folder leaves out are counted and named; a rule that is no pattern does no harm.
. "$(dirname "$0")/base.sh"
mkdir -p src/build src/vendor/a
echo 'x = 1' | tee src/a.py src/build/b.py src/vendor/a/c.py src/vendor/d.py > /dev/null
printf '*.py\n[z-a]\n' > src/.gitignore
exits 1 "$TS" prepare --include-langs python --from-dir src --out-train-dir made --quiet
says 'no python file \(2 ignored by .gitignore; 2 in skipped folders, see --from-dir: .*/src/vendor 2\)'
echo build > src/.gitignore
exits 0 "$TS" prepare --include-langs python --from-dir src --out-train-dir made --quiet
says '^tokstats: python: 2 python files in skipped folders \(.*/src/vendor 2\)'
says 'ignored by'
exits 1 "$TS" prepare --include-langs pyton --from-dir src --out-train-dir made --quiet
one_line; says 'did you mean python\?$'
