insert into rejected (resource, object_id) values (%(resource)s, %(object_id)s)
