insert into deliveries.agency (id, name, added_at) values (%(id)s, %(name)s, %(now)s)
on conflict do nothing
