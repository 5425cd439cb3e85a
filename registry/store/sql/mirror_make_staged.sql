-- What a release of another register did to objects of one kind, with its numbers.
create temp table if not exists {staged} on commit drop as
select region, seq_from, change, valid_from, valid_from_assumed, removed_at, {columns}
from {version} with no data
