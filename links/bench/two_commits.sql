-- The two commits of one question, as the links API makes them, without the API.
\set of random(1, :organisations)
\set row random(1, :rows)
select bench.declare(:of, :row) as n \gset
select bench.answer(:of, :n);
