"""The outbox: jobs that are stored in the transaction of their cause and carried out by a worker.

`outbox.queue` stores a job, `outbox.handles` registers a handler, and `job_queue` decides which jobs are due. Every
folder above `models` may import this folder.
"""
