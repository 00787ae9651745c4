# Who does not know which process it is says so.
unset OMPI_COMM_WORLD_RANK PMI_RANK SLURM_PROCID SLURM_ARRAY_TASK_ID
"$SOCLE" data dedup . --out out --shard auto
