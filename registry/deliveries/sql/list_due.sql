-- The worker's own memory: whatever became of the job of a delivery, this finds what is to do.
select d.* from deliveries.delivery d
where (
    d.state in ('received', 'checking', 'publishing')
    or d.undoing
    or (
        d.state = 'failed'
        and d.attempts < %(most_attempts)s
        and d.state_at + interval '1 minute' * 2 ^ (d.attempts - 1) <= %(now)s
    )
) and not exists (
    select from jobs.procrastinate_jobs j
    where j.status in ('todo', 'doing') and j.args ->> 'delivery_id' = d.id
)
order by d.number
