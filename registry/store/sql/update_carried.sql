update {staged} n
set content_hash = h.content_hash, {assignments}
from {carried} k join {hashes} h using (object_id)
where n.object_id = k.object_id
