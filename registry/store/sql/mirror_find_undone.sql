-- The number before the first change that a roll-back takes back.
select first_seq - 1 from registry.release where number = %(undoes)s and region = %(region)s
