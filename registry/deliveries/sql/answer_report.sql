-- What closes a report deletes what people wrote, in one.
update deliveries.report
set state = %(to)s, state_at = %(now)s, answered_by = %(by)s, reason = %(reason)s,
    release_number = %(release)s,
    text = case when %(to)s::text in ('corrected', 'declined') then null else text end
where id = %(id)s
