insert into deliveries.used_assertion (digest, expires_at) values (%(digest)s, %(expires_at)s)
on conflict do nothing
