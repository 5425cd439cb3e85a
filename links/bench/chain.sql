-- Chains of records with right hashes, grown side by side: an intent, its outcome, and so on.
with recursive chain as (
    select
        lpad(place::text, 10, '0') as organisation, 0::bigint as n, null::timestamptz as at,
        null::text as body, decode(repeat('00', 32), 'hex') as prev,
        decode(repeat('00', 32), 'hex') as hash
    from generate_series(1, %(organisations)s) as place
    union all
    select c.organisation, c.n + 1, t.at, b.body, c.hash,
        links.make_record_hash(c.hash, c.n + 1, t.at, b.body)
    from chain as c
    cross join lateral (
        select %(start)s::timestamptz + (c.n + 1) * interval '1 millisecond' as at
    ) as t
    cross join lateral (
        select case when c.n %% 2 = 0 then
            '{"case":"2026/000' || c.n || '","client":"bench-app","correlation":"bench-' || c.n
            || '","date":"2026-11-22","deliberation":"BENCH/1","endUser":"agent-17","kinds":'
            || '["residence"],"operation":"verify","organisation":"' || c.organisation
            || '","purpose":"aid","query":"' || md5(c.n::text) || '","request":"'
            || encode(sha256(convert_to(repeat(md5(c.organisation), 20), 'UTF8')), 'hex')
            || '","sector":"RN","type":"intent","version":1}'
        else
            '{"count":1,"delivered":["' || md5(c.n::text) || '"],"intent":' || c.n
            || ',"result":"true","type":"outcome"}'
        end as body
    ) as b
    where c.n < %(each)s
), written as (
    insert into links.record (organisation, n, at, xid, body, prev, hash)
    select organisation, n, at, 0, body, prev, hash from chain where n > 0
    returning organisation, n, at, hash
), sealed as (
    insert into links.sealed_request (organisation, n, month, sealed)
    select organisation, n, '2026-11', convert_to(repeat(md5(organisation), 20), 'UTF8')
    from written where n %% 2 = 1
), delivered as (
    insert into links.delivered (organisation, n, audit_ref, at, kind, deliberation, version)
    select organisation, n, decode(md5((n - 1)::text), 'hex'), at, 'residence', 'BENCH/1', 1
    from written where n %% 2 = 0
)
insert into links.chain (organisation, n, hash)
select organisation, n, hash from written where n = %(each)s
