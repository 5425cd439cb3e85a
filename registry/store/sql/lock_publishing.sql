-- One publisher at a time: sequence numbers are taken in commit order.
select pg_advisory_xact_lock(hashtextextended('best.publishing', 0))
