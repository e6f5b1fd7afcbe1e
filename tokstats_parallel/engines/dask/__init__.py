"""Dask engine: executes shards as tasks of a Dask cluster, one shard a task, without processes of its own in a worker.

In: a setup and the shards. Out: the paths of the partials, which workers write into a folder that all machines share.

- engine: submits the shards, and yields the finished ones
- cluster: defines the protocol of both clusters
- local_cluster: starts a scheduler and workers on this machine, and replaces workers that die
- existing_cluster: uses a scheduler that others have started
- probe: asks the processes of an existing cluster for their versions, and whether they see the work folder
- serve: runs in a process of a local cluster, as scheduler or as worker
- task: runs in a Dask worker: runs a shard, and keeps the pool for the next one
- versions: names the versions that coordinator and workers must have in common
- beginnings: tells which shard a worker has begun
- tasks: submits the tasks of a run, and tells which are done
- sections: cuts chains into sections, each of which runs in one worker
- client: opens and closes the connection to a scheduler
- quiet: keeps Dask's logs and warnings from the user
- messages: words the messages about clusters and about shards that failed there
"""
