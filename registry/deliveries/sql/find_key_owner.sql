-- By its x alone: of the two points that have it, who knows one private key knows both.
select client_id, retired_at is not null from deliveries.member_key
where jwk ->> 'crv' = %(jwk)s::jsonb ->> 'crv' and jwk ->> 'x' = %(jwk)s::jsonb ->> 'x'
