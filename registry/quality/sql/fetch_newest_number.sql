-- The newest sequence number of a region's own releases; 0 before its first.
select coalesce(max(last_seq), 0) from registry.release where region = %(region)s
