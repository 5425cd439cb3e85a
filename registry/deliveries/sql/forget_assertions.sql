delete from deliveries.used_assertion where expires_at < %(now)s
