# Near-duplicates out of a pipe, a corpus in shards, and what is left is the same.
export SOCLE_HOME="$PWD/home"
unset OMPI_COMM_WORLD_RANK PMI_RANK SLURM_PROCID SLURM_ARRAY_TASK_ID
mkdir in
for i in 1 2 3 4 5 6; do
    printf '{"id":"a%s","text":"a line that is said in every document of this corpus\\nand one of document %s alone"}\n' $i $((i / 2)) >>in/a.jsonl
done
sed 's/"a/"b/' in/a.jsonl >in/b.jsonl
"$SOCLE" data dedup in --out out | sed 's/ in [0-9.]* s//'
"$SOCLE" data dedup - --out - --method exact <in/a.jsonl | wc -l
same() {
    for kind in documents dropped clusters; do
        if [ -d out/$kind ]; then diff -r "$1/$kind" "$2/$kind"; fi
    done
}

# Phase by phase, as a Slurm array whose first element is 1 would start them.
for phase in keys groups sets pairs write; do
    for i in 1 2; do
        SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=1 \
            "$SOCLE" data dedup in --out array --shard auto --phase $phase | sed 's/ in [0-9.]* s//'
    done
done
same out array

# All at once, as mpirun would.
for i in 0 1 2; do
    OMPI_COMM_WORLD_RANK=$i OMPI_COMM_WORLD_SIZE=3 "$SOCLE" data dedup in --out mpi --shard auto --json >report-$i.json &
done
wait
cat report-*.json | grep -o '"kept":[0-9]*,"dropped":[0-9]*,"clusters":[0-9]*' | grep -c '"kept":4,"dropped":8,"clusters":4'
same out mpi
"$SOCLE" lineage verify mpi >/dev/null

"$SOCLE" lineage verify out >/dev/null
"$SOCLE" data dedup in --method line --out lines | sed 's/ in [0-9.]* s//'
"$SOCLE" data dedup in --dry-run --json | grep -o '"files":2,"documents":12,'
"$SOCLE" data dedup in --method substring --min-length 8 --out runs | sed 's/ in [0-9.]* s//'
