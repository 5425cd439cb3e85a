-- Of a job that a killed worker left and that waits a second time, one is enough.
delete from jobs.procrastinate_jobs j
where j.status = 'doing' and j.id is distinct from %(own)s::bigint
  and exists (
      select from jobs.procrastinate_jobs twin
      where twin.status = 'todo' and twin.queueing_lock = j.queueing_lock
  )
