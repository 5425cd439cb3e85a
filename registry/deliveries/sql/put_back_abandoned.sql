-- Jobs that a killed worker left, to be done again; `attempts` says so to who does them.
select jobs.procrastinate_retry_job_v2(id, null, null, null, null) from jobs.procrastinate_jobs
where status = 'doing' and id is distinct from %(own)s::bigint
