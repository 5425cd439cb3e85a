insert into deliveries.member_key (client_id, kid, jwk, added_at)
select m.client_id, %(kid)s, %(jwk)s, %(now)s from deliveries.member m
where m.client_id = %(id)s and m.removed_at is null
on conflict do nothing
