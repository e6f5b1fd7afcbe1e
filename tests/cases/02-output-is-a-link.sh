# A link stays a link and its target is replaced; what is no file is refused by its name.
. "$(dirname "$0")/base.sh"
mkdir scratch dev; : > scratch/real.json; ln -s scratch/real.json out.json
exits 0 "${RUN[@]}" --output-file out.json --quiet
holds test -L out.json; holds test -s scratch/real.json -a -s scratch/real.parquet -a -s scratch/real.manifest.json
holds test "$(ls scratch | wc -l)" = 3

ln -s /proc/self/fd/1 dev/stdout; ln -s gone/x.json broken.json; ln -s circle.json circle.json; mkfifo pipe.json
refuses() { "${RUN[@]}" --quiet --output-file "$1" > log.txt 2> err; test $? = 1 || fails "$1 is taken"; one_line; says "$2"; holds test ! -s log.txt; }
refuses dev/stdout 'dev/stdout: leads to a stream that is open already; name another file with --output-file'
refuses broken.json 'broken.json: leads to .*gone/x.json, whose folder does not exist'
refuses circle.json 'circle.json: cannot be used \(Too many levels of symbolic links\)'
refuses pipe.json 'pipe.json: is a pipe'
refuses /dev/null '/dev/null: is a device'
refuses log.txt 'log.txt: is the file that stdout goes to'
refuses - 'a result is three files'
holds test -L dev/stdout; holds test "$(ls dev)" = stdout
