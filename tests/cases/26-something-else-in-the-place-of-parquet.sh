# A file of another kind in the place of a language's Parquet file: collect and validate say what it is.
. "$(dirname "$0")/base.sh"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 146946961\n' 0 > train/pointer.parquet
printf 'PARE%040d\50\0\0\0PARE' 0 > train/secret.parquet
gzip -c train/cpp.parquet > train/packed.parquet
try() { exits 1 "${RUN[@]}" --quiet --set langs=$1; one_line; says "$1.parquet: is $2, not a Parquet file; "; }
try pointer 'a Git LFS pointer'
exits 1 "${RUN[@]}" --quiet --set langs=secret; one_line; says 'secret.parquet: is an encrypted Parquet file'
try packed 'compressed with gzip'
exits 1 "$TS" validate c.json "${ST[@]}" --set langs=pointer --quick
says 'is a Git LFS pointer'
