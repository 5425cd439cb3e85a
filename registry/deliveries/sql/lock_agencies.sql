-- Who may do what stays so until the transaction ends: one change of it, or publication, at a time.
select pg_advisory_xact_lock(hashtext('deliveries.agency'), 0)
