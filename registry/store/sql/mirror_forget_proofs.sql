-- Within a transaction that is rolled back: all of it is then proven anew.
with streets as (delete from registry.proof_street)
delete from registry.proof
