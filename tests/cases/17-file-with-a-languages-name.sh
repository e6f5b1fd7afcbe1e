# A file that has the name of a language is no list of languages: a list ends in .txt.
. "$(dirname "$0")/base.sh"
cp train/cpp.parquet train/go.parquet
echo python > go
exits 0 "${RUN[@]}" --set langs=go
says 'Languages: +go 20'
cp "$(command -v ls)" go
exits 0 "${RUN[@]}" --set langs=go
says 'Languages: +go 20'
echo python,1 > list.csv
exits 2 "${RUN[@]}" --set langs=list.csv
one_line
says 'rename .*/list.csv'
