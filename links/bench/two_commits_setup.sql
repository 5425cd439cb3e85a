-- What the links API would send, made in the database: for pgbench, whose role may call these two.
create schema bench authorization links_owner;
grant usage on schema bench to links_api;

create table bench.question (
    of integer, row integer, client text, organisation text, address text, subject text,
    body json, question jsonb, primary key (of, row)
);
alter table bench.question owner to links_owner;

create function bench.declare(of integer, number integer) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    asked bench.question;
    -- Of the proof of possession and of the signed request.
    proof bytea := sha256(uuid_send(gen_random_uuid())) || sha256(uuid_send(gen_random_uuid()));
    sealed bytea := convert_to(repeat('x', 900), 'UTF8') || proof;
    declared record;
begin
    select * into asked from bench.question as q
    where q.of = declare.of and q.row = declare.number;
    select * into declared from links.declare(
        asked.client,
        links.write_canonical((
            asked.body::jsonb || jsonb_build_object('request', encode(sha256(sealed), 'hex'))
        )::json),
        asked.question, asked.address, sealed, '2000-01', proof,
        clock_timestamp() + interval '65 seconds'
    );
    if declared.decision <> 'allowed' then
        raise exception '%', declared.reason;
    end if;
    return declared.n;
end
$$;

create function bench.answer(of integer, n bigint) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    asker record;
    found integer;
begin
    select q.client, q.organisation into asker from bench.question as q
    where q.of = answer.of limit 1;
    select count(*) into found from links.answer(asker.organisation, answer.n, asker.client);
    return links.conclude(
        asker.organisation, answer.n, to_jsonb((found > 0)::text),
        jsonb_build_array(jsonb_build_object(
            'auditRef', encode(uuid_send(gen_random_uuid()), 'hex'), 'kind', 'residence'
        ))
    );
end
$$;
alter function bench.declare(integer, integer) owner to links_owner;
alter function bench.answer(integer, bigint) owner to links_owner;
grant execute on function bench.declare(integer, integer), bench.answer(integer, bigint)
    to links_api;
