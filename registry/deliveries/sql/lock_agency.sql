-- One announcement of an agency at a time, so that counting is enough.
select pg_advisory_xact_lock(hashtext('deliveries.delivery'), hashtext(%(agency_id)s))
