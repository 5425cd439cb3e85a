-- Which findings were open before an edition, to tell new ones and repaired ones.
create temp table open_before on commit drop as
select id from registry.finding where region = %(region)s and seq_to is null
