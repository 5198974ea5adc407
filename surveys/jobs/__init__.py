"""The outbox: work that is stored with its cause and done by a worker.

`outbox.put` stores a job, `outbox.handles` registers a handler, `job_queue` decides which jobs are due. Every folder
above `models` may import it.
"""
