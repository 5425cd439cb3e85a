-- One worker does one job at a time: of the others that are being done, a killed one left them.
delete from jobs.procrastinate_jobs
where status = 'doing' and id is distinct from %(own)s::bigint
returning task_name, args ->> 'delivery_id'
